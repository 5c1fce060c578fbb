"""Random condition documents of all kinds, full of what goes wrong."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from audiences.conditions.kinds import KINDS
from tests.audiences.conditions import pools

words = st.sampled_from(pools.WORDS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4
)
keys = st.sampled_from(pools.KEYS)
event_names = st.sampled_from(["bought", *pools.EVENT_NAMES])
durations = st.sampled_from(
    [{"amount": amount, "unit": unit} for amount, unit in pools.LENGTHS]
)
typed_words = st.sampled_from(["pro", "5", "東京", "a"]) | words.filter(
    lambda text: text.strip()
)
typed_numbers = st.one_of(
    st.integers(-6, 6),
    st.sampled_from([0.1, 0.3, -3.25, 5.0, "5", "0.1", "-3.250", 2**53 + 1, "9" * 30]),
)
dates = st.sampled_from(
    [
        *("2026-03-01", "2026-02-28", "2024-02-29", "2026-03-02"),
        *("2026-03-01T12:00:00+00:00", "2026-02-28T23:59:59.999999+00:00"),
        *("2026-03-01T13:00:00+01:00", "2026-03-01T12:00:00"),
    ]
)
typed_scalars = st.one_of(
    st.booleans(), typed_words, st.integers(-6, 6), st.sampled_from([0.1, 5.0])
)
day_durations = st.sampled_from(
    [
        *({"amount": amount, "unit": "days"} for amount in (1, 7, 365)),
        {"amount": 1, "unit": "weeks"},
    ]
)


def ends(pair):
    return sorted(pair, key=float)


OPERANDS = {
    "is": typed_scalars,
    "is_not": typed_scalars,
    "is_one_of": st.lists(typed_scalars, min_size=1, max_size=4),
    "is_none_of": st.lists(typed_scalars, min_size=1, max_size=4),
    "contains": typed_words,
    "not_contains": typed_words,
    "starts_with": typed_words,
    "ends_with": typed_words,
    "greater_than": typed_numbers,
    "less_than": typed_numbers,
    "at_least": typed_numbers,
    "at_most": typed_numbers,
    "between": st.lists(st.integers(-6, 6) | st.just(0.1), min_size=2, max_size=2).map(
        ends
    ),
    "before": dates,
    "after": dates,
    "in_the_last": durations,
    "in_the_next": durations,
    "longer_ago": durations,
    "later_than": durations,
    "anniversary_today": None,
    "anniversary_in_the_next": day_durations,
    "is_true": None,
    "is_false": None,
    "is_set": None,
    "is_not_set": None,
}
ON_DATES = (
    *("before", "after", "in_the_last", "in_the_next", "longer_ago", "later_than"),
    *("anniversary_today", "anniversary_in_the_next", "is_set", "is_not_set"),
)
paths = st.lists(st.sampled_from(["*", *pools.INNER_KEYS]), min_size=1, max_size=3)


@st.composite
def comparisons(draw, operators=tuple(OPERANDS)) -> dict[str, Any]:
    operator = draw(st.sampled_from(operators))
    operand = OPERANDS[operator]
    test = {"operator": operator}
    return test if operand is None else {**test, "value": draw(operand)}


@st.composite
def comparisons_of(draw, names):
    """A comparison of something that has a name, sometimes of what is inside of it."""
    test = {"name": draw(names), **draw(comparisons())}
    return test if draw(st.integers(0, 4)) else {**test, "path": draw(paths)}


filters = st.just([]) | st.lists(comparisons_of(keys), max_size=2)
texts = st.sampled_from(["email", "first_name", "last_name", "locale", "time_zone"])
created = comparisons(ON_DATES).map(lambda test: {"name": "created_at", **test})
columns = st.builds(lambda name, test: {"name": name, **test}, texts, comparisons())
attributes = st.one_of(comparisons_of(keys), comparisons_of(keys), columns, created)


@st.composite
def windows(draw):
    kind = draw(st.sampled_from(["ever", "last", "last", "between", "ago"]))
    if kind == "last":
        return {"kind": kind, **draw(durations)}
    if kind == "ago":
        farthest = draw(st.sampled_from([{"amount": 1, "unit": "weeks"}, DAY]))
        nearest = draw(st.sampled_from([{"amount": 2, "unit": "hours"}, MINUTES]))
        return {"kind": kind, "nearest": nearest, "farthest": farthest}
    if kind == "between":
        start, end = sorted(draw(st.lists(st.integers(-20, 3), min_size=2, max_size=2)))
        days = [
            (pools.NOW + timedelta(days=offset)).date().isoformat()
            for offset in (start, end)
        ]
        if draw(st.booleans()):
            days[1] = (pools.NOW + timedelta(days=end)).isoformat()
        return {"kind": kind, "from": days[0], "until": days[1]}
    return {"kind": kind}


DAY = {"amount": 1, "unit": "days"}
MINUTES = {"amount": 90, "unit": "minutes"}
counted = st.fixed_dictionaries({"name": event_names, "filters": filters})


@st.composite
def events(draw):
    operator = draw(st.sampled_from(["at_least", "at_most", "exactly"]))
    count = draw(st.integers(1 if operator == "at_least" else 0, 3))
    window = draw(windows())
    return {**draw(counted), "operator": operator, "count": count, "window": window}


def about_events(**others):
    """Documents about events, with more fields than their name and filters."""
    return st.builds(
        lambda one, other: one | other, counted, st.fixed_dictionaries(others)
    )


@st.composite
def steps(draw):
    made = []
    size = draw(st.sampled_from([1, 1, 2, 2, 3, 4]))
    for number in range(size):
        step = {**draw(counted), "within": draw(durations), "did": True}
        if number == size - 1:
            step["did"] = draw(st.booleans())
        if draw(st.integers(0, 2)) == 0:
            step["same"] = draw(keys)
        made.append(step)
    return made


@st.composite
def regulars(draw):
    of = draw(st.integers(1, 5))
    return {
        **draw(counted),
        "times": draw(st.integers(1, 2)),
        "period": draw(durations),
        "at_least": draw(st.integers(1, of)),
        "of": of,
    }


@st.composite
def traits(draw):
    pk = draw(st.sampled_from(list(pools.TRAITS)))
    return {"trait": pk, **draw(comparisons())}


ranked = st.one_of(
    st.sampled_from(list(pools.TRAITS)).map(lambda pk: {"trait": pk}),
    keys.map(lambda name: {"attribute": name}),
)


@st.composite
def ranks(draw):
    operator = draw(
        st.sampled_from(["top_percent", "bottom_percent", "top_count", "bottom_count"])
    )
    counts = st.sampled_from([1, 2, 5, 20])
    percents = st.sampled_from([1, 5, 10, 12.5, 25, 50, 100])
    value = draw(percents if operator.endswith("percent") else counts)
    return {"of": draw(ranked), "operator": operator, "value": value}


clock_times = st.sampled_from(["00:00", "08:00", "09:00", "12:00", "17:30", "23:59"])
week_days = st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
choices = st.sampled_from


def fields(**strategies):
    return st.fixed_dictionaries(strategies)


LEAVES = {
    "attribute": attributes,
    "held": st.builds(
        lambda name, test, span: {"name": name, **test, "for": span},
        st.sampled_from(pools.KEYS[:3]),
        comparisons(),
        durations,
    ),
    "list": fields(
        list=choices([pools.EVERYONE, *pools.LISTS]), operator=choices(["on", "not_on"])
    ),
    "audience": fields(
        audience=choices(pools.AUDIENCES), operator=choices(["in", "not_in"])
    ),
    "entered": fields(
        audience=choices(pools.AUDIENCES),
        change=choices(["entered", "left"]),
        window=windows(),
    ),
    "state": fields(state=choices(pools.STATES), operator=choices(["is", "is_not"])),
    "random": fields(
        percent=choices([0.01, 10, 33.33, 50, 99.99, 100]),
        salt=choices(["spring", "50%", "it's", "東京"]),
    ),
    "local_time": fields(
        **{"from": clock_times, "until": clock_times},
        days=st.lists(week_days, min_size=1, max_size=4, unique=True),
    ),
    "rank": ranks(),
    "trait": traits(),
    "account_attribute": st.one_of(
        comparisons_of(keys),
        comparisons().map(lambda test: {"name": "name", **test}),
    ),
    "event": events(),
    "first_time": about_events(window=windows()),
    "latest": about_events(window=windows()),
    "sequence": about_events(window=windows(), then=steps()),
    "regular": regulars(),
    "stopped": about_events(times=st.integers(1, 2), active=durations, quiet=durations),
    "resumed": about_events(
        quiet=durations, window=durations.map(lambda span: {"kind": "last", **span})
    ),
}


def leaf(kind):
    return LEAVES[kind].map(lambda document: {"kind": kind, **document})


def tree(leaves, most):
    """Groups and negations of leaves."""

    def branches(inner):
        groups = st.fixed_dictionaries(
            {
                "kind": st.sampled_from(["all", "any"]),
                "conditions": st.lists(inner, min_size=1, max_size=3),
            }
        )
        negations = inner.map(lambda child: {"kind": "not", "condition": child})
        return groups | negations

    return st.recursive(leaves, branches, max_leaves=most)


# A kind is asked for as soon as it is registered.
known = [kind for kind in LEAVES if kind in KINDS]
simple = st.sampled_from(known).flatmap(leaf)
accounts = fields(
    kind=st.just("account"),
    quantifier=choices(["any", "all", "none"]),
    condition=tree(simple, 2),
)
leaves = st.one_of(simple, simple, simple, accounts)
conditions = tree(leaves, 5)
