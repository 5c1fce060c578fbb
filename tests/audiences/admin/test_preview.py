"""The live preview of a rule: its number, how it comes to that, and a person of its sample."""

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from audiences import selection
from audiences.conditions.sql import combine
from contacts.models import Contact
from tests.factories.contacts import make_contact, make_event

PREVIEW = "/audiences/preview/"
BREAKDOWN = "/audiences/preview/breakdown/"
LEAF = {
    "prefix": "rule",
    "rule::mode": "all",
    "rule:0:kind": "attribute",
    "rule:0:name": "plan",
    "rule:0:operator": "is",
    "rule:0:value": "pro",
}
AGE = {
    "rule:1:kind": "attribute",
    "rule:1:name": "age",
    "rule:1:operator": "at_least",
    "rule:1:type": "number",
    "rule:1:value": "40",
}


@pytest.fixture
def marketer(db, client):
    """A signed-in user who may look at audiences and people, and no more."""
    user = User.objects.create_user("marketer", is_staff=True)
    looks = Permission.objects.filter(
        codename__in=["view_audience", "view_contact", "view_event"]
    )
    user.user_permissions.set(looks)
    client.force_login(user)
    return client


def test_the_preview_counts_shows_and_says(marketer):
    make_contact(attributes={"plan": "pro"}, email="ann@example.com", first_name="Ann")
    make_contact(attributes={"plan": "free"})
    before = Contact.objects.count()

    page = marketer.post(PREVIEW, {**LEAF, "rule-last": "3"}).content.decode()

    assert "<strong>1</strong> <span>contact</span>" in page
    assert "gl-preview__change--fewer" in page
    assert "-2</span>" in page
    assert "Contacts whose plan is “pro”." in page
    assert "ann@example.com" in page
    assert '<input type="hidden" name="rule-last" value="1">' in page
    assert Contact.objects.count() == before


def test_the_preview_counts_only_for_who_may_not_see_people(client, db):
    user = User.objects.create_user("analyst", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_audience"))
    client.force_login(user)
    make_contact(attributes={"plan": "pro"}, email="ann@example.com")

    page = client.post(PREVIEW, LEAF).content.decode()

    assert "<strong>1</strong> <span>contact</span>" in page
    assert "ann@example.com" not in page


def test_the_preview_names_what_is_wrong_and_where(marketer):
    fields = {
        "prefix": "rule",
        "rule::mode": "all",
        "rule:0:mode": "any",
        "rule:0.1:kind": "attribute",
        "rule:0.1:name": "age",
        "rule:0.1:operator": "at_least",
        "rule:0.1:value": "many",
    }
    answer = marketer.post(PREVIEW, fields)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'data-goto="rule_0_0">Condition 1 in group 1</button>' in page
    assert "Enter a number, like 500 or 12.5." in page


def test_the_preview_of_nothing_says_what_to_do(marketer):
    page = marketer.post(
        PREVIEW, {"prefix": "rule", "rule::mode": "all"}
    ).content.decode()

    assert "Add a condition" in page


def test_the_preview_warns_of_what_nobody_has_done(marketer):
    make_event(make_contact(), name="order_completed", at=timezone.now())
    fields = {
        "prefix": "rule",
        "rule::mode": "any",
        "rule:0:kind": "event",
        "rule:0:name": "order_completed",
        "rule:0:operator": "never",
        "rule:1:kind": "event",
        "rule:1:name": "__other__",
        "rule:1:other": "flew_to_the_moon",
        "rule:1:operator": "at_least",
        "rule:1:count": "1",
        "rule:2:kind": "attribute",
        "rule:2:name": "shoe_size",
        "rule:2:operator": "is_set",
        "rule:3:kind": "attribute",
        "rule:3:name": "email",
        "rule:3:operator": "is_set",
    }
    page = marketer.post(PREVIEW, fields).content.decode()

    assert "Nobody has done “Flew to the moon” yet." in page
    assert "No contact has the attribute “shoe size” yet." in page
    # Whoever has an address fits, and everybody has.
    assert "Everybody fits this rule now." in page
    assert page.count("gl-note--warn") == 3


def test_the_breakdown_shows_whom_each_condition_leaves(marketer):
    for age in (30, 40, 50):
        make_contact(attributes={"plan": "pro", "age": age})
    make_contact(attributes={"plan": "free", "age": 60})

    page = marketer.post(BREAKDOWN, {**LEAF, **AGE}).content.decode()

    counts = [part.split("<")[0] for part in page.split('gl-fall__count">')[1:]]
    assert counts == ["4", "3", "2"]
    assert "of them whose age is at least 40" in page
    # The threshold is drawn for those on the plan: 30, 40 and 50.
    assert 'data-field="rule:1:value"' in page
    assert 'data-count="3"' in page
    assert 'min="30" max="50" step="1" value="40"' in page


def test_the_breakdown_of_a_bad_rule_or_of_none_is_empty(marketer):
    make_contact(attributes={"plan": "free"})
    assert "Nobody fits this rule now." in marketer.post(PREVIEW, LEAF).content.decode()
    nothing = {"prefix": "rule", "rule::mode": "all"}
    assert not marketer.post(BREAKDOWN, nothing).content.strip()
    bad = {**LEAF, "rule:0:name": ""}
    assert not marketer.post(BREAKDOWN, bad).content.strip()


@pytest.mark.parametrize(
    ("address", "said"), [(PREVIEW, "was stopped"), (BREAKDOWN, "too long to count")]
)
def test_what_takes_too_long_is_stopped_and_says_so(
    marketer, monkeypatch, address, said
):
    monkeypatch.setattr("audiences.previews.limits.SECONDS", 0.05)
    slow = "audiences.selection.predicate"
    real = selection.predicate

    def wait(document, **given):
        return combine("{} AND pg_sleep(1) IS NOT NULL", real(document, **given))

    monkeypatch.setattr(slow, wait)
    make_contact(attributes={"plan": "pro"})

    page = marketer.post(address, LEAF).content.decode()

    assert said in page


def test_a_person_of_the_sample_opens_with_attributes_and_events(marketer):
    ana = make_contact(first_name="Ana", attributes={"plan": "pro"})
    make_event(ana, name="ticket_closed", at=timezone.now())

    page = marketer.post(f"/audiences/preview/{ana.pk}/", LEAF).content.decode()

    assert "<h3>Ana" in page
    assert "<dt>plan</dt><dd>pro</dd>" in page
    assert "The ticket was closed" in page
    assert "Why it fits" in page
    assert page.count("gl-fits--yes") == 2


def test_a_person_is_for_users_who_may_see_people(client, db):
    ana = make_contact()
    user = User.objects.create_user("counter", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_audience"))
    client.force_login(user)

    assert client.post(f"/audiences/preview/{ana.pk}/", LEAF).status_code == 403


def test_a_person_who_is_gone_and_a_rule_that_is_broken_are_not_found(marketer):
    ana = make_contact()

    assert marketer.post("/audiences/preview/0/", LEAF).status_code == 404
    broken = {**LEAF, "rule:0:name": ""}
    assert marketer.post(f"/audiences/preview/{ana.pk}/", broken).status_code == 404
