"""The list, the page and the form of audiences."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audiences import usage
from audiences.definitions import archive_audience
from audiences.forms import FROM_NOW
from audiences.memberships.refresh import refresh_audience
from audiences.models import Audience, AudienceRefresh, MembershipChange
from audiences.models.membership import Cause
from contacts.work import request_cancel
from tests.audiences.html import fields_of
from tests.browser import settle
from tests.factories.audiences import PRO, make_audience
from tests.factories.contacts import NOW, make_contact

LIST = "/audiences/audience/"
ADD = "/audiences/audience/add/"


def page_of(audience, part="change"):
    return f"/audiences/audience/{audience.pk}/{part}/"


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_sentences_sizes_and_uses(admin_client):
    make_contact(attributes={"plan": "pro"})
    inner = make_audience(name="Pros", description="They pay.")
    outer = make_audience(
        name="Outer", rule={"kind": "audience", "audience": inner.pk, "operator": "in"}
    )
    make_audience(name="Unfilled", is_filled=False)

    page = text_of(admin_client.get(LIST))

    assert "Contacts whose plan is “pro”." in page
    assert "They pay." in page
    assert "Contacts who are in the audience “Pros”." in page
    assert f'href="{page_of(outer)}" title="Audience">Outer</a>' in page
    assert "Filling…" in page


def test_the_list_is_the_same_work_for_one_and_for_three(admin_client):
    def count():
        with CaptureQueriesContext(connection) as queries:
            text_of(admin_client.get(LIST))
        return len(queries)

    make_audience(name="First")
    one = count()
    make_audience(name="Second")
    make_audience(name="Third")
    assert count() == one


def test_an_empty_list_says_what_to_do(admin_client):
    page = text_of(admin_client.get(LIST))

    assert "No audiences yet" in page
    assert f'href="{ADD}"' in page


def test_archived_audiences_are_shown_only_on_request(admin_client):
    make_audience(name="Living")
    gone = make_audience(name="Buried")
    archive_audience(gone, now=NOW)

    assert "Buried" not in text_of(admin_client.get(LIST))
    archived = text_of(admin_client.get(LIST, {"state": "archived"}))
    assert "Buried" in archived
    assert "Living" not in archived


def test_an_audience_is_made_in_the_form(admin_client):
    make_contact(attributes={"plan": "pro"})
    fields = fields_of(text_of(admin_client.get(ADD)))
    answer = admin_client.post(
        ADD,
        {
            **fields,
            "name": "Pros",
            "rule::mode": "all",
            "rule:0:kind": "attribute",
            "rule:0:name": "plan",
            "rule:0:operator": "is",
            "rule:0:value": "pro",
        },
    )

    audience = Audience.objects.get()
    assert answer.url == page_of(audience)
    assert audience.rule == {"kind": "all", "conditions": [PRO]}
    assert AudienceRefresh.objects.get().audience == audience
    page = text_of(admin_client.get(answer.url))
    assert "The members are being looked up" in page
    assert f"/audiences/refresh/{AudienceRefresh.objects.get().pk}/" in page


def test_a_rule_with_errors_comes_back_as_it_was_typed(admin_client):
    page = text_of(
        admin_client.post(
            ADD,
            {
                "name": "Old",
                "rule::mode": "any",
                "rule:0:kind": "attribute",
                "rule:0:name": "age",
                "rule:0:operator": "at_least",
                "rule:0:value": "very",
            },
        )
    )

    assert "A condition is not complete. See below." in page
    assert "Enter a number, like 500 or 12.5." in page
    assert 'value="very"' in page
    assert Audience.objects.count() == 0


def test_a_rule_is_changed_in_the_form(admin_client):
    audience = make_audience(name="Pros")
    fields = fields_of(text_of(admin_client.get(page_of(audience, "edit"))))
    fields["rule:0:value"] = "club"

    answer = admin_client.post(page_of(audience, "edit"), fields)

    audience.refresh_from_db()
    assert answer.url == page_of(audience)
    assert audience.rule == {"kind": "all", "conditions": [{**PRO, "value": "club"}]}
    assert audience.rule_version == 2


def test_a_rule_that_leads_back_is_refused_in_the_form(admin_client):
    first = make_audience(name="First")
    second = make_audience(
        rule={"kind": "audience", "audience": first.pk, "operator": "in"}
    )
    page = text_of(
        admin_client.post(
            page_of(first, "edit"),
            {
                "name": "First",
                "rule::mode": "all",
                "rule:0:kind": "audience",
                "rule:0:audience": second.pk,
                "rule:0:operator": "in",
            },
        )
    )

    assert "The rule leads back to this audience through another one." in page


def test_a_copy_begins_with_the_rule(admin_client):
    audience = make_audience(name="Pros")

    fields = fields_of(text_of(admin_client.get(ADD, {"copy": audience.pk})))

    assert (fields["name"], fields["rule:0:value"]) == ("Pros (copy)", "pro")


def test_a_copy_counts_from_now_on_if_the_original_did_so(admin_client):
    before, counted = make_audience(counts_from=NOW), make_audience()

    copies = [
        re.findall(
            r'value="(\w+)"[^>]* checked',
            text_of(admin_client.get(ADD, {"copy": audience.pk})),
        )
        for audience in (before, counted)
    ]

    assert copies[0] == [FROM_NOW]
    assert FROM_NOW not in copies[1]


def test_the_page_says_from_when_events_count(admin_client):
    since = "Only what people did after 1 Mar 2026, 12:00 counts"

    page = text_of(admin_client.get(page_of(make_audience(counts_from=NOW))))
    other = text_of(admin_client.get(page_of(make_audience())))

    assert since in page
    assert "Only what people did" not in other


def test_the_page_shows_members_and_what_is_around_them(admin_client):
    contact = make_contact(
        attributes={"plan": "pro"}, first_name="Ann", last_name="Lee"
    )
    audience = make_audience(name="Pros")
    contact.attributes = {}
    contact.save(update_fields=["attributes"])
    refresh_audience(audience, now=NOW + timedelta(days=3), cause=Cause.REFRESHED)
    contact.attributes = {"plan": "pro"}
    contact.save(update_fields=["attributes"])
    refresh_audience(audience, now=NOW + timedelta(days=5), cause=Cause.REFRESHED)

    page = text_of(admin_client.get(page_of(audience)))
    changes = text_of(
        admin_client.get(page_of(audience, "members"), {"show": "changes"})
    )

    assert "Contacts whose plan is “pro”." in page
    assert "Ann Lee" in page
    assert "Size over time" in page
    assert "<html" not in changes
    assert changes.count("gl-badge--good") == 2
    assert "The rule was made or changed" in changes


def test_members_are_searched_and_exported(admin_client):
    for name in ("Ann", "Bob"):
        make_contact(
            attributes={"plan": "pro"}, first_name=name, email=f"{name}@example.com"
        )
    make_contact(first_name="Outsider", email="out@example.com")
    audience = make_audience(name="Pros")

    found = text_of(admin_client.get(page_of(audience, "members"), {"q": "ann"}))
    odd = text_of(admin_client.get(page_of(audience, "members"), {"q": "an\0n"}))
    none = text_of(admin_client.get(page_of(audience, "members"), {"q": "out"}))
    file = b"".join(admin_client.get(page_of(audience), {"format": "csv"})).decode()

    assert "ann@example.com" in found
    assert "bob@example.com" not in found
    assert "Nobody here begins with “out”." in none
    assert file.splitlines()[0] == "\ufeffEmail,First name,Last name,Language,Entered"
    assert sorted(line.split(",")[0] for line in file.splitlines()[1:]) == [
        "ann@example.com",
        "bob@example.com",
    ]
    assert "ann@example.com" in odd


def test_members_cost_the_same_for_one_and_for_three(admin_client):
    audience = make_audience()

    def count():
        make_contact(attributes={"plan": "pro"})
        refresh_audience(audience, now=NOW, cause=Cause.REFRESHED)
        with CaptureQueriesContext(connection) as queries:
            text_of(admin_client.get(page_of(audience, "members")))
        return len(queries)

    assert count() == (count(), count())[1]


def test_an_empty_audience_says_so(admin_client):
    audience = make_audience()

    assert "Nobody is in it now" in text_of(admin_client.get(page_of(audience)))
    assert "Nobody has entered or left yet" in text_of(
        admin_client.get(page_of(audience), {"show": "changes"})
    )


def test_a_rule_that_became_unreadable_still_has_a_page(admin_client):
    audience = make_audience()
    Audience.objects.update(rule={"kind": "list", "list": 10**9, "operator": "x"})

    page = text_of(admin_client.get(page_of(audience)))

    assert "This rule can&#x27;t be read any more:" in page
    assert "read any more" in text_of(admin_client.get(LIST))


def test_what_is_in_use_stays(admin_client, monkeypatch):
    audience = make_audience(name="Pros")
    use = usage.Use("Campaign", "Refer a friend", "/campaigns/1/")
    monkeypatch.setitem(usage.USERS, "campaign", lambda ids: {pk: [use] for pk in ids})

    for action in ("archive", "delete"):
        answer = admin_client.post(page_of(audience, action), follow=True)
        assert "“Pros” is in use by “Refer a friend”. Take it out there first." in (
            answer.content.decode()
        )
    assert Audience.objects.live().count() == 1


def test_archive_restore_refill_and_delete(admin_client):
    audience = make_audience()
    request_cancel(AudienceRefresh.objects.create(audience=audience), now=NOW)
    stopped = text_of(admin_client.get(page_of(audience)))

    admin_client.post(page_of(audience, "refill"))
    admin_client.post(page_of(audience, "archive"))
    archived = text_of(admin_client.get(page_of(audience)))
    admin_client.post(page_of(audience, "restore"))

    assert "Fill again" in stopped
    assert "nobody enters or leaves any more" in archived
    assert Audience.objects.live().count() == 1
    assert AudienceRefresh.objects.count() == 4
    assert admin_client.post(page_of(audience, "delete")).url == LIST
    assert (Audience.objects.count(), MembershipChange.objects.count()) == (0, 0)


def test_a_filling_can_be_watched(admin_client):
    make_audience()
    filling = AudienceRefresh.objects.get()

    answer = admin_client.get(f"/audiences/refresh/{filling.pk}/")

    assert (answer.status_code, answer["HX-Trigger"]) == (286, "work-over")


@pytest.mark.parametrize("part", ["edit", "archive", "restore", "delete", "refill"])
def test_who_may_only_look_changes_nothing(client, db, part):
    audience = make_audience()
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_audience"))
    client.force_login(user)

    assert client.post(page_of(audience, part)).status_code == 403
    page = text_of(client.get(page_of(audience)))
    assert "Edit rule" not in page
    assert "Delete" not in page


def test_pages_of_nobody_are_not_there(admin_client, client, db):
    assert admin_client.get("/audiences/audience/9999/change/").status_code == 404
    assert admin_client.get("/audiences/audience/9999/edit/").status_code == 404
    client.logout()
    assert client.get(LIST).status_code == 302


def test_a_rule_is_built_with_the_keyboard(marketer_page, live_server):
    make_contact(attributes={"plan": "pro"})
    make_contact(attributes={"plan": "free"})
    marketer_page.goto(live_server.url + ADD)
    marketer_page.get_by_label("Name", exact=True).fill("Pros")
    preview = marketer_page.locator("#rule-preview")

    marketer_page.locator(".gl-add").first.press("Enter")
    marketer_page.locator("#rule_0_name:focus").wait_for()
    settle(marketer_page)
    marketer_page.locator("#rule_0_name").select_option("plan")
    settle(marketer_page)
    marketer_page.locator("#rule_0_value").fill("pro")
    preview.get_by_text("Contacts whose plan is “pro”.").wait_for()
    marketer_page.locator("#rule_0 summary").press("Enter")
    marketer_page.locator("#rule_0").get_by_role("button", name="Duplicate").press(
        "Enter"
    )
    marketer_page.locator("#rule_1_value").wait_for()
    settle(marketer_page)
    marketer_page.locator("#rule_1_value").fill("free")
    marketer_page.locator("#rule_mode").select_option("any")

    preview.locator("strong", has_text="2").wait_for()
    assert marketer_page.locator("#rule_0_value").input_value() == "pro"
    marketer_page.get_by_role("button", name="Create audience").press("Enter")
    marketer_page.get_by_text("The members are being looked up").wait_for()
    assert [child["value"] for child in Audience.objects.get().rule["conditions"]] == [
        "pro",
        "free",
    ]
