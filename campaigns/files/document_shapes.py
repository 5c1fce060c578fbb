"""
Whether something has the shape of a campaign's document, however it was made.

``campaigns.flows.checks`` finds what is wrong with a draft that somebody is writing, by the
forms of our pages; this is for documents that come from elsewhere. The shapes follow from what
a new document and new steps begin with; where that says too little, ``SHAPES`` says more.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from campaigns.emails.blocks.registry import KINDS as BLOCK_KINDS
from campaigns.emails.checks import MOST_BLOCKS
from campaigns.emails.document import empty_variant
from campaigns.files.shapes import (
    Misfit,
    Place,
    Shape,
    address,
    anything,
    blank_or,
    by_locale,
    flag,
    like,
    line,
    locale,
    many,
    maybe,
    one_of,
    record,
    say_value,
    scalar,
    share,
    text,
    wall_time,
    whole,
    zone,
)
from campaigns.flows.blanks import (
    BLANK_GOAL,
    BLANKS,
    FIXED_SIDES,
    KEYED_SIDES,
    NEW_SIDE,
)
from campaigns.flows.definition import empty_document, walk_steps
from campaigns.flows.edits import MOST_STEPS
from campaigns.flows.goals import MOST_GOALS, TOUCHES
from campaigns.flows.ladder import BY_ANOTHER
from campaigns.flows.passing_on import FIELDS, MOST_ATTRIBUTES

KEY = re.compile(r"[A-Za-z0-9_-]{1,20}")
LONGEST_NAME = 80
LONGEST_CODE = 100_000
# Branches go so many levels deep.
DEEPEST = 20


def condition(value: Any, place: Place) -> Iterator[Misfit]:
    """Want a condition or nothing; whether it is one is for the language of conditions."""
    if value is not None and not isinstance(value, dict):
        yield Misfit(place, f"Expected a condition; got {say_value(value)}.")


def block(value: Any, place: Place) -> Iterator[Misfit]:
    """Want a block of a mail."""
    kind = BLOCK_KINDS.get(_kind_of(value))
    if kind is None:
        wanted = ", ".join(BLOCK_KINDS)
        yield Misfit(place, f"Expected a block of a kind such as {wanted}.")
        return
    fields = {field.name: text(LONGEST_CODE) for field in kind.fields}
    yield from record({"kind": text(), **fields})(value, place)


def content(value: Any, place: Place) -> Iterator[Misfit]:
    """Want a mail; one that nobody has begun is empty."""
    if value != {}:
        needed = ("default_locale", "variants")
        yield from record(_CONTENT, needed=needed)(value, place)


def name_of(value: Any, place: Place) -> Iterator[Misfit]:
    """Want the name of something outside the campaign, or nothing yet."""
    if value is not None:
        yield from line(200)(value, place)


def key(value: Any, place: Place) -> Iterator[Misfit]:
    """Want the key of a step or a side."""
    if not isinstance(value, str) or not KEY.fullmatch(value):
        message = "Expected a key of at most 20 letters and digits"
        yield Misfit(place, f"{message}; got {say_value(value)}.")


def _kind_of(value: Any) -> str:
    """Read the kind of something, if it has one."""
    kind = value.get("kind") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


_CONTENT: dict[str, Shape] = {
    "default_locale": text(35),
    "variants": by_locale(
        record(
            {name: text(LONGEST_CODE) for name in empty_variant()}
            | {
                "subject": line(1_000),
                "mode": one_of("blocks", "code"),
                "blocks": many(block, MOST_BLOCKS),
            },
            needed=("subject", "preheader", "mode", "blocks", "mjml"),
        )
    ),
}
_SETTINGS: dict[str, Shape] = {
    "locale": locale,
    "time_zone": zone,
    "quiet_from": wall_time,
    "quiet_until": wall_time,
    "from_name": line(80),
    "reply_to": blank_or(address),
    "tagging": record(
        {
            "hosts": many(line(200), 50),
            "source": line(200),
            "medium": line(200),
            "campaign": line(200),
        },
        needed=("hosts", "source", "medium", "campaign"),
    ),
}
_GOAL: dict[str, Shape] = {
    "condition": condition,
    "window_days": whole(0, 3_650),
    "touch": one_of(*TOUCHES),
}
_EVENT = record({"name": text(200), "filters": many(anything, 20)})
_OWNER = record(
    {
        "rule": one_of("anyone", "user", "attribute"),
        "user": name_of,
        "attribute": text(120),
    },
    needed=("rule",),
)
_IN_APP = record(
    {
        "hours": whole(1, 720),
        "variants": by_locale(
            record(
                {"title": text(80), "text": text(280)},
                needed=("title", "text"),
            )
        ),
    },
    needed=("hours", "variants"),
)
_TASK = record(
    {
        "hours": whole(1, 2_160),
        "channel": one_of("dm", "call"),
        "title": line(200),
        "text": text(4_000),
        "owner": _OWNER,
        "due_days": whole(0, 90),
    },
    needed=("hours", "channel", "title", "text", "owner", "due_days"),
)
_PASSED_ON = record(
    {
        "hours": whole(1, 2_160),
        "channel": one_of(*BY_ANOTHER),
        "connection": name_of,
        "address": text(200),
        "variants": by_locale(record({"text": text(4_000)}, needed=("text",))),
    },
    needed=("hours", "channel", "connection", "address", "variants"),
)
_WAIT = maybe(
    record(
        {"amount": whole(1, 10**6), "unit": one_of("minutes", "hours", "days")},
        needed=("amount", "unit"),
    )
)
# What the beginning of a value does not tell, by the kind of the step, or of any step.
SHAPES: dict[tuple[str, str], Shape] = {
    ("", "name"): line(LONGEST_NAME),
    ("", "amount"): maybe(whole(0, 10**6)),
    ("", "condition"): condition,
    ("window", "from"): wall_time,
    ("window", "until"): wall_time,
    ("delay", "at"): blank_or(wall_time),
    ("delay", "until"): maybe(
        record(
            {"attribute": text(200), "offset_days": whole(-365, 365)},
            needed=("attribute", "offset_days"),
        )
    ),
    ("window", "days"): many(whole(1, 7), 7),
    ("wait_until", "since"): one_of("here", "ever"),
    ("email", "if_held"): one_of("wait", "skip", "exit"),
    ("email", "content"): content,
    ("email", "in_app"): maybe(_IN_APP),
    ("email", "passed_on"): maybe(_PASSED_ON),
    ("email", "task"): maybe(_TASK),
    ("email", "sender"): one_of("us", "elsewhere"),
    ("email", "freshness_hours"): maybe(whole(1, 8_760)),
    ("email", "fresh_from"): one_of("step", "moment"),
    ("attribute", "value"): scalar,
    ("list", "list"): name_of,
    ("list", "action"): one_of("add", "remove"),
    ("note", "text"): text(2_000),
    ("webhook", "connection"): name_of,
    ("webhook", "fields"): many(one_of(*FIELDS), 20),
    ("webhook", "attributes"): many(line(200), MOST_ATTRIBUTES),
    ("webhook", "wait"): _WAIT,
    ("task", "title"): line(200),
    ("task", "text"): text(4_000),
    ("task", "owner"): _OWNER,
    ("task", "due_days"): whole(0, 365),
    ("task", "wait"): _WAIT,
}
_TRIGGER: dict[str, Shape] = {
    "audience": name_of,
    "event": _EVENT,
    "max_age_hours": maybe(whole(1, 17_520)),
    "date": record(
        {
            "attribute": text(200),
            "offset_days": whole(-730, 730),
            "at": wall_time,
            "yearly": flag,
        },
        needed=("attribute", "offset_days", "at", "yearly"),
    ),
    "answer": record(
        {
            "campaign": name_of,
            "answers": many(text(20), 10),
            "after_days": whole(0, 365),
            "snooze_ended": flag,
        },
        needed=("campaign", "answers", "after_days", "snooze_ended"),
    ),
    "condition": condition,
    "ramp": maybe(
        record(
            {
                "days": many(whole(1), 14),
                "most_complaints": maybe(share),
                "most_bounces": maybe(share),
            },
            needed=("days",),
        )
    ),
}


def step(value: Any, place: Place, level: int = 0) -> Iterator[Misfit]:
    """Want a step of a kind that is known, with all that is in it."""
    kind = _kind_of(value)
    if not isinstance(value, dict):
        yield Misfit(place, f"Expected a step; got {say_value(value)}.")
        return
    if kind not in BLANKS:
        wanted = ", ".join(BLANKS)
        got = say_value(value.get("kind"))
        yield Misfit(
            (*place, "kind"),
            f"This Greenlight knows no step of the kind {got}. It knows {wanted}.",
        )
        return
    if level >= DEEPEST:
        yield Misfit(place, f"Branches go more than {DEEPEST} levels deep.")
        return
    yield from record(
        {"key": key, "kind": text(), **_values_of(kind, level)},
        needed=("key", "kind", "name"),
    )(value, place)


def _values_of(kind: str, level: int) -> dict[str, Shape]:
    """Give the shapes of the values of a kind of step, with its sides."""

    def inside(value: Any, place: Place) -> Iterator[Misfit]:
        yield from step(value, place, level + 1)

    steps = many(inside, MOST_STEPS)
    shapes = {
        name: SHAPES.get((kind, name)) or SHAPES.get(("", name)) or like(default)
        for name, default in BLANKS[kind].items()
    }
    shapes |= dict.fromkeys(FIXED_SIDES.get(kind, {}), steps)
    if kind in KEYED_SIDES:
        own = {name: like(default) for name, default in NEW_SIDE[kind].items()}
        side = record(
            {"key": key, "name": line(LONGEST_NAME), "steps": steps}
            | own
            | ({"condition": condition} if "condition" in own else {}),
            needed=("key", "name", "steps", *own),
        )
        shapes[KEYED_SIDES[kind]] = many(side, 50)
    return shapes


def find_misfits(document: Any) -> list[Misfit]:
    """
    List what of a document does not fit, in its order.

    References are names. A condition is looked at by nobody here but for being an object.
    """
    blank = empty_document()
    shapes = {name: like(default) for name, default in blank.items()}
    trigger = {name: like(default) for name, default in blank["trigger"].items()}
    shapes |= {
        "trigger": record(trigger | _TRIGGER),
        "steps": many(step, MOST_STEPS),
        "settings": record(
            {name: like(default) for name, default in blank["settings"].items()}
            | _SETTINGS
        ),
        "goal": record(_GOAL | _more(blank["goal"], *_GOAL)),
        "goals": many(
            record(
                _GOAL | {"key": key, "name": line(LONGEST_NAME)},
                needed=tuple(BLANK_GOAL),
            ),
            MOST_GOALS,
        ),
        "exit": record({"condition": condition} | _more(blank["exit"])),
        "guardrails": record(
            {"off": many(text(60), 50)} | _more(blank["guardrails"], "off")
        ),
    }
    found = list(record(shapes, needed=("trigger", "steps"))(document, ()))
    return found or list(_find_twins(document))


def _more(blank: Mapping[str, Any], *known: str) -> dict[str, Shape]:
    """Give the shapes of what else a part begins with."""
    taken = {"condition", *known}
    return {name: like(default) for name, default in blank.items() if name not in taken}


def _find_twins(document: Any) -> Iterator[Misfit]:
    """No two steps have one key, no two sides of a step either, and there are not too many."""
    steps = list(walk_steps(document["steps"]))
    if len(steps) > MOST_STEPS:
        yield Misfit(("steps",), f"More than {MOST_STEPS} steps.")
    yield from _repeated([one["key"] for one in steps], ("steps",))
    yield from _repeated(
        [goal["key"] for goal in document.get("goals", ())], ("goals",)
    )
    for one in steps:
        sides = one.get(KEYED_SIDES.get(one["kind"], ""), ())
        yield from _repeated([side["key"] for side in sides], ("steps", one["name"]))


def _repeated(keys: list[str], place: Place) -> Iterator[Misfit]:
    """Name the keys that stand more than once."""
    for key_of in sorted({one for one in keys if keys.count(one) > 1}):
        yield Misfit(place, f"The key “{key_of}” stands more than once.")
