import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audiences.definitions import create_audience
from audiences.models import Audience
from campaigns.files.write import to_text, write_campaign
from campaigns.flows.edits import new_step
from campaigns.models import Campaign
from contacts.lists import everyone
from tests.factories.campaigns import NOW, make_campaign
from tests.factories.contacts import make_user
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db
LIST = "/campaigns/campaign/"
IMPORT = f"{LIST}import/"
MAY = (
    "campaigns.view_campaign",
    "campaigns.change_campaign",
    "campaigns.add_campaign",
    "audiences.view_audience",
)


@pytest.fixture
def maker(client):
    client.force_login(make_user(*MAY, "audiences.add_audience", username="maker"))
    return client


@pytest.fixture
def promoters():
    rule = {"kind": "list", "list": everyone().pk, "operator": "on"}
    return create_audience(name="Promoters", rule=rule, now=NOW)


@pytest.fixture
def spring(promoters):
    return make_campaign(
        name="Spring <i>ask</i>",
        trigger={"audience": promoters.pk},
        steps=[new_step("delay", key="wait", name="Wait <b>a day</b>")],
    )


def text_of(campaign):
    return to_text(write_campaign(campaign))


def upload(client, text, url=IMPORT):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(url, {"file": SimpleUploadedFile("campaign.json", content)})


def test_a_campaign_is_downloaded_as_a_file(maker, spring):
    response = maker.get(f"{LIST}{spring.pk}/export-file/")

    assert response["Content-Disposition"] == (
        'attachment; filename="spring-iaski.json"'
    )
    assert response["Content-Type"] == "application/json; charset=utf-8"
    file = json.loads(response.content)
    assert (file["format"], file["version"]) == ("greenlight-campaign", 1)
    assert file["campaign"]["trigger"]["audience"] == "Promoters"
    assert file["needs"]["audiences"]["Promoters"]["rule"] == {
        "kind": "list",
        "list": "All customers",
        "operator": "on",
    }
    assert file["needs"]["lists"] == {
        "All customers": {
            "description": "Everybody. New contacts are on it at once.",
            "everybody": True,
        }
    }


def test_a_file_is_looked_at_before_anything_is_made(maker, spring):
    page = upload(maker, text_of(spring)).content.decode()

    assert Campaign.objects.count() == 1
    assert "Wait &lt;b&gt;a day&lt;/b&gt;" in page
    assert "<b>a day</b>" not in page
    assert "Here it is the same." in page
    assert "Make the draft" in page


def test_what_was_confirmed_is_made(maker, spring, promoters):
    response = maker.post(
        IMPORT,
        {
            "text": text_of(spring),
            "name": "Summer",
            "program": spring.program_id,
            "audience:Promoters": f"use:{promoters.pk}",
            "confirm": "yes",
        },
    )

    made = Campaign.objects.latest("pk")
    assert response["Location"] == reverse("admin:campaigns_review", args=[made.pk])
    assert (made.name, made.draft, made.created_by.username) == (
        "Summer",
        spring.draft,
        "maker",
    )


def test_an_audience_that_is_missing_is_made(maker, spring, promoters):
    text, program = text_of(spring), spring.program_id
    spring.delete()
    promoters.delete()
    page = upload(maker, text).content.decode()
    assert "Make “Promoters” as the file explains it" in page
    assert "Contacts who are on the list “All customers”." in page

    values = {"text": text, "name": "Spring", "program": program, "confirm": "yes"}
    maker.post(IMPORT, values)

    made = Audience.objects.get()
    assert (made.name, made.rule["list"]) == ("Promoters", everyone().pk)
    assert Campaign.objects.get().draft["trigger"]["audience"] == made.pk


def test_an_audience_of_another_rule_is_told_apart(maker, spring, promoters):
    text = text_of(spring)
    promoters.rule = {
        "kind": "attribute",
        "name": "plan",
        "operator": "is",
        "value": "pro",
    }
    promoters.save()

    page = upload(maker, text).content.decode()

    assert "Here it is something else: Contacts whose plan is “pro”." in page
    assert "Make another one, “Promoters 2”, as the file explains it" in page
    values = {"text": text, "name": "Two", "program": spring.program_id}
    values["confirm"] = "yes"
    page = maker.post(IMPORT, values).content.decode()
    assert "Choose which audience is taken." in page
    maker.post(IMPORT, values | {"audience:Promoters": "create"})
    made = Audience.objects.get(name="Promoters 2")
    assert Campaign.objects.latest("pk").draft["trigger"]["audience"] == made.pk


