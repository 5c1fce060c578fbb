"""A document of any kind through the form and back."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audiences.builder.parts import FORMS
from audiences.conditions.kinds import KINDS as KNOWN
from audiences.conditions.parse import parse_condition
from audiences.conditions.sql import TRUE
from audiences.conditions.states import STATES, State, register
from audiences.forms import ConditionWidget
from tests.audiences.builder.documents import KINDS, documents, leaves
from tests.audiences.html import fields_of

FEW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True, scope="module")
def state():
    """A state that a condition may name."""
    register(State("of_a_test", "of a test", "who are", "who are not", lambda _: TRUE))
    yield
    del STATES["of_a_test"]


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
    assert set(FORMS) == set(KNOWN)
    assert set(FORMS) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(FORMS))
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
    document = data.draw(documents(sorted(FORMS)))
    read = through_the_form(document)
    count = len(leaves_of(document))
    truths = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))

    assert list(map(parse_condition, leaves_of(read))) == list(
        map(parse_condition, leaves_of(document))
    )
    assert holds(read, list(truths)) == holds(document, list(truths))
    assert through_the_form(read) == read
