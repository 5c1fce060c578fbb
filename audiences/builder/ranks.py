"""Being among the highest or lowest by a trait or an attribute."""

from dataclasses import dataclass
from typing import Any

from audiences.builder.choices import Choice, Choices, choices
from audiences.builder.comparisons import RowView
from audiences.builder.controls import At, Document, SelectView, Typed, WordView
from audiences.builder.fields import Fields, mapping_of, reference, text_of

SIDES = {"top": "in the top", "bottom": "in the bottom"}
UNITS = {"percent": "percent", "count": "people"}
TRAIT, ATTRIBUTE = "trait:", "attribute:"
NUMBER = Typed("value", "How many", sort="number", default="10")


@dataclass(frozen=True)
class RankSubjectView:
    """A select of traits and attributes that are numbers."""

    name: str
    id: str
    options: list[Choices]
    template: str = "audiences/_part_ranked.html"


@dataclass(frozen=True)
class Rank:
    """Which side, how many, and by what."""

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read the side with the unit, the number, and by what."""
        side, unit = fields.get("side", "top"), fields.get("unit", "percent")
        return {
            "of": _read_subject(fields.get("of", "")),
            "operator": f"{side}_{unit}",
            **NUMBER.read(fields),
        }

    def show(self, node: Document, at: At) -> RowView:
        """Show a sentence such as "in the top 10 percent by spending"."""
        side, _, unit = text_of(node, "operator", "top_percent").partition("_")
        return RowView(
            [
                _select(at, "side", "Highest or lowest", choices(SIDES, side)),
                NUMBER.show(node, at),
                _select(at, "unit", "Percent or people", choices(UNITS, unit)),
                WordView("by"),
                _show_subject(node, at),
            ]
        )


def _select(at: At, name: str, label: str, options: list[Choice]) -> SelectView:
    """Show a choice."""
    return SelectView(f"{at.field}{name}", f"{at.id}_{name}", label, options)


def _read_subject(chosen: str) -> dict[str, Any]:
    """Read by what they are put in order."""
    if chosen.startswith(ATTRIBUTE):
        return {"attribute": chosen[len(ATTRIBUTE) :]}
    return {"trait": reference(chosen.removeprefix(TRAIT))}


def _show_subject(node: Document, at: At) -> RankSubjectView:
    """Offer the traits and attributes that are numbers; what was chosen stays."""
    of = mapping_of(node, "of")
    chosen = (
        ATTRIBUTE + text_of(of, "attribute")
        if "attribute" in of
        else TRAIT + text_of(of, "trait")
    )
    groups = [
        (
            "Traits",
            {TRAIT + e.name: e.label for e in at.catalog.traits if e.type == "number"},
        ),
        (
            "Attributes",
            {
                ATTRIBUTE + e.name: e.label
                for e in at.catalog.attributes
                if e.type == "number" and not e.path
            },
        ),
    ]
    shown = [
        Choices(label, choices({**options}, chosen if chosen in options else ""))
        for label, options in groups
        if options
    ]
    is_known = any(chosen in options for _, options in groups)
    if not is_known and chosen not in (TRAIT, ATTRIBUTE):
        label = text_of(of, "attribute") or "Trait that is gone"
        shown.append(Choices("Chosen", [Choice(chosen, label, selected=True)]))
    return RankSubjectView(f"{at.field}of", f"{at.id}_of", shown)
