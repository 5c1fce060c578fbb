"""Documents of every kind that the builder shows, from the page on the language."""

from hypothesis import strategies as st

from audiences.conditions.subjects import DATE_FIELDS, TEXT_FIELDS

FIELDS = (*TEXT_FIELDS, *DATE_FIELDS)

NAMES = st.one_of(
    st.sampled_from(
        ["plan", "age", "email", "created_at", "__other__", "a.b", " vip "]
    ),
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        min_size=1,
        max_size=12,
    ).filter(str.strip),
)
NUMBERS = st.one_of(
    st.integers(-(10**12), 10**12),
    st.floats(-1e9, 1e9).map(lambda number: round(number, 6)),
    st.from_regex(r"[+-]?[0-9]{1,20}([.][0-9]{1,8})?", fullmatch=True),
)
SCALARS = st.one_of(NAMES, NUMBERS, st.booleans(), st.just("0123"), st.just("5"))
DAYS = st.dates().map(lambda day: day.replace(year=1000 + day.year % 2000).isoformat())
MOMENTS = st.one_of(
    DAYS, st.sampled_from(["2026-05-01T09:30:00+02:00", "2026-05-01T09:30:00.5Z"])
)
IDS = st.integers(1, 2**40)


def spans(units=("minutes", "hours", "days", "weeks")):
    return st.fixed_dictionaries(
        {"amount": st.integers(1, 500), "unit": st.sampled_from(units)}
    )


VALUES = {
    "is": SCALARS,
    "is_not": SCALARS,
    "is_one_of": st.lists(SCALARS, min_size=1, max_size=5),
    "is_none_of": st.lists(SCALARS, min_size=1, max_size=5),
    "contains": NAMES,
    "not_contains": NAMES,
    "starts_with": NAMES,
    "ends_with": NAMES,
    "greater_than": NUMBERS,
    "less_than": NUMBERS,
    "at_least": NUMBERS,
    "at_most": NUMBERS,
    "between": st.tuples(st.integers(-99, 5), st.integers(6, 99)).map(list),
    "before": MOMENTS,
    "after": MOMENTS,
    "in_the_last": spans(),
    "in_the_next": spans(),
    "longer_ago": spans(),
    "later_than": spans(),
    "anniversary_today": None,
    "anniversary_in_the_next": spans(("days", "weeks")),
    "is_true": None,
    "is_false": None,
    "is_set": None,
    "is_not_set": None,
}
# What a field that is a date may be compared with.
OF_DATES = [
    "before",
    "after",
    "in_the_last",
    "in_the_next",
    "longer_ago",
    "later_than",
    "anniversary_today",
    "anniversary_in_the_next",
    "is_set",
    "is_not_set",
]
PATHS = st.lists(st.one_of(st.just("*"), NAMES), min_size=1, max_size=5)


@st.composite
def comparisons(draw, names=NAMES, has_path=True):
    name = draw(names) if names is not None else None
    operator = draw(
        st.sampled_from(OF_DATES if name == "created_at" else sorted(VALUES))
    )
    document = {} if name is None else {"name": name}
    is_field = name in ("email", "created_at")
    if has_path and not is_field and draw(st.booleans()):
        document["path"] = draw(PATHS)
    document["operator"] = operator
    if VALUES[operator] is not None:
        value = draw(VALUES[operator])
        if name == "email":
            value = lower(value)
        document["value"] = value
    return document


def lower(value):
    if isinstance(value, list):
        return [lower(part) for part in value]
    return value.lower() if isinstance(value, str) else value


LAST = spans().map(lambda span: {"kind": "last", **span})
WINDOWS = st.one_of(
    st.just({"kind": "ever"}),
    LAST,
    st.tuples(st.integers(1, 40), st.integers(41, 90)).map(
        lambda ends: {
            "kind": "ago",
            "nearest": {"amount": ends[0], "unit": "hours"},
            "farthest": {"amount": ends[1], "unit": "hours"},
        }
    ),
    st.sampled_from(
        [
            {"kind": "between", "from": "2026-01-01", "until": "2026-03-31"},
            {
                "kind": "between",
                "from": "2026-01-01T10:00:00+00:00",
                "until": "2026-03-31",
            },
        ]
    ),
)
FILTERS = st.lists(comparisons(), max_size=3)


def of_event(**parts):
    return st.fixed_dictionaries({"name": NAMES, "filters": FILTERS, **parts})


