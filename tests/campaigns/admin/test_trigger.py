import pytest
from django.urls import reverse

from campaigns.flows.triggers import fill_trigger
from tests.factories.audiences import make_audience as make_rule
from tests.factories.campaigns import make_audience, make_campaign, make_contact
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db


def url(campaign, name="campaigns_trigger"):
    return reverse(f"admin:{name}", args=[campaign.pk])


def post(client, campaign, **changes):
    values = {
        "revision": campaign.revision,
        "name": campaign.name,
        "program": campaign.program_id,
        "audience": "",
        "existing": "no",
        "frequency": "once",
    }
    return client.post(url(campaign), values | changes).content.decode()


def test_the_page_shows_audiences_with_sizes_and_rules(editor, flow):
    make_audience(make_contact(), make_contact())
    page = editor.get(url(flow)).content.decode()

    assert "Nobody can enter yet" in page
    assert '<span class="gl-option__size">2</span>' in page
    assert "All customers" in page


def test_an_audience_is_chosen_with_its_exact_number(editor, flow):
    audience = make_audience(make_contact(), make_contact())
    page = post(editor, flow, audience=audience.pk, existing="yes")

    flow.refresh_from_db()
    assert flow.draft["trigger"] == fill_trigger(
        {"audience": audience.pk, "existing": True}
    )
    assert "2 people at the start" in page
    assert "0 people at the start" in page
    assert 'id="audience-chosen" hx-swap-oob' in page


def test_name_and_program_are_kept_with_it(editor, flow):
    program = make_program()
    post(editor, flow, name="Winter", program=program.pk)

    flow.refresh_from_db()
    assert (flow.name, flow.program, flow.revision) == ("Winter", program, 1)


def test_the_program_of_a_campaign_that_has_run_stays(editor):
    campaign = make_campaign(state="running")
    program = campaign.program
    post(editor, campaign, program=make_program().pk, name="Winter")

    campaign.refresh_from_db()
    assert (campaign.name, campaign.program) == ("Winter", program)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "Give the campaign a name"),
        ({"audience": "0"}, "This audience is archived or gone."),
        ({"audience": "x"}, "This audience is archived or gone."),
        ({"existing": "maybe"}, "Select a valid choice."),
        ({"frequency": ""}, "This field is required."),
        ({"program": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_and_not_saved(editor, flow, changes, sentence):
    name = flow.name
    page = post(editor, flow, **changes)

    assert sentence in page
    assert "Not saved" in page
    flow.refresh_from_db()
    assert (flow.name, flow.revision) == (name, 1)


def test_a_stale_page_does_not_rename_either(editor, flow):
    audience = make_audience()
    page = post(editor, flow, revision=0, name="Winter", audience=audience.pk)

    assert "This campaign was changed" in page
    flow.refresh_from_db()
    assert (flow.name, flow.draft["trigger"]["audience"]) == ("Autumn", None)


def test_an_onlooker_may_not_save(onlooker, flow):
    assert onlooker.post(url(flow), {"name": "x"}).status_code == 403
    assert "Read only" in onlooker.get(url(flow)).content.decode()


def choices(client, campaign, query):
    response = client.get(url(campaign, "campaigns_audience_choices"), {"q": query})
    return response.content.decode()


def test_audiences_are_searched_by_name(editor, flow):
    make_rule(name="Happy customers")
    make_rule(name="Sad customers")
    page = choices(editor, flow, "happy")

    assert "Happy customers" in page
    assert "Sad customers" not in page
    assert "<html" not in page


def test_many_audiences_are_cut_and_none_says_so(editor, flow):
    assert "There is no audience yet." in choices(editor, flow, "")
    for number in range(10):
        make_rule(name=f"Audience {number}")

    page = choices(editor, flow, "")
    assert page.count('class="gl-option"') == 8
    assert "There are more." in page
    assert "No audience is called “zebra”." in choices(editor, flow, "zebra")


@pytest.mark.parametrize(("value", "kept"), [("75", 75), ("", 50), ("99", 50)])
def test_who_goes_first_is_kept_with_the_campaign(editor, flow, value, kept):
    post(editor, flow, name="Winter", program=flow.program.pk, priority=value)

    flow.refresh_from_db()
    assert (flow.priority, flow.revision) == (kept, 1)


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        (("0.3", "5"), {"most_complaints": 0.3, "most_bounces": 5.0}),
        (("", ""), {"most_complaints": None, "most_bounces": None}),
    ],
)
def test_a_ramp_is_kept_with_its_brake(editor, flow, limits, kept):
    complaints, bounces = limits
    post(
        editor,
        flow,
        ramp="50, 500",
        most_complaints=complaints,
        most_bounces=bounces,
    )

    flow.refresh_from_db()
    assert flow.draft["trigger"]["ramp"] == {"days": [50, 500], **kept}


def test_a_new_ramp_begins_with_limits_that_are_usual(editor, flow):
    page = editor.get(url(flow)).content.decode()

    assert 'value="0.3"' in page
    assert 'value="5.0"' in page
