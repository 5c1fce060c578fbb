"""The flow as its page shows it: cards, the slots between them, and where a card may move."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from campaigns.admin.step_kinds import look_of
from campaigns.flows.definition import Document, Step, side_titles, sides_of, walk_steps
from campaigns.flows.edits import MAIN, Place, parse_place


@dataclass(frozen=True)
class Slot:
    """A place between two cards, at which a step is inserted or dropped."""

    place: str
    label: str


@dataclass(frozen=True)
class Move:
    """A place that a card may be moved to from its menu."""

    title: str
    icon: str
    place: str
    keys: str = ""


@dataclass(frozen=True)
class Card:
    """A step as the page shows it."""

    step: Step
    position: str
    sentence: str
    problems: Sequence[Any]
    counts: Any
    moves: list[Move]
    after: Slot
    sides: list["Side"]
    # How deep it is in the tree; the rows of the flow itself are 1.
    level: int = 1

    @property
    def dom_id(self) -> str:
        """Name it for the tree that owns it."""
        return f"card-{self.step['key']}"

    @property
    def kind(self) -> dict[str, str]:
        """Title, icon and text of its kind."""
        return look_of(self.step)

    @property
    def inside_count(self) -> int:
        """How many steps its sides hold."""
        return sum(1 for side in self.sides for _ in walk_steps(side.steps))

    @property
    def inside_asks(self) -> int:
        """How many of them ask."""
        inside = (step for side in self.sides for step in walk_steps(side.steps))
        return sum(1 for step in inside if step.get("ask"))


@dataclass(frozen=True)
class Side:
    """A row of cards: the whole flow, or one side of a step."""

    name: str
    title: str
    start: Slot
    steps: list[Step]
    # How many people took it; None where nobody is counted.
    taken: int | None = None
    cards: list[Card] = field(default_factory=list)

    def walk(self) -> Iterator[Card]:
        """Yield its cards and those on their sides, in the order of reading."""
        for card in self.cards:
            yield card
            for side in card.sides:
                yield from side.walk()

    @property
    def owns(self) -> str:
        """Name all cards: the items of the tree, each of which says how deep it is."""
        return " ".join(card.dom_id for card in self.walk())

    @property
    def is_tree(self) -> bool:
        """Whether there are cards to go through, rather than counts to read."""
        return any(not card.counts for card in self.cards)


@dataclass(frozen=True)
class Drawing:
    """What is needed to draw the cards of a flow."""

    sentence: Callable[[Step], str]
    problems: Mapping[str, Sequence[Any]]
    counts: Mapping[str, Any]
    positions: Mapping[str, str]


def draw_flow(
    document: Document,
    *,
    sentence: Callable[[Step], str],
    problems: Mapping[str, Sequence[Any]],
    counts: Mapping[str, Any],
) -> Side:
    """Turn the steps of a document into cards and slots."""
    keys = [step["key"] for step in walk_steps(document["steps"])]
    positions = {
        key: f"step {number} of {len(keys)}" for number, key in enumerate(keys, 1)
    }
    drawing = Drawing(sentence, problems, counts, positions)
    return draw_side(drawing, document["steps"], inside=None, side=MAIN, outer="")


def draw_side(
    drawing: Drawing,
    steps: list[Step],
    *,
    inside: Step | None,
    side: str,
    outer: str,
    level: int = 1,
) -> Side:
    """Draw one row of cards; ``outer`` is the place of the step whose side it is."""
    key = inside["key"] if inside else ""
    title = side_titles(inside)[side] if inside else ""
    where = f"on the side “{title}” of “{inside['name']}”" if inside else ""
    result = Side(
        name=side,
        title=title,
        start=Slot(str(Place(key, side, 0)), where or "at the start"),
        steps=steps,
        taken=_taken(drawing, inside, side),
    )
    for index, step in enumerate(steps):
        here = str(Place(key, side, index))
        result.cards.append(
            Card(
                step=step,
                position=f"{drawing.positions[step['key']]}{', ' + where if where else ''}",
                sentence=drawing.sentence(step),
                problems=drawing.problems.get(step["key"], ()),
                counts=drawing.counts.get(step["key"]),
                moves=moves_of(steps, index, key=key, side=side, outer=outer),
                after=Slot(str(Place(key, side, index + 1)), f"after “{step['name']}”"),
                sides=[
                    draw_side(
                        drawing,
                        steps,
                        inside=step,
                        side=name,
                        outer=here,
                        level=level + 1,
                    )
                    for name, steps in sides_of(step).items()
                ],
                level=level,
            )
        )
    return result


def _taken(drawing: Drawing, inside: Step | None, side: str) -> int | None:
    """Say how many people took a side of a step."""
    counts = drawing.counts.get(inside["key"]) if inside else None
    outcomes = getattr(counts, "outcomes", None)
    return None if outcomes is None else outcomes.get(side, 0)


def moves_of(
    steps: list[Step], index: int, *, key: str, side: str, outer: str
) -> list[Move]:
    """List where a card may go from its menu: up, down, into a neighbor, out of its side."""
    moves = []
    before, after = outer, next_place(outer)
    if index > 0:
        before = str(Place(key, side, index - 1))
    if index + 1 < len(steps):
        after = str(Place(key, side, index + 2))
    if before:
        moves.append(Move("Move up", "arrow_upward", before, "Alt ↑"))
    if after:
        moves.append(Move("Move down", "arrow_downward", after, "Alt ↓"))
    for neighbor in (index - 1, index + 1):
        if 0 <= neighbor < len(steps):
            moves.extend(_moves_into(steps[neighbor], at_end=neighbor < index))
    if outer:
        moves.append(Move("Move out, below", "output", next_place(outer)))
    return moves


def _moves_into(step: Step, *, at_end: bool) -> Iterator[Move]:
    """Yield the sides of a step as places to move to, at their beginning or their end."""
    titles = side_titles(step)
    for name, inner in sides_of(step).items():
        place = Place(step["key"], name, len(inner) if at_end else 0)
        yield Move(
            f"Move into “{step['name']}”, “{titles[name]}”",
            "subdirectory_arrow_right",
            str(place),
        )


def next_place(place: str) -> str:
    """Write the place one further on in the same row."""
    if not place:
        return ""
    here = parse_place(place)
    return str(Place(here.branch, here.side, here.index + 1))


def find_card(side: Side, key: str) -> Card | None:
    """Find the card of a step."""
    for card in side.cards:
        if card.step["key"] == key:
            return card
        for inner in card.sides:
            if found := find_card(inner, key):
                return found
    return None


def keys_of(document: Document) -> list[str]:
    """List the keys of all steps in the order of reading."""
    return [step["key"] for step in walk_steps(document["steps"])]


def copied_key(before: Document, after: Document) -> str:
    """Name the step that a duplication has made."""
    known = set(keys_of(before))
    return next(key for key in keys_of(after) if key not in known)


def neighbor_key(before: Document, after: Document, key: str) -> str:
    """Name the step that takes the focus once another one is gone: the next, else the last."""
    keys, left = keys_of(before), set(keys_of(after))
    following = [other for other in keys[keys.index(key) :] if other in left]
    if following:
        return following[0]
    return next((other for other in reversed(keys) if other in left), "")
