"""
What is different between two documents of a campaign: step by step, setting by setting.

Steps are the same if they have the same key, wherever they stand. One has moved if it stands on
another side, or if others that stood behind it now stand before it; of a row, as few as possible
have moved. What a mail was compiled to follows from its content and counts for nothing.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from campaigns.flows.blanks import FIXED_SIDES, KEYED_SIDES
from campaigns.flows.definition import Document, Step, sides_of, walk_steps

PARTS = ("trigger", "goal", "exit", "settings", "guardrails")
COMPILED = "compiled"
# A dictionary under such a name is one value.
WHOLE = frozenset({"condition"})
# The words of a task, of a step or of an ask, by the names of their fields.
WORDS = frozenset({"title", "text"})

Row = tuple[str, str]


@dataclass(frozen=True)
class Setting:
    """A value that changed, by the way to it; None stands also for one that is not there."""

    path: tuple[str, ...]
    old: Any
    new: Any

    @property
    def is_text(self) -> bool:
        """Whether it is only words that somebody reads, and never where anybody goes."""
        first, last = self.path[0], self.path[-1]
        return (
            first in ("name", "content")
            or last in WORDS
            or first == "in_app"
            and "variants" in self.path
            or first == "sides"
            and last == "name"
        )


@dataclass(frozen=True)
class StepChange:
    """What became of a step: it is only new, only old, or both and not the same."""

    key: str
    old: Step | None
    new: Step | None
    is_moved: bool = False
    settings: tuple[Setting, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Say what became of it: added, removed, moved, changed."""
        if self.old is None:
            return ("added",)
        if self.new is None:
            return ("removed",)
        return (
            *(("moved",) if self.is_moved else ()),
            *(("changed",) if self.settings else ()),
        )


@dataclass(frozen=True)
class Differences:
    """All that is different, steps in the order of reading of the new one, removed ones last."""

    steps: tuple[StepChange, ...]
    parts: Mapping[str, tuple[Setting, ...]]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.steps or self.parts)

    @property
    def by_key(self) -> dict[str, StepChange]:
        """Map the keys of the steps to what became of them."""
        return {change.key: change for change in self.steps}

    @property
    def is_text_only(self) -> bool:
        """Whether nothing but words is different."""
        return (
            bool(self)
            and not self.parts
            and all(
                change.old is not None
                and change.new is not None
                and not change.is_moved
                and all(setting.is_text for setting in change.settings)
                for change in self.steps
            )
        )


def differences(old: Document, new: Document) -> Differences:
    """Compare two documents."""
    before = {step["key"]: step for step in walk_steps(old["steps"])}
    after = {step["key"]: step for step in walk_steps(new["steps"])}
    moved = moved_steps(old["steps"], new["steps"])
    changes = [
        StepChange(
            key,
            before.get(key),
            step,
            key in moved,
            tuple(changed_settings(before[key], step)) if key in before else (),
        )
        for key, step in after.items()
    ]
    removed = [
        StepChange(key, step, None) for key, step in before.items() if key not in after
    ]
    parts = {
        part: tuple(_compare(old.get(part, {}), new.get(part, {}), ()))
        for part in PARTS
    }
    return Differences(
        tuple([change for change in changes if change.words] + removed),
        {part: settings for part, settings in parts.items() if settings},
    )


def changed_settings(old: Step, new: Step) -> Iterator[Setting]:
    """Yield what is set in another way in a step, the steps on its sides aside."""
    yield from _compare(settings_of(old), settings_of(new), ())


def settings_of(step: Step) -> dict[str, Any]:
    """Give what is set in a step, with its sides by their keys, without the steps on them."""
    keyed = KEYED_SIDES.get(step["kind"], "")
    own = {
        name: value
        for name, value in step.items()
        if name not in ("key", keyed, *FIXED_SIDES.get(step["kind"], ()))
    }
    if not keyed:
        return own
    sides = {
        side["key"]: {
            name: value for name, value in side.items() if name not in ("key", "steps")
        }
        for side in step[keyed]
    }
    return own | {"sides": sides, "order": list(sides)}


def moved_steps(old: list[Step], new: list[Step]) -> set[str]:
    """Name the steps of both flows that stand elsewhere."""
    before = {key: (row, number) for number, (row, key) in enumerate(_rows(old))}
    moved: set[str] = set()
    for row, group in groupby(_rows(new), key=lambda found: found[0]):
        keys = [key for _, key in group if key in before]
        moved |= {key for key in keys if before[key][0] != row}
        stayed = [key for key in keys if before[key][0] == row]
        kept = _longest_rise([before[key][1] for key in stayed])
        moved |= {key for index, key in enumerate(stayed) if index not in kept}
    return moved


def _rows(
    steps: list[Step], row: Row = ("", "main")
) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield each step with the side on which it stands, side by side."""
    for step in steps:
        yield row, step["key"]
    for step in steps:
        for name, side in sides_of(step).items():
            yield from _rows(side, (step["key"], name))


def _longest_rise(numbers: Sequence[int]) -> set[int]:
    """Choose as many places as possible whose numbers rise from left to right."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(number)
            last.append(place)
        else:
            ends[length], last[length] = number, place
    chosen = set()
    place = last[-1] if last else -1
    while place >= 0:
        chosen.add(place)
        place = before[place]
    return chosen


def _compare(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[Setting]:
    """Yield the values that differ; dictionaries are looked into."""
    if old == new:
        return
    is_whole = bool(path) and path[-1] in WHOLE
    if is_whole or not (isinstance(old, dict) and isinstance(new, dict)):
        yield Setting(path, old, new)
        return
    for name in [*old, *(name for name in new if name not in old)]:
        if name != COMPILED:
            yield from _compare(old.get(name), new.get(name), (*path, name))
