import re

import pytest
from django.core import mail as outbox
from django.urls import reverse

from campaigns.emails.starters import starter_content
from campaigns.flows.edits import new_step
from tests.factories.campaigns import make_audience, make_campaign, make_contact
from tests.factories.messages import four_blocks

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    content = four_blocks()
    broken = starter_content("thank_you")
    broken["variants"]["en"]["blocks"][0]["text"] = "{% if contact.first_name %}"
    steps = [
        new_step("email", key="ask", name="Ask", content=content),
        new_step("email", key="empty", name="Empty"),
        new_step("delay", key="wait", name="Wait"),
        new_step("email", key="broken", name="Broken", content=broken),
    ]
    return make_campaign(name="Autumn", steps=steps)


def url(campaign, name="campaigns_email", key="ask", query=""):
    return reverse(f"admin:{name}", args=[campaign.pk, key]) + query


def post(client, campaign, key="ask", query="", **values):
    values = {
        "revision": campaign.revision,
        "kinds": "heading,columns,text,answers",
    } | values
    return client.post(url(campaign, key=key, query=query), values)


def content(campaign, index=0):
    campaign.refresh_from_db()
    return campaign.draft["steps"][index]["content"]


def kinds(campaign, locale="en"):
    return [block["kind"] for block in content(campaign)["variants"][locale]["blocks"]]


def test_the_page_shows_the_words_the_blocks_and_the_languages(editor, campaign):
    page = editor.get(url(campaign)).content.decode()

    assert 'value="Something for a friend, and something for you"' in page
    assert page.count('class="gl-block"') == 4
    assert "German" in page
    assert "contact.first_name" in page


def test_another_language_is_chosen_by_the_address(editor, campaign):
    german = editor.get(url(campaign, query="?locale=de")).content.decode()
    unknown = editor.get(url(campaign, query="?locale=xx")).content.decode()

    assert "Etwas für Freunde" in german
    assert "Etwas für Freunde" not in unknown


@pytest.mark.parametrize("key", ["wait", "gone"])
def test_only_emails_have_an_editor(editor, campaign, key):
    assert editor.get(url(campaign, key=key)).status_code == 404


def test_an_empty_mail_offers_words_to_begin_with(editor, campaign):
    page = editor.get(url(campaign, key="empty")).content.decode()
    assert "Begin with words that work" in page

    response = post(
        editor, campaign, key="empty", op="starter", starter="thank_you", kinds=""
    )
    assert response.status_code == 302
    assert content(campaign, 1) == starter_content("thank_you")
    assert (
        "Begin with words that work"
        not in editor.get(url(campaign, key="empty")).content.decode()
    )


def test_what_is_typed_is_saved_with_its_mistakes(editor, campaign):
    response = post(
        editor,
        campaign,
        **{"mail-subject": "{{ contact.frist_name }}", "mail-0.text": ""},
    )

    page = response.content.decode()
    assert "contact.frist_name" in page
    assert "Did you mean" in page
    assert "Text is missing" in page
    assert response["HX-Trigger"] == "mail-saved"
    variant = content(campaign)["variants"]["en"]
    assert variant["subject"] == "{{ contact.frist_name }}"
    assert variant["blocks"][0]["text"] == ""


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"op": "insert", "kind": "divider", "target": "1"},
            ["heading", "divider", "columns", "text", "answers"],
        ),
        (
            {"op": "move", "index": "3", "target": "0"},
            ["answers", "heading", "columns", "text"],
        ),
        (
            {"op": "duplicate", "index": "0"},
            ["heading", "heading", "columns", "text", "answers"],
        ),
        ({"op": "remove", "index": "1"}, ["heading", "text", "answers"]),
    ],
)
def test_blocks_are_edited_and_what_was_typed_is_kept(
    editor, campaign, values, expected
):
    page = post(
        editor, campaign, **values, **{"mail-subject": "Typed"}
    ).content.decode()

    assert kinds(campaign) == expected
    assert content(campaign)["variants"]["en"]["subject"] == "Typed"
    assert 'id="mail-blocks" hx-swap-oob' in page


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"op": "explode"}, "This page is out of date."),
        ({"op": "remove", "index": "9"}, "This block is no longer in the mail."),
        ({"op": "remove", "index": "x"}, "This block is no longer in the mail."),
        ({"op": "insert", "kind": "bomb"}, "There is no such block."),
        ({"op": "starter", "starter": "bomb"}, "There is no such mail to begin with."),
        ({"op": "mode", "mode": "magic"}, "written as blocks or as code"),
        ({"op": "add_locale", "new_locale": "klingonese"}, "Write a language such as"),
        ({"op": "add_locale", "new_locale": "DE"}, "written in that language already"),
        ({"op": "remove_locale"}, "The default language can"),
        ({"kinds": "text"}, "The blocks of this mail were changed in the meantime."),
    ],
)
def test_odd_edits_change_nothing_and_say_why(editor, campaign, values, sentence):
    page = post(editor, campaign, **values).content.decode()

    assert sentence in page
    assert content(campaign) == four_blocks()


def test_a_stale_page_saves_nothing(editor, campaign):
    page = post(
        editor, campaign, revision="77", **{"mail-subject": "Mine"}
    ).content.decode()

    assert "Do mine on top of it" in page
    assert content(campaign) == four_blocks()


