"""
The controls of which a condition is put together.

Each *part* reads its piece of a document from the fields of a form, and shows it; a kind of
condition (``parts.py``) is a row of them, which reads like a sentence. What was typed is kept as
it was typed: ``parse`` judges it later. What a control can't show to the letter travels beside it
in a hidden field, and comes back as it was unless somebody types something else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from audiences.builder.choices import Catalog, Choice, choices
from audiences.builder.fields import (
    Fields,
    kept,
    line,
    reference,
    text_of,
    unkept,
    whole,
)

Document = Mapping[str, Any]


@dataclass(frozen=True)
class At:
    """Where a part is shown: the beginning of its names and ids, and what it may look up."""

    field: str
    id: str
    place: str
    catalog: Catalog
    # Something of this condition may just have been chosen anew.
    was_chosen: bool = False
    # The way from the condition to a step of it, such as "then.0".
    inner: str = ""

    def inside(self, name: str, inner: str = "") -> "At":
        """Go into a part of the condition."""
        dotted = name.replace(".", "_")
        return replace(
            self,
            field=f"{self.field}{name}.",
            id=f"{self.id}_{dotted}",
            inner=inner or self.inner,
        )


class Part(Protocol):
    """A piece of a condition: some keys of its document, some controls of a form."""

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read its keys of the document."""
        ...

    def show(self, node: Document, at: At) -> Any:
        """Show it; the view names its template."""
        ...


@dataclass(frozen=True)
class WordView:
    """Words between controls."""

    text: str
    template: str = "audiences/_part_word.html"


@dataclass(frozen=True)
class SelectView:
    """A choice of a few."""

    name: str
    id: str
    label: str
    options: Sequence[Choice]
    blank: str = ""
    refreshes: bool = False
    is_wide: bool = False
    # The name of an address where another one is made, and what leads there.
    elsewhere: str = ""
    elsewhere_label: str = ""
    template: str = "audiences/_part_select.html"


@dataclass(frozen=True)
class InputView:
    """One line of text; ``keeps`` is what a browser could not show."""

    name: str
    id: str
    label: str
    value: str
    sort: str = "text"
    placeholder: str = ""
    keeps: str = ""
    samples: Sequence[str] = ()
    template: str = "audiences/_part_input.html"


@dataclass(frozen=True)
class Word:
    """Words that make a sentence of the controls around them."""

    text: str

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read nothing."""
        return {}

    def show(self, node: Document, at: At) -> WordView:
        """Show the words."""
        return WordView(self.text)


@dataclass(frozen=True)
class Words:
    """A word of a few, such as whether it holds or does not."""

    key: str
    options: Mapping[str, str]
    label: str
    refreshes: bool = False

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read the word."""
        return {self.key: fields.get(self.key, next(iter(self.options)))}

    def show(self, node: Document, at: At) -> SelectView:
        """Offer the words."""
        chosen = text_of(node, self.key, next(iter(self.options)))
        return SelectView(
            at.field + self.key,
            f"{at.id}_{self.key}",
            self.label,
            choices(self.options, chosen),
            refreshes=self.refreshes,
        )


@dataclass(frozen=True)
class Picked:
    """One of the lists, audiences or states that there are."""

    key: str
    label: str
    blank: str
    offered: Callable[[Catalog], Sequence[tuple[Any, str]]]
    is_number: bool = True
    refreshes: bool = False
    elsewhere: str = ""
    elsewhere_label: str = ""

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read which one."""
        raw = fields.get(self.key, "")
        return {self.key: reference(raw) if self.is_number else raw}

    def show(self, node: Document, at: At) -> SelectView:
        """Offer all; one that is gone is not among them, but still chosen."""
        chosen = text_of(node, self.key)
        options = [
            Choice(str(key), name, str(key) == chosen)
            for key, name in self.offered(at.catalog)
        ]
        if chosen and not any(option.selected for option in options):
            gone = f"{self.label} that is gone" if self.is_number else chosen
            options.append(Choice(chosen, gone, selected=True))
        return SelectView(
            at.field + self.key,
            f"{at.id}_{self.key}",
            self.label,
            options,
            blank=self.blank,
            refreshes=self.refreshes,
            is_wide=True,
            elsewhere="" if chosen else self.elsewhere,
            elsewhere_label=self.elsewhere_label,
        )


@dataclass(frozen=True)
class Typed:
    """A text, a number or a time of day, typed into one line."""

    key: str
    label: str
    sort: str = "text"
    default: str = ""
    placeholder: str = ""

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read what was typed; as it was stored, if it says the same."""
        typed = fields.get(self.key, self.default)
        stored = unkept(fields.get(f"{self.key}.kept", ""))
        if stored is not None and line(str(stored)) == line(typed):
            return {self.key: stored}
        return {self.key: whole(typed) if self.sort == "count" else typed}

    def show(self, node: Document, at: At) -> InputView:
        """Show the line."""
        shown = line(text_of(node, self.key, self.default))
        stored = node.get(self.key)
        was_kept = isinstance(stored, str | int | float)
        return InputView(
            at.field + self.key,
            f"{at.id}_{self.key}",
            self.label,
            shown,
            self.sort,
            self.placeholder,
            keeps=kept(stored) if was_kept else "",
        )


NEVER = "never"
COUNTS = {
    "at_least": "at least",
    "at_most": "at most",
    "exactly": "exactly",
    NEVER: "never",
}


@dataclass(frozen=True)
class CountView:
    """How often."""

    choice: SelectView
    name: str
    id: str
    count: str
    is_never: bool
    template: str = "audiences/_part_count.html"


@dataclass(frozen=True)
class HowOften:
    """How often something happened; "never" is "at most 0 times"."""

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read the comparison and the number."""
        operator = fields.get("operator", "at_least")
        if operator == NEVER:
            return {"operator": "at_most", "count": 0}
        return {"operator": operator, "count": whole(fields.get("count", "1"))}

    def show(self, node: Document, at: At) -> CountView:
        """Show the comparison and the number."""
        operator, count = (
            text_of(node, "operator", "at_least"),
            text_of(node, "count", 1),
        )
        is_never = count == "0" and operator == "at_most"
        choice = SelectView(
            f"{at.field}operator",
            f"{at.id}_operator",
            "How often",
            choices(COUNTS, NEVER if is_never else operator),
            refreshes=True,
        )
        return CountView(
            choice,
            f"{at.field}count",
            f"{at.id}_count",
            "1" if is_never else count,
            is_never,
        )