def steps():
    step = {"name": NAMES, "filters": FILTERS, "within": spans()}
    same = {"same": NAMES}
    did = st.fixed_dictionaries({"did": st.just(True), **step}, optional=same)
    did_not = st.fixed_dictionaries({"did": st.just(False), **step}, optional=same)
    return st.tuples(
        st.lists(did, min_size=1, max_size=3), st.lists(did_not, max_size=1)
    ).map(lambda both: [*both[0], *both[1]])


TIMES = st.integers(1, 50)
KINDS = {
    "attribute": comparisons(),
    "held": st.tuples(
        comparisons(NAMES.filter(lambda name: name not in FIELDS), has_path=False),
        spans(),
    ).map(lambda both: {**both[0], "for": both[1]}),
    "list": st.fixed_dictionaries(
        {"list": IDS, "operator": st.sampled_from(["on", "not_on"])}
    ),
    "audience": st.fixed_dictionaries(
        {"audience": IDS, "operator": st.sampled_from(["in", "not_in"])}
    ),
    "entered": st.fixed_dictionaries(
        {
            "audience": IDS,
            "change": st.sampled_from(["entered", "left"]),
            "window": WINDOWS,
        }
    ),
    "state": st.fixed_dictionaries(
        {
            "state": st.just("of_a_test"),
            "operator": st.sampled_from(["is", "is_not"]),
        }
    ),
    "account_attribute": comparisons(NAMES.filter(lambda name: name != "name")),
    "local_time": st.fixed_dictionaries(
        {
            "from": st.sampled_from(["09:00", "22:30", "00:00"]),
            "until": st.sampled_from(["17:00", "06:00"]),
            "days": st.sampled_from([["mon"], ["sat", "sun"], ["tue", "thu", "sun"]]),
        }
    ),
    "random": st.fixed_dictionaries(
        {"percent": st.sampled_from([0.01, 10, 33.3, 100]), "salt": NAMES}
    ),
    "event": of_event(
        operator=st.sampled_from(["at_least", "exactly", "at_most"]),
        count=TIMES,
        window=WINDOWS,
    )
    | of_event(
        operator=st.sampled_from(["exactly", "at_most"]),
        count=st.just(0),
        window=WINDOWS,
    ),
    "first_time": of_event(window=WINDOWS),
    "latest": of_event(window=WINDOWS),
    "sequence": of_event(window=WINDOWS, then=steps()),
    "regular": of_event(
        times=TIMES,
        period=spans(("hours", "days")),
        at_least=st.integers(1, 3),
        of=st.integers(3, 20),
    ),
    "stopped": of_event(times=TIMES, active=spans(), quiet=spans()),
    "resumed": of_event(quiet=spans(), window=LAST),
    "trait": comparisons(None, has_path=False).flatmap(
        lambda compared: IDS.map(lambda trait: {"trait": trait, **compared})
    ),
    "rank": st.fixed_dictionaries(
        {
            "of": st.one_of(
                IDS.map(lambda trait: {"trait": trait}),
                st.sampled_from(["age", "shoe size", "a:b"]).map(
                    lambda name: {"attribute": name}
                ),
            ),
            "operator": st.sampled_from(["top_percent", "bottom_percent"]),
            "value": st.sampled_from([1, 10, 12.5, 100]),
        }
    )
    | st.fixed_dictionaries(
        {
            "of": IDS.map(lambda trait: {"trait": trait}),
            "operator": st.sampled_from(["top_count", "bottom_count"]),
            "value": st.integers(1, 5000),
        }
    ),
}


def leaves(kinds):
    return st.one_of(
        *(
            KINDS[kind].map(lambda document, kind=kind: {"kind": kind, **document})
            for kind in kinds
        )
    )


def documents(kinds):
    """Trees of leaves of some kinds: groups, negations and accounts."""

    def grow(inner):
        some = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            some.map(lambda found: {"kind": "all", "conditions": found}),
            some.map(lambda found: {"kind": "any", "conditions": found}),
            inner.map(lambda found: {"kind": "not", "condition": found}),
        )

    plain = st.recursive(leaves(kinds), grow, max_leaves=5)
    of_account = st.fixed_dictionaries(
        {
            "kind": st.just("account"),
            "quantifier": st.sampled_from(["any", "all", "none"]),
            "condition": plain,
        }
    )
    return st.recursive(plain | of_account, grow, max_leaves=4)
