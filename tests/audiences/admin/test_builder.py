"""The builder's requests."""

import json

import pytest
from django.contrib.auth.models import Permission, User

from contacts.models import Contact
from tests.factories.audiences import make_audience
from tests.factories.contacts import make_contact, make_event

BUILDER = "/audiences/builder/"
PREVIEW = "/audiences/preview/"
LEAF = {
    "prefix": "rule",
    "rule::mode": "all",
    "rule:0:kind": "attribute",
    "rule:0:name": "plan",
    "rule:0:operator": "is",
    "rule:0:value": "pro",
}


@pytest.fixture
def marketer(db, client):
    """A signed-in user who may look at audiences and people, and no more."""
    user = User.objects.create_user("marketer", is_staff=True)
    looks = Permission.objects.filter(codename__in=["view_audience", "view_contact"])
    user.user_permissions.set(looks)
    client.force_login(user)
    return client


def test_an_edit_answers_with_the_tree_and_tells_the_preview(marketer):
    answer = marketer.post(
        BUILDER, {**LEAF, "action": "add", "place": "", "detail": "event"}
    )

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in page
    assert 'name="rule:0:value" id="rule_0_value" value="pro"' in page
    assert 'name="rule:1:window"' in page
    assert json.loads(answer["HX-Trigger-After-Swap"]) == {
        "builder-changed": {"target": "#rule-builder"}
    }


def test_what_was_added_gets_the_focus(marketer):
    page = marketer.post(
        BUILDER, {**LEAF, "action": "add", "detail": "list"}
    ).content.decode()

    assert page.count("data-focus-inside") == 1
    assert page.index("data-focus-inside") > page.index('id="rule_1"')


def test_moving_keeps_the_focus_on_the_button(marketer):
    page = marketer.post(
        BUILDER,
        {
            **LEAF,
            "rule:1:kind": "list",
            "rule:2:kind": "event",
            "action": "up",
            "place": "2",
        },
    ).content.decode()

    best = page.index('data-focus="best"')
    assert page.index('id="rule_1"') < best < page.index('id="rule_2"')


def test_another_attribute_brings_operators_that_suit_it(marketer):
    make_contact(attributes={"age": 40})
    page = marketer.post(
        BUILDER,
        {**LEAF, "rule:0:name": "created_at", "action": "refresh", "place": "0"},
    ).content.decode()

    assert '<option value="before" selected>is before</option>' in page
    assert '<option value="contains">' not in page


def test_the_audience_that_is_edited_is_not_offered(marketer):
    edited, other = make_audience(name="Edited"), make_audience(name="Other")
    page = marketer.post(
        BUILDER,
        {
            "prefix": "rule",
            "rule::mode": "all",
            "action": "add",
            "detail": "audience",
            "edited": edited.pk,
        },
    ).content.decode()

    assert f'<option value="{other.pk}">Other</option>' in page
    assert f'<option value="{edited.pk}">' not in page


@pytest.mark.parametrize(
    "fields",
    [
        {"prefix": "rule", "action": "explode"},
        {"prefix": "rule", "action": "remove", "place": "7"},
        {"prefix": "rule", "action": "remove", "place": "x"},
        {"prefix": '"><script>', "action": "add"},
        {},
    ],
)
def test_requests_that_are_not_the_builders_are_refused(marketer, fields):
    assert marketer.post(BUILDER, fields).status_code == 400


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
    make_event(make_contact(), name="order_completed")
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
    assert page.count("gl-note--warn") == 2


@pytest.mark.parametrize("address", [BUILDER, PREVIEW])
def test_both_are_for_users_who_may_see_audiences(client, db, address):
    assert client.post(address, LEAF).status_code == 302
    client.force_login(User.objects.create_user("stranger", is_staff=True))
    assert client.post(address, LEAF).status_code == 403


@pytest.mark.parametrize("address", [BUILDER, PREVIEW])
def test_both_refuse_get_and_an_unknown_builder(marketer, address):
    assert marketer.get(address).status_code == 405
    assert marketer.post(address, {"prefix": "1 2"}).status_code == 400
