"""A document of any kind through the form and back."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audiences.builder.parts import FORMS
from audiences.conditions.kinds import KINDS as KNOWN
from audiences.conditions.parse import parse_condition
from audiences.forms import ConditionWidget
from tests.audiences.builder.documents import KINDS, documents, leaves
from tests.audiences.html import fields_of

FEW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def through_the_form(document):
    widget = ConditionWidget(shows_preview=False)
    posted = fields_of(widget.render("rule", document))
    return widget.value_from_datadict(posted, None, "rule")


def leaves_of(document):
    if document["kind"] in ("all", "any"):
        return [leaf for inner in document["conditions"] for leaf in leaves_of(inner)]
    if document["kind"] in ("not", "account"):
        return leaves_of(document["condition"])
    return [document]


def holds(document, truths):
    """Judge the groups alone; of an account each person is taken to be the same."""
    match document["kind"]:
        case "all" | "any" as kind:
            inside = [holds(inner, truths) for inner in document["conditions"]]
            return all(inside) if kind == "all" else any(inside)
        case "not":
            return not holds(document["condition"], truths)
        case "account":
            inside = holds(document["condition"], truths)
            return (document["quantifier"], inside) in {
                ("any", True),
                ("all", True),
                ("none", False),
            }
    return truths.pop(0)


def test_the_builder_has_a_form_for_every_kind():
    assert set(FORMS) | {"account"} >= set(KNOWN)
    assert set(KINDS) == set(FORMS)


@pytest.mark.parametrize("kind", sorted(set(FORMS) & set(KNOWN)))
@FEW
@given(data=st.data())
def test_a_condition_comes_back_as_it_was(db, kind, data):
    leaf = data.draw(leaves([kind]))
    parsed = parse_condition(leaf)

    [read] = through_the_form(leaf)["conditions"]

    assert parse_condition(read) == parsed
    assert through_the_form(read) == {"kind": "all", "conditions": [read]}


@FEW
@given(data=st.data())
def test_a_tree_comes_back_and_says_the_same(db, data):
    kinds = sorted(set(FORMS) & set(KNOWN))
    document = data.draw(documents(kinds, has_accounts="account" in KNOWN))
    read = through_the_form(document)
    count = len(leaves_of(document))
    truths = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))

    assert list(map(parse_condition, leaves_of(read))) == list(
        map(parse_condition, leaves_of(document))
    )
    assert holds(read, list(truths)) == holds(document, list(truths))
    assert through_the_form(read) == read
