"""The form of a starter: what has to be filled in, and whether the data knows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from audiences.catalog import Entry
from audiences.models import Audience
from audiences.starters.guesses import Observed, guess
from campaigns.emails import liquid
from campaigns.emails.urls import is_safe_url
from campaigns.starters.starter import (
    ADDRESS,
    ATTRIBUTE,
    EVENT,
    NUMBER,
    PROPERTY,
    TEXT,
    Blank,
    Starter,
)
from referrals.models import Program

PREFIX = "fill_"
MOST = 100_000
NOT_SEEN = {
    EVENT: "We have not seen “{name}” yet. Choose another event, or go on: it counts once your"
    " product sends it.",
    PROPERTY: "No “{of}” that we have seen has “{name}”. Choose another property, or send it.",
    ATTRIBUTE: "No contact has “{name}” yet. Choose another attribute, or send it.",
}


@dataclass(frozen=True)
class Sighting:
    """What the data says of something that was filled in."""

    field_id: str
    is_seen: bool
    words: str


@dataclass(frozen=True)
class FilledField:
    """A field of a blank, what the data says of it, and what it may suggest."""

    field: BoundField
    sighting: Sighting | None
    suggested: Sequence[str]


class StarterForm(forms.Form):
    """Name and program of a new campaign, and the blanks of its starter."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        error_messages={
            "required": "Give the campaign a name that you will recognize."
        },
    )
    program = forms.ModelChoiceField(
        queryset=Program.objects.none(),
        empty_label=None,
        label="Program",
        help_text="Whose offer the campaign makes, and whose links it sends.",
    )

    def __init__(self, starter: Starter, values: Any = None, *, may_make: bool) -> None:
        """Fill in what the data probably calls it; offer audiences where one is needed."""
        self.starter = starter
        self.observed = Observed()
        initial = {"name": starter.name} | {
            PREFIX + blank.key: self.guess(blank) for blank in starter.blanks
        }
        super().__init__(values, initial=initial)
        programs: Any = self.fields["program"]
        programs.queryset = Program.objects.running().order_by("name")
        programs.initial = Program.objects.running().order_by("-pk").first()
        if starter.rule is not None:
            made = f"Make it: “{starter.audience_name}”"
            self.fields["audience"] = forms.ModelChoiceField(
                queryset=Audience.objects.live().order_by("name"),
                required=not may_make,
                label="Who comes in",
                empty_label=made if may_make else "Choose an audience",
                error_messages={"required": "Choose the audience that lets people in."},
            )
        for blank in starter.blanks:
            self.fields[PREFIX + blank.key] = field_of(blank)

    def guess(self, blank: Blank) -> Any:
        """Find what the data calls it; else its usual name."""
        found: Entry | None = None
        if blank.kind == EVENT:
            found = guess(self.observed.events, blank.wanted)
        elif blank.kind == ATTRIBUTE:
            found = self.observed.attribute(*blank.wanted)
        elif blank.kind == PROPERTY:
            of = next(one for one in self.starter.blanks if one.key == blank.of)
            found = self.observed.property(self.guess(of), *blank.wanted)
        return found.name if found else blank.default

    def clean(self) -> dict[str, Any]:
        """Refuse words that a mail can't say, and addresses to which it can't lead."""
        for blank in self.starter.blanks:
            value = self.cleaned_data.get(PREFIX + blank.key)
            if blank.kind == TEXT and value:
                self._check_words(blank, value)
            if blank.kind == ADDRESS and value and not is_safe_url(value):
                self.add_error(
                    PREFIX + blank.key,
                    "Write an address that begins with https://.",
                )
        return self.cleaned_data

    def _check_words(self, blank: Blank, value: str) -> None:
        """Refuse what can't be rendered."""
        try:
            liquid.parse(value, is_html=False)
        except liquid.TemplateError as error:
            self.add_error(PREFIX + blank.key, f"This can't be read: {error}.")

    def filled(self) -> dict[str, Any]:
        """Give what was filled in, by the keys of the blanks."""
        return {
            blank.key: self.cleaned_data[PREFIX + blank.key]
            for blank in self.starter.blanks
        }

    def guesses(self) -> dict[str, Any]:
        """Give what stood in the blanks at first, by their keys."""
        return {
            blank.key: self.initial[PREFIX + blank.key] for blank in self.starter.blanks
        }

    def blanks(self) -> list[FilledField]:
        """List the fields of the blanks, each with what the data says of it."""
        return [
            FilledField(
                self[PREFIX + blank.key],
                self.sighting(blank),
                self.suggested(blank),
            )
            for blank in self.starter.blanks
        ]

    def value(self, key: str) -> str:
        """Read what stands in a field now."""
        return str(self[PREFIX + key].value() or "").strip()

    def sighting(self, blank: Blank) -> Sighting | None:
        """Say whether the data knows what stands in a field."""
        name = self.value(blank.key)
        if not blank.comes_from_data or not name:
            return None
        known = {entry.name for entry in self._known(blank)}
        is_seen = name in known
        of = self.value(blank.of) if blank.of else ""
        words = NOT_SEEN[blank.kind].format(name=name, of=of)
        return Sighting(
            f"{PREFIX}{blank.key}-seen",
            is_seen,
            "Seen in your data." if is_seen else words,
        )

    def suggested(self, blank: Blank) -> list[str]:
        """List the names that the data knows."""
        if not blank.comes_from_data:
            return []
        return sorted({entry.name for entry in self._known(blank) if not entry.path})

    def _known(self, blank: Blank) -> Sequence[Entry]:
        """List what the data has of that kind; each list is read once."""
        if blank.kind == EVENT:
            return self.observed.events
        if blank.kind == ATTRIBUTE:
            return self.observed.catalog.attributes
        return self.observed.catalog.properties(self.value(blank.of))


def field_of(blank: Blank) -> forms.Field:
    """Make the field of a blank."""
    common: Mapping[str, Any] = {
        "label": blank.label,
        "help_text": blank.help,
        "required": blank.is_needed,
    }
    if blank.kind == NUMBER:
        return forms.IntegerField(
            min_value=1,
            max_value=MOST,
            error_messages={"invalid": "Write a whole number, such as 9."},
            **common,
        )
    attrs = {"autocomplete": "off"}
    if blank.comes_from_data:
        attrs["list"] = f"{PREFIX}{blank.key}-known"
    return forms.CharField(
        max_length=200, widget=forms.TextInput(attrs=attrs), **common
    )
