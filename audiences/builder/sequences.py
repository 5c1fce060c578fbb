"""The steps of a sequence: then they did this, then they did not do that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from audiences.builder.choices import choices
from audiences.builder.comparisons import Filters, FiltersView, RowView
from audiences.builder.controls import At, Document, SelectView, Typed, WordView
from audiences.builder.fields import Fields, list_of, numbered, text_of
from audiences.builder.names import EventName
from audiences.builder.times import Span

NEW_STEP = {
    "did": True,
    "name": "",
    "filters": [],
    "within": {"amount": 7, "unit": "days"},
}
DID = {"yes": "then did", "no": "then did not do"}
EVENT, WITHIN, FILTERS = EventName(), Span("within", "How long after", 7), Filters()
SAME = Typed("same", "Property that both share", placeholder="property (optional)")


@dataclass(frozen=True)
class StepView:
    """A step, and what can be done to it."""

    parts: Sequence[Any]
    filters: FiltersView
    place: str
    detail: str
    number: int
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class StepsView:
    """The steps, in their order."""

    steps: Sequence[StepView]
    place: str
    template: str = "audiences/_part_steps.html"


@dataclass(frozen=True)
class Steps:
    """What they did after it, or did not do, each step counted from the one before."""

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read the steps in the order of their numbers."""
        return {"then": [read_step(step) for step in numbered(fields, "then")]}

    def show(self, node: Document, at: At) -> StepsView:
        """Show each step as a line that can be moved."""
        steps = list_of(node, "then")
        last = len(steps) - 1
        shown = [
            show_step(
                step if isinstance(step, Mapping) else {},
                at,
                index,
                is_last=index == last,
                before=text_of(node, "name"),
            )
            for index, step in enumerate(steps)
        ]
        return StepsView(shown, at.place)


def read_step(fields: Fields) -> dict[str, Any]:
    """Read a step."""
    step = {
        "did": fields.get("did", "yes") != "no",
        **EVENT.read(fields),
        **FILTERS.read(fields),
        **WITHIN.read(fields),
    }
    same = SAME.read(fields)
    return {**step, **same} if same["same"] else step


def show_step(
    step: Document, at: At, index: int, *, is_last: bool, before: str
) -> StepView:
    """Show a step; the properties offered are those of the event that begins the sequence."""
    detail = f"then.{index}"
    within = at.inside(detail, inner=detail)
    did = "no" if step.get("did") is False else "yes"
    known = at.catalog.properties(before)
    shared = tuple(entry.name for entry in known if not entry.path)
    parts = [
        SelectView(
            f"{within.field}did", f"{within.id}_did", "Did or not", choices(DID, did)
        ),
        EVENT.show(step, within),
        WordView("within"),
        WITHIN.show(step, within),
        WordView("after that"),
        RowView(
            [
                WordView("with the same"),
                replace(SAME.show(step, within), samples=shared),
            ]
        ),
    ]
    filters = FILTERS.show(step, within)
    return StepView(
        parts,
        filters,
        at.place,
        detail,
        index + 1,
        is_first=index == 0,
        is_last=is_last,
    )