def test_without_the_right_to_make_an_audience_one_is_chosen(client, spring, promoters):
    client.force_login(make_user(*MAY, username="other"))
    check = new_step(
        "branch",
        key="check",
        name="Check",
        condition={"kind": "audience", "audience": promoters.pk, "operator": "in"},
    )
    spring.draft["steps"].append(check)
    spring.save()
    text, program = text_of(spring), spring.program_id
    spring.delete()
    promoters.delete()
    values = {"text": text, "name": "Spring", "program": program, "confirm": "yes"}
    page = client.post(IMPORT, values).content.decode()

    assert "There is no audience here" in page
    assert not Campaign.objects.exists()

    rule = {"kind": "list", "list": everyone().pk, "operator": "on"}
    other = create_audience(name="Other", rule=rule, now=NOW)
    page = client.post(IMPORT, values).content.decode()
    assert "Choose which audience is taken." in page
    assert not Campaign.objects.exists()

    client.post(IMPORT, values | {"audience:Promoters": f"use:{other.pk}"})
    assert Campaign.objects.get().draft["trigger"]["audience"] == other.pk


def test_a_file_replaces_a_draft_as_one_edit(maker, spring, promoters):
    other = make_campaign(
        name="Other",
        trigger={"audience": promoters.pk},
        steps=[
            new_step("delay", key="wait", name="Wait", amount=3),
            new_step("note", key="note", name="Note"),
        ],
    )
    before = other.draft
    url = f"{LIST}{other.pk}/import/"
    page = upload(maker, text_of(spring), url).content.decode()
    assert "“Wait &lt;b&gt;a day&lt;/b&gt;”: changed" in page
    assert "“Note”: removed" in page

    maker.post(url, {"text": text_of(spring), "revision": "1", "confirm": "yes"})

    other.refresh_from_db()
    assert (other.name, other.draft, other.revision) == ("Other", spring.draft, 2)
    [edit] = other.revisions.all()
    assert edit.summary == "Imported “Spring <i>ask</i>” from a file"
    maker.post(f"{LIST}{other.pk}/undo/", {"revision": "2"})
    other.refresh_from_db()
    assert other.draft == before


def test_a_draft_that_somebody_changed_meanwhile_is_not_replaced(maker, spring):
    url = f"{LIST}{spring.pk}/import/"
    values = {"text": text_of(spring), "revision": "7", "confirm": "yes"}

    page = maker.post(url, values).content.decode()

    assert "Somebody else has changed this campaign" in page
    spring.refresh_from_db()
    assert spring.revision == 1


def test_a_program_is_chosen_if_its_name_is_unknown(maker, spring):
    file = json.loads(text_of(spring))
    file["campaign"]["program"] = "Elsewhere"
    text = json.dumps(file)

    page = upload(maker, text).content.decode()
    assert "In the file it belongs to the program “Elsewhere”." in page
    values = {"text": text, "name": "Spring", "program": "", "confirm": "yes"}
    assert "Choose the program whose offer it makes." in (
        maker.post(IMPORT, values).content.decode()
    )
    assert Campaign.objects.count() == 1


def test_without_a_program_the_page_says_what_to_do_first(maker):
    assert "First, a program" in maker.get(IMPORT).content.decode()

    make_program()
    page = maker.get(IMPORT).content.decode()
    assert "Drop a file here" in page
    assert maker.post(IMPORT, {}).status_code == 200


def test_who_may_not_is_refused(onlooker, spring):
    text = text_of(spring)

    for url in (IMPORT, f"{LIST}{spring.pk}/import/"):
        assert onlooker.get(url).status_code == 403
        assert upload(onlooker, text, url).status_code == 403
    assert onlooker.get(f"{LIST}{spring.pk}/export-file/").status_code == 403


def test_a_campaign_that_has_stopped_is_not_replaced(maker):
    stopped = make_campaign(state="stopped")

    assert maker.get(f"{LIST}{stopped.pk}/import/").status_code == 403
    assert maker.get(f"{LIST}{stopped.pk}/export-file/").status_code == 200
