"""Forms of the import wizard."""

from typing import Any

from django import forms

from contacts.imports.dialects import DELIMITERS
from contacts.imports.encodings import LABELS
from contacts.imports.fields import ATTRIBUTE, FIELDS, IGNORE
from contacts.imports.mapping import TYPES, Column
from contacts.models import ContactList, ImportRun

FIELD_CHOICES = [
    ("", "Choose…"),
    (IGNORE, "Ignore this column"),
    ("Contact", [(field.key, field.label) for field in FIELDS]),
    ("More", [(ATTRIBUTE, "Custom attribute…")]),
]


class ListForm(forms.Form):
    """Choose the list, or name a new one."""

    name = forms.CharField(
        label="New list",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Spring customers"}),
    )
    contact_list = forms.ModelChoiceField(
        label="A list you have",
        queryset=ContactList.objects.order_by("name", "pk"),
        required=False,
        empty_label="Choose a list…",
    )

    def clean(self) -> dict[str, Any]:
        """Take one of the two."""
        values = super().clean() or {}
        name, chosen = values.get("name"), values.get("contact_list")
        if name and chosen:
            raise forms.ValidationError(
                "Name a new list or choose one that you have, not both."
            )
        if not name and not chosen:
            raise forms.ValidationError("Name a new list, or choose one that you have.")
        if name and ContactList.objects.filter(name__iexact=name).exists():
            self.add_error(
                "name", f"There is a list “{name}” already. Choose it below."
            )
        return values


class ReadingForm(forms.Form):
    """How a file is read."""

    encoding = forms.ChoiceField(label="Letters", choices=list(LABELS.items()))
    delimiter = forms.ChoiceField(
        label="Columns are separated by", choices=list(DELIMITERS.items())
    )
    has_header = forms.TypedChoiceField(
        label="First row",
        choices=[("1", "Holds the names of the columns"), ("0", "Is the first one")],
        coerce=lambda value: value == "1",
    )


class ColumnForm(forms.Form):
    """What becomes of one column."""

    field = forms.ChoiceField(choices=FIELD_CHOICES, required=False)
    name = forms.CharField(max_length=60, required=False)
    type = forms.ChoiceField(choices=list(TYPES.items()), required=False)

    def column(self) -> Column:
        """Say what the marketer chose; call it after ``is_valid``."""
        chosen = self.cleaned_data["field"]
        if chosen != ATTRIBUTE:
            return Column(chosen)
        kind = self.cleaned_data["type"] or "text"
        return Column(ATTRIBUTE, self.cleaned_data["name"].strip(), kind)


class PolicyForm(forms.Form):
    """What happens to people who are known already."""

    policy = forms.ChoiceField(
        label="When somebody is already a contact", choices=ImportRun.Policy.choices
    )


class ConsentForm(forms.Form):
    """Whether, and in whose words, these people allowed us to write to them."""

    is_given = forms.BooleanField(
        label="These people agreed to get marketing email from us", required=False
    )
    statement = forms.CharField(
        label="How and when they agreed",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(
            attrs={
                "rows": 3,
                "placeholder": "They ticked “Keep me posted” at checkout, since May 2025.",
            }
        ),
        help_text="Kept with your name, the time and the fingerprint of the files.",
    )
    are_customers = forms.BooleanField(
        label="These people are customers already", required=False
    )

    def clean(self) -> dict[str, Any]:
        """A tick needs words; words need the tick."""
        values = super().clean() or {}
        statement = (values.get("statement") or "").strip()
        if values.get("is_given") and len(statement) < 10:
            self.add_error("statement", "Say how and when they agreed, in a sentence.")
        if statement and not values.get("is_given"):
            self.add_error(
                "is_given", "Tick the box if this is so, or clear the sentence."
            )
        return values
