"""The builder's requests."""

import json
import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission, User

from tests.audiences.html import fields_of
from tests.factories.audiences import make_audience
from tests.factories.contacts import make_contact, make_event

BUILDER = "/audiences/builder/"
COPY = "/audiences/builder/copy/"
PICKER = "/audiences/builder/picker/"
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


def test_a_copy_is_put_behind_a_condition_or_into_a_group(marketer):
    copied = json.dumps({"kind": "list", "list": 7, "operator": "on"})
    behind = marketer.post(
        BUILDER, {**LEAF, "action": "paste", "place": "0", "detail": copied}
    ).content.decode()
    inside = marketer.post(
        BUILDER, {**LEAF, "action": "paste", "place": "", "detail": copied}
    ).content.decode()

    assert fields_of(behind)["rule:1:list"] == fields_of(inside)["rule:1:list"] == "7"
    assert fields_of(behind)["rule:0:value"] == "pro"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "There is no condition in the clipboard."),
        ("[1]", "There is no condition in the clipboard."),
        ("{" * 300_000, "There is no condition in the clipboard."),
        ('{"kind": "magic"}', "What was copied is not complete: Kind must be one of"),
        (
            '{"kind": "list", "list": "", "operator": "on"}',
            "What was copied is not complete: Choose a list.",
        ),
    ],
)
def test_what_can_not_be_understood_is_not_pasted(marketer, written, said):
    answer = marketer.post(
        BUILDER, {**LEAF, "action": "paste", "place": "", "detail": written}
    )

    page = answer.content.decode()
    assert answer.status_code == 200
    assert said in page
    assert fields_of(page)["rule:0:value"] == "pro"
    assert "rule:1:kind" not in fields_of(page)


def test_a_condition_is_copied_as_it_is_typed(marketer):
    whole = marketer.post(COPY, {**LEAF, "place": ""}).json()
    leaf = marketer.post(COPY, {**LEAF, "place": "0"}).json()
    open_leaf = marketer.post(COPY, {**LEAF, "place": "0", "rule:0:value": ""}).json()
    wrong = [
        marketer.post(COPY, {**LEAF, "place": "7"}),
        marketer.post(COPY, {**LEAF, "prefix": "1 2"}),
    ]

    plan = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
    assert leaf == {"condition": plan, "said": "Copied."}
    assert whole["condition"] == {"kind": "all", "conditions": [plan]}
    assert open_leaf == {"said": "Not copied: Enter a value."}
    assert [answer.status_code for answer in wrong] == [400, 400]


def test_the_picker_lists_kinds_and_finds_names(marketer):
    make_event(make_contact(attributes={"plan": "pro"}), name="Parcel Sent")
    edited, other = make_audience(name="Edited"), make_audience(name="Other")

    page = marketer.get(
        PICKER, {"prefix": "rule", "edited": edited.pk}
    ).content.decode()

    headings = re.findall(r"<h3[^>]*>([^<]*)</h3>", page)
    assert headings[:5] == [
        "About the contact",
        "What they did",
        "Computed",
        "Asks and referrals",
        "Groups",
    ]
    for detail in (
        "sequence",
        "event:Parcel Sent",
        "attribute:plan",
        f"audience:{other.pk}",
    ):
        assert f'data-pick-detail="{detail}"' in page
    assert f'data-pick-detail="audience:{edited.pk}"' not in page
    assert marketer.get(PICKER, {"prefix": "1 2"}).status_code == 400


def test_each_pick_adds_a_condition(marketer):
    page = marketer.get(PICKER, {"prefix": "rule"}).content.decode()
    picks = re.findall(r'data-pick-action="([^"]*)" data-pick-detail="([^"]*)"', page)

    assert len(picks) > 30
    for action, detail in picks:
        answer = marketer.post(
            BUILDER, {**LEAF, "action": action, "place": "", "detail": unescape(detail)}
        )
        added = fields_of(answer.content.decode())
        assert "rule:1:kind" in added or "rule:1:mode" in added, detail
        assert "rule:1:kept" not in added or "rule:1:value" in added, detail


def test_a_kind_that_the_builder_does_not_know_stays_as_it_was(marketer):
    kept = json.dumps({"kind": "magic", "wand": 7})
    page = marketer.post(
        BUILDER,
        {
            **LEAF,
            "rule:1:kind": "magic",
            "rule:1:kept": kept,
            "action": "up",
            "place": "1",
        },
    ).content.decode()

    assert json.loads(fields_of(page)["rule:0:kept"]) == {"kind": "magic", "wand": 7}
    assert "can't be shown here" in page
