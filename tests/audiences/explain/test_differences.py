"""The difference of two rules, as sentences."""

from audiences.explain.differences import Line, compare_or_say_why, compare_rules

ANY = "At least one of these"


def is_on(plan, operator="is"):
    return {"kind": "attribute", "name": "plan", "operator": operator, "value": plan}


def seats(value):
    return {
        "kind": "attribute",
        "name": "seats",
        "operator": "at_least",
        "value": value,
    }


def group(kind, *conditions):
    return {"kind": kind, "conditions": list(conditions)}


def test_conditions_are_added_removed_and_changed(db):
    gone = {"kind": "attribute", "name": "city", "operator": "is", "value": "Rome"}
    new = {"kind": "attribute", "name": "tier", "operator": "is_set"}

    assert compare_rules(
        group("all", is_on("pro"), seats(5), gone),
        group("all", is_on("pro"), seats(9), new),
    ) == [
        Line("same", "Plan is “pro”", "Plan is “pro”", (), ()),
        Line("changed", "Seats is at least 5", "Seats is at least 9", (), ()),
        Line("added", "", "Tier is known", (), ()),
        Line("removed", "City is “Rome”", "", (), ()),
    ]


def test_a_condition_that_moves_says_where(db):
    (plan, own) = compare_rules(
        group("all", is_on("pro"), seats(5)), group("any", is_on("pro"), seats(5))
    )

    assert (plan.change, plan.is_moved) == ("changed", True)
    assert (own.groups_before, own.groups_after) == ((), (ANY,))


def test_a_group_of_one_is_no_group(db):
    (line,) = compare_rules(is_on("pro"), group("any", is_on("pro")))

    assert (line.change, line.is_moved) == ("same", False)


def test_the_negative_is_a_change(db):
    (line,) = compare_rules(is_on("pro"), {"kind": "not", "condition": is_on("pro")})

    assert (line.change, line.groups_after) == ("changed", ("None of this",))


def test_equal_conditions_are_matched_once_each(db):
    lines = compare_rules(group("all", seats(5)), group("all", seats(5), seats(5)))

    assert [line.change for line in lines] == ["same", "added"]


def test_a_rule_that_can_not_be_read_says_why(db):
    lines, problem = compare_or_say_why({"kind": "nonsense"}, is_on("pro"))

    assert lines == []
    assert problem.startswith("Kind must be one of")
