"""Random conditions and random people, full of what goes wrong."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from tests.audiences.conditions.oracle import Happened, Person

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# Near misses of numbers, moments, flags and patterns, and other scripts.
WORDS = [
    *("", " ", "pro", "Pro", "prop", "a%", "_", "%", "\\", "a_b", "x\ny", "'", '"'),
    *(
        "5",
        "5.0",
        "05",
        " 7 ",
        "-3.25",
        "+4",
        "1e5",
        "٣",
        "２",
        "1,000",
        "-0",
        "0.10",
        "12.",
    ),
    *("9" * 30, "9" * 60, "9" * 61, "5\n", "0." + "3" * 30, "NaN", "infinity"),
    *("true", "TRUE", "Yes", "no", "0", "1", "f", "null", "İ"),
    *("東京", "Ärger", "مرحبا", "🎉", "ẞ", "e\u0301"),
    *(
        "2024-02-29",
        "2026-02-29",
        "1900-02-29",
        "2000-02-29",
        "2026-03-01",
        "2026-02-28",
    ),
    *("2026-03-01T12:00:00Z", "2026-03-01 12:00", "2026-03-01T14:00:00.000001+02:00"),
    *("2026-02-28T12:00:00Z", "2026-02-28T12:00:00.000001Z", "2026-03-02T12:00:00Z"),
    *("2026-03-01T24:00:00Z", "2026-13-01", "0999-01-01", "2999-12-31", "2026-04-31"),
    *(
        "2026-02-28T23:59:59.999999Z",
        "2026-03-01T12:00:00+14:30",
        "2026-03-01T12:00+15:00",
    ),
    *("2026-03-01\n", "20260301", "now", "epoch", "2026-3-1"),
]
words = st.sampled_from(WORDS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4
)
numbers = st.one_of(
    st.integers(-6, 6),
    st.sampled_from(
        [0.1, 0.3, -3.25, 5.0, 1e22, 1e-7, 2**53 + 1, 10**40, -0.0, 0.30000000000000004]
    ),
    st.floats(allow_nan=False, allow_infinity=False),
)
scalars = st.none() | st.booleans() | numbers | words
stored = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "bb", "ä"]), inner, max_size=2)
    ),
    max_leaves=4,
)
keys = st.sampled_from(["a", "b", "plan", "it's", "100%", "ключ"])
objects = st.dictionaries(keys, stored, max_size=4)

event_names = st.sampled_from(["bought", "50% off"])
# Few, so that people's moments often lie at the very edge of a condition's window.
LENGTHS = [(2, "hours"), (1, "days"), (24, "hours"), (1, "weeks"), (90, "minutes")]
durations = st.sampled_from(
    [{"amount": amount, "unit": unit} for amount, unit in LENGTHS]
)


@st.composite
def moments(draw):
    """Moments at, just before and just after the edges of windows."""
    length = draw(durations)
    edge = draw(
        st.sampled_from(
            [
                timedelta(0),
                timedelta(**{length["unit"]: length["amount"]}),
                timedelta(hours=12),
            ]
        )
    )
    sign = draw(st.sampled_from([-1, -1, 1]))
    return AS_OF + sign * edge + draw(st.sampled_from([0, 0, -1, 1])) * MICROSECOND


typed_words = words.filter(lambda text: text.strip())
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
typed_scalars = (
    st.booleans() | typed_words | st.integers(-6, 6) | st.sampled_from([0.1, 5.0])
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
    "is_true": None,
    "is_false": None,
    "is_set": None,
    "is_not_set": None,
}
ON_DATES = [
    "before",
    "after",
    "in_the_last",
    "in_the_next",
    "longer_ago",
    "is_set",
    "is_not_set",
]


@st.composite
def comparisons(draw, names, operators=tuple(OPERANDS)):
    operator = draw(st.sampled_from(operators))
    test = {"name": draw(names), "operator": operator}
    operand = OPERANDS[operator]
    return test if operand is None else {**test, "value": draw(operand)}


columns = st.sampled_from(["email", "first_name", "last_name", "locale", "time_zone"])
attributes = st.one_of(
    comparisons(keys),
    comparisons(keys | columns),
    comparisons(st.just("created_at"), tuple(ON_DATES)),
).map(lambda test: {"kind": "attribute", **test})


@st.composite
def windows(draw):
    kind = draw(st.sampled_from(["ever", "last", "last", "between"]))
    if kind == "last":
        return {"kind": kind, **draw(durations)}
    if kind == "between":
        start, end = sorted(draw(st.lists(st.integers(-20, 3), min_size=2, max_size=2)))
        days = [
            (AS_OF + timedelta(days=offset)).date().isoformat()
            for offset in (start, end)
        ]
        if draw(st.booleans()):
            days[1] = (AS_OF + timedelta(days=end)).isoformat()
        return {"kind": kind, "from": days[0], "until": days[1]}
    return {"kind": kind}


@st.composite
def events(draw):
    operator = draw(st.sampled_from(["at_least", "at_most", "exactly"]))
    return {
        "kind": "event",
        "name": draw(event_names),
        "operator": operator,
        "count": draw(st.integers(1 if operator == "at_least" else 0, 3)),
        "window": draw(windows()),
        "filters": draw(st.just([]) | st.lists(comparisons(keys), max_size=2)),
    }


def conditions(list_ids, audience_ids):
    """Trees over lists and audiences that exist."""
    on_list = st.fixed_dictionaries(
        {
            "kind": st.just("list"),
            "list": st.sampled_from(list_ids),
            "operator": st.sampled_from(["on", "not_on"]),
        }
    )
    in_audience = st.fixed_dictionaries(
        {
            "kind": st.just("audience"),
            "audience": st.sampled_from(audience_ids),
            "operator": st.sampled_from(["in", "not_in"]),
        }
    )
    leaves = st.one_of(attributes, events(), attributes, events(), on_list, in_audience)

    def branches(inner):
        groups = st.fixed_dictionaries(
            {
                "kind": st.sampled_from(["all", "any"]),
                "conditions": st.lists(inner, min_size=1, max_size=3),
            }
        )
        negations = inner.map(lambda child: {"kind": "not", "condition": child})
        return groups | negations

    return st.recursive(leaves, branches, max_leaves=6)


@st.composite
def people(draw, list_ids, audience_ids):
    fields = {
        name: draw(words)[:35]
        for name in ("first_name", "last_name", "locale", "time_zone")
        if draw(st.booleans())
    }
    return Person(
        fields={**fields, "email": draw(words).lower()},
        created_at=draw(moments()),
        attributes=draw(objects),
        happened=[
            Happened(draw(event_names), draw(moments()), draw(objects))
            for _ in range(draw(st.integers(0, 4)))
        ],
        lists=draw(st.sets(st.sampled_from(list_ids))),
        audiences=draw(st.sets(st.sampled_from(audience_ids))),
    )
