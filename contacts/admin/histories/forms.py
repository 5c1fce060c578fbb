"""Forms of the wizard for past events."""

from zoneinfo import available_timezones

from django import forms

from contacts.histories.columns import FIELDS, PROPERTY, PROPERTY_TYPES
from contacts.imports.fields import IGNORE
from contacts.imports.mapping import TEXT, Column
from contacts.models import HistoryRun

FIELD_CHOICES = [
    ("", "Choose…"),
    (IGNORE, "Ignore this column"),
    ("Event", list(FIELDS.items())),
    ("More", [(PROPERTY, "Property…")]),
]
PEOPLE = [
    ("1", "Add them as new people, without permission to write to them"),
    ("0", "Leave their rows out"),
]


class EventColumnForm(forms.Form):
    """What becomes of one column."""

    field = forms.ChoiceField(choices=FIELD_CHOICES, required=False)
    name = forms.CharField(max_length=100, required=False)
    type = forms.ChoiceField(choices=list(PROPERTY_TYPES.items()), required=False)

    def column(self) -> Column:
        """Say what the marketer chose; call it after ``is_valid``."""
        chosen = self.cleaned_data["field"]
        if chosen != PROPERTY:
            return Column(chosen)
        kind = self.cleaned_data["type"] or TEXT
        return Column(PROPERTY, self.cleaned_data["name"].strip(), kind)


class ChoicesForm(forms.Form):
    """What the columns alone leave open."""

    event_name = forms.CharField(
        label="Name of the event",
        max_length=200,
        required=False,
        help_text="If no column names it: all rows are this event, such as Order Completed.",
    )
    time_zone = forms.ChoiceField(
        label="Where the clocks stood",
        choices=[("UTC", "UTC")]
        + [(name, name.replace("_", " ")) for name in sorted(available_timezones())],
        help_text="For times that name no zone.",
    )
    date_order = forms.ChoiceField(
        label="In a date such as 3/4/2026, first comes",
        choices=[("", "Choose…"), *HistoryRun.DateOrder.choices],
        required=False,
    )


class PeopleForm(forms.Form):
    """What happens to rows of people whom nobody knows."""

    makes_people = forms.TypedChoiceField(
        label="When nobody with this id or email is known",
        choices=PEOPLE,
        coerce=lambda value: value == "1",
    )


class ConfirmForm(forms.Form):
    """Whether campaigns may react."""

    fires = forms.BooleanField(
        label="Let campaigns react to these events as if they happened now",
        required=False,
    )