def test_languages_are_added_made_the_default_and_removed(editor, campaign):
    added = post(editor, campaign, op="add_locale", new_locale="fr")
    assert added["Location"] == url(campaign, query="?locale=fr")
    campaign.refresh_from_db()
    post(editor, campaign, query="?locale=fr", op="default_locale")
    campaign.refresh_from_db()
    removed = post(editor, campaign, query="?locale=en", op="remove_locale")

    assert removed["Location"] == url(campaign, query="?locale=fr")
    saved = content(campaign)
    assert (saved["default_locale"], sorted(saved["variants"])) == ("fr", ["de", "fr"])


def test_htmx_is_told_where_to_go_after_a_new_language(editor, campaign):
    response = editor.post(
        url(campaign),
        {"revision": 1, "op": "add_locale", "new_locale": "he"},
        headers={"HX-Request": "true"},
    )

    assert response["HX-Redirect"] == url(campaign, query="?locale=he")
    page = editor.get(response["HX-Redirect"]).content.decode()
    assert 'dir="rtl"' in page


def test_a_mail_is_written_as_code(editor, campaign):
    post(editor, campaign, op="mode", mode="code")
    page = editor.get(url(campaign)).content.decode()

    assert "&lt;mj-body" in page
    assert content(campaign)["variants"]["en"]["mode"] == "code"


def test_an_onlooker_sees_the_mail_and_may_not_change_it(onlooker, campaign):
    page = onlooker.get(url(campaign)).content.decode()

    assert "Read only" in page
    assert "Insert a variable" not in page
    assert post(onlooker, campaign).status_code == 403
    assert onlooker.post(url(campaign, "campaigns_email_test")).status_code == 403


def preview(client, campaign, query="", key="ask"):
    response = client.get(url(campaign, "campaigns_email_preview", key, query))
    return response.content.decode()


def test_the_preview_is_for_a_member_of_the_audience(editor, campaign):
    make_contact(first_name="Other")
    member = make_contact(first_name="Zoë", locale="de-AT")
    campaign.draft["trigger"]["audience"] = make_audience(member).pk
    campaign.save()
    page = preview(editor, campaign)

    assert "Zoë" in page
    assert "reads de-AT, so the mail would go out in the variant “de”" in page
    assert "<html" not in page


def test_the_preview_is_for_the_chosen_person_and_says_what_is_missing(
    editor, campaign
):
    chosen = make_contact(first_name="", locale="en")
    page = preview(editor, campaign, f"?contact={chosen.pk}")

    assert chosen.email in page
    assert "<code>contact.first_name</code>" in page


@pytest.mark.parametrize(
    "query", ["", "?contact=x", "?contact=999999", f"?contact={'9' * 40}"]
)
def test_without_a_person_the_preview_makes_one_up(editor, campaign, query):
    assert "Ada Lovelace" in preview(editor, campaign, query)


def test_who_may_not_see_people_reads_it_as_somebody_made_up(onlooker, campaign):
    member = make_contact(first_name="Zoë")
    campaign.draft["trigger"]["audience"] = make_audience(member).pk
    campaign.save()
    page = preview(onlooker, campaign, f"?contact={member.pk}")

    assert "Ada Lovelace" in page
    assert "Zoë" not in page


def test_a_mail_that_can_not_be_made_says_why(editor, campaign):
    page = preview(editor, campaign, key="broken")

    assert "There is no preview yet." in page
    assert "<iframe" not in page


def test_the_frame_runs_and_loads_nothing(editor, campaign):
    response = editor.get(url(campaign, "campaigns_email_frame"))

    policy = response["Content-Security-Policy"]
    assert policy.startswith(
        "default-src 'none'; img-src https: data: http://testserver; style-src"
    )
    assert "script-src" not in policy
    assert "sandbox" in policy
    assert "Share it, and you both gain" in response.content.decode()
    broken = editor.get(url(campaign, "campaigns_email_frame", "broken"))
    assert broken.content == b""


def people(client, campaign, query):
    response = client.get(url(campaign, "campaigns_email_people"), {"q": query})
    return response.content.decode()


def test_people_are_found_by_the_beginning_of_a_name_or_address(editor, campaign):
    make_contact(first_name="Jürgen", last_name="Müller", email="jm@example.com")
    make_contact(first_name="Ana", email="ana@example.com")

    assert "jm@example.com" in people(editor, campaign, "jür mü")
    assert "ana@example.com" not in people(editor, campaign, "jür mü")
    assert "ana@example.com" in people(editor, campaign, "ana@")
    assert "Nobody is called that." in people(editor, campaign, "zebra")
    assert "ana@example.com" in people(editor, campaign, "ana\0@")
    assert people(editor, campaign, "").count('class="gl-option"') == 2


def test_a_test_goes_to_the_user_alone(editor, campaign, django_user_model):
    django_user_model.objects.filter(username="editor").update(email="me@example.com")
    make_contact(email="customer@example.com")
    page = editor.post(url(campaign, "campaigns_email_test")).content.decode()

    assert "Sent to me@example.com." in page
    [sent] = outbox.outbox
    assert sent.to == ["me@example.com"]


def test_a_test_without_an_address_or_a_mail_says_why(
    editor, campaign, django_user_model
):
    page = editor.post(url(campaign, "campaigns_email_test")).content.decode()
    assert "Your user has no email address." in page

    django_user_model.objects.filter(username="editor").update(email="me@example.com")
    page = editor.post(url(campaign, "campaigns_email_test", "broken")).content.decode()
    assert "Mend this first:" in page
    assert outbox.outbox == []


def test_the_editor_leads_back_to_the_step_in_the_flow(editor, campaign):
    page = editor.get(url(campaign)).content.decode()

    flow = reverse("admin:campaigns_flow", args=[campaign.pk])
    assert re.search(rf'href="{flow}\?step=\w+">.*Back to the flow</a>', page)
