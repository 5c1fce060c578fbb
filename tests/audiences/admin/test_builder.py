"""The builder's requests."""

import json

import pytest
from django.contrib.auth.models import Permission, User

from tests.factories.audiences import make_audience
from tests.factories.contacts import make_contact

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


@pytest.mark.parametrize("address", [BUILDER, PREVIEW])
def test_both_are_for_users_who_may_see_audiences(client, db, address):
    assert client.post(address, LEAF).status_code == 302
    client.force_login(User.objects.create_user("stranger", is_staff=True))
    assert client.post(address, LEAF).status_code == 403


@pytest.mark.parametrize("address", [BUILDER, PREVIEW])
def test_both_refuse_get_and_an_unknown_builder(marketer, address):
    assert marketer.get(address).status_code == 405
    assert marketer.post(address, {"prefix": "1 2"}).status_code == 400
