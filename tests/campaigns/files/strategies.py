"""Documents of every sort, as the editor may leave them."""

from hypothesis import strategies as st

from campaigns.emails.blocks.registry import KINDS as BLOCK_KINDS
from campaigns.emails.blocks.registry import new_block
from campaigns.flows.blanks import BLANK_GOAL, BLANKS, FIXED_SIDES, KEYED_SIDES
from campaigns.flows.definition import empty_document, walk_steps

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12
)
NAMES = WORDS.filter(str.strip)
HOURS = st.sampled_from(["00:00", "09:30", "23:59"])
WAITS = {"amount": st.integers(1, 99), "unit": st.sampled_from(["hours", "days"])}


def leaves(known):
    """Conditions of one leaf, with references to what is there."""
    events = st.builds(
        lambda name, count: {
            "kind": "event",
            "name": name,
            "operator": "at_least",
            "count": count,
            "window": {"kind": "last", "amount": 30, "unit": "days"},
            "filters": [],
        },
        NAMES,
        st.integers(1, 9),
    )
    return st.one_of(
        events,
        st.sampled_from(known["audience"]).map(
            lambda pk: {"kind": "audience", "audience": pk, "operator": "in"}
        ),
        st.sampled_from(known["list"]).map(
            lambda pk: {"kind": "list", "list": pk, "operator": "on"}
        ),
        st.sampled_from(known["trait"]).map(
            lambda pk: {
                "kind": "trait",
                "trait": pk,
                "operator": "at_least",
                "value": 3,
            }
        ),
        st.sampled_from(known["trait"]).map(
            lambda pk: {
                "kind": "rank",
                "of": {"trait": pk},
                "operator": "top_percent",
                "value": 10,
            }
        ),
    )


def conditions(known):
    """Conditions, or none yet."""
    some = st.recursive(
        leaves(known),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=2).map(
                lambda all_of: {"kind": "all", "conditions": all_of}
            ),
            inner.map(lambda one: {"kind": "not", "condition": one}),
        ),
        max_leaves=3,
    )
    return st.none() | some


def blocks():
    """Blocks of a mail, of each kind."""
    return st.sampled_from(sorted(BLOCK_KINDS)).flatmap(
        lambda kind: st.fixed_dictionaries(
            {
                name: st.just(kind) if name == "kind" else WORDS
                for name in new_block(kind)
            }
        )
    )


def contents():
    """Mails, begun or not."""
    variant = st.fixed_dictionaries(
        {
            "subject": WORDS,
            "preheader": WORDS,
            "mode": st.sampled_from(["blocks", "code"]),
            "blocks": st.lists(blocks(), max_size=3),
            "mjml": WORDS,
        }
    )
    return st.just({}) | st.dictionaries(
        st.sampled_from(["en", "de-AT", "pt-BR"]), variant, min_size=1, max_size=2
    ).map(lambda variants: {"default_locale": min(variants), "variants": variants})


def owners(known):
    """Who does a task."""
    return st.one_of(
        st.just({"rule": "anyone"}),
        st.sampled_from(known["user"]).map(lambda pk: {"rule": "user", "user": pk}),
        NAMES.map(lambda name: {"rule": "attribute", "attribute": name}),
    )


def own_values(known):
    """What the values of each kind of step may be, where they are not as in the beginning."""
    ladder_task = st.fixed_dictionaries(
        {
            "hours": st.integers(1, 99),
            "channel": st.sampled_from(["dm", "call"]),
            "title": WORDS,
            "text": WORDS,
            "owner": owners(known),
            "due_days": st.integers(0, 9),
        }
    )
    in_app = st.fixed_dictionaries(
        {
            "hours": st.integers(1, 99),
            "variants": st.just({"en": {"title": "Hi", "text": "<b>"}}),
        }
    )
    passed_on = st.fixed_dictionaries(
        {
            "hours": st.integers(1, 99),
            "channel": st.sampled_from(["sms", "push"]),
            "connection": st.none() | st.sampled_from(known["connection"]),
            "address": st.just("phone"),
            "variants": st.just({"en": {"text": "Hi {{ ask.url }}"}}),
        }
    )
    condition = {"condition": conditions(known)}
    return {
        "delay": WAITS
        | {
            "until": st.none() | st.just({"attribute": "renews_on", "offset_days": -3}),
            "at": st.just("") | HOURS,
        },
        "branch": condition,
        "wait_until": condition | WAITS,
        "wait_answer": WAITS,
        "window": {"from": HOURS, "until": HOURS},
        "email": {
            "ask": st.booleans(),
            "content": contents(),
            "in_app": st.none() | in_app,
            "passed_on": st.none() | passed_on,
            "task": st.none() | ladder_task,
            "freshness_hours": st.none() | st.integers(1, 99),
        },
        "attribute": {"attribute": WORDS, "value": WORDS | st.integers(-9, 9)},
        "list": {"list": st.none() | st.sampled_from(known["list"])},
        "note": {"text": WORDS},
        "webhook": {
            "connection": st.none() | st.sampled_from(known["connection"]),
            "attributes": st.lists(NAMES, max_size=2),
        },
        "task": {"title": WORDS, "owner": owners(known)},
    }


def steps(known, level=0):
    """Rows of steps, with what is on their sides."""
    own = own_values(known)

    def step(kind):
        inner = steps(known, level + 1) if level < 2 else st.just([])
        values = {name: st.just(default) for name, default in BLANKS[kind].items()}
        values |= own.get(kind, {})
        values |= dict.fromkeys(FIXED_SIDES.get(kind, ()), inner)
        if kind in KEYED_SIDES:
            values[KEYED_SIDES[kind]] = st.tuples(*[inner] * 2).map(
                lambda rows, kind=kind: [
                    side | {"steps": row}
                    for side, row in zip(
                        BLANKS[kind][KEYED_SIDES[kind]], rows, strict=True
                    )
                ]
            )
        return st.fixed_dictionaries(
            {"key": st.just(""), "kind": st.just(kind), **values, "name": NAMES}
        )

    every = st.sampled_from(sorted(BLANKS)).flatmap(step)
    return st.lists(every, max_size=3 if level == 0 else 1)


@st.composite
def documents(draw, known):
    """Whole documents; the keys of their steps are different."""
    document = empty_document()
    document["steps"] = draw(steps(known))
    for number, step in enumerate(walk_steps(document["steps"])):
        step["key"] = f"step{number}"
    document["trigger"] |= draw(
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from(["audience", "event", "answer", "manual"]),
                "audience": st.none() | st.sampled_from(known["audience"]),
                "condition": conditions(known),
                "ramp": st.none() | st.just({"days": [50, 500]}),
            }
        )
    )
    document["trigger"]["answer"]["campaign"] = draw(
        st.none() | st.sampled_from(known["campaign"])
    )
    document["trigger"]["event"]["name"] = draw(WORDS)
    document["goal"]["condition"] = draw(conditions(known))
    document["goals"] = [
        {**BLANK_GOAL, "key": f"goal{number}", "name": name, "condition": condition}
        for number, (name, condition) in enumerate(
            draw(st.lists(st.tuples(WORDS, conditions(known)), max_size=2))
        )
    ]
    document["exit"]["condition"] = draw(conditions(known))
    document["settings"]["from_name"] = draw(WORDS)
    document["guardrails"]["off"] = draw(
        st.lists(st.sampled_from(["churn_risk", "low_satisfaction"]), unique=True)
    )
    return document
