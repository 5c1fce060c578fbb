"""Forms of the steps that do something, lead elsewhere, or are read."""

from typing import Any

from django import forms

from campaigns.flows.definition import walk_steps
from campaigns.step_forms.base import AttributeField, StepForm
from contacts.attributes.fold import is_attribute
from contacts.models import ContactList

TRUTHS = {"yes": True, "true": True, "no": False, "false": False}


class AttributeForm(StepForm):
    """Which attribute is set to what."""

    needed = ("attribute", "value")
    attribute = AttributeField(label="Attribute", required=False)
    type = forms.ChoiceField(
        label="To",
        choices=(
            ("text", "a text"),
            ("number", "a number"),
            ("flag", "yes or no"),
            ("today", "the day on which it is set"),
            ("nothing", "nothing: take it away"),
        ),
    )
    value = forms.CharField(label="Value", max_length=1_000, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        step = kwargs.get("initial") or {}
        value = step.get("value")
        shown = ("yes" if value else "no") if isinstance(value, bool) else value
        kwargs["initial"] = {**step, "value": shown}
        super().__init__(*args, **kwargs)

    def clean_attribute(self) -> str:
        """Keep to attributes: a name or an address is not ours to change."""
        name = str(self.cleaned_data["attribute"]).strip()
        if name and not is_attribute(name):
            raise forms.ValidationError(
                f"“{name}” comes from your product and can't be set here. Choose an"
                " attribute."
            )
        return name

    def clean(self) -> dict[str, Any]:
        """Read the value as what it is said to be; a blank one is left for later."""
        values = self.cleaned_data
        text, kind = values.get("value", "").strip(), values.get("type")
        values["value"] = text
        if kind == "number" and text:
            try:
                number = float(text.replace(",", "."))
            except ValueError:
                number = float("nan")
            if number != number or number in (float("inf"), float("-inf")):
                self.add_error("value", "Write a number, such as 3 or 2.5.")
            else:
                values["value"] = int(number) if number.is_integer() else number
        elif kind == "flag" and text:
            if text.casefold() in TRUTHS:
                values["value"] = TRUTHS[text.casefold()]
            else:
                self.add_error("value", "Write yes or no.")
        elif kind in ("today", "nothing"):
            values["value"] = ""
        return values


class ListForm(StepForm):
    """Which list, and whether people come on it or off."""

    action = forms.ChoiceField(
        label="What to do",
        choices=(("add", "Add to a list"), ("remove", "Remove from a list")),
        widget=forms.RadioSelect,
    )
    list = forms.ModelChoiceField(
        queryset=ContactList.objects.none(),
        label="List",
        required=False,
        empty_label="Choose a list",
        help_text="Lists are made under Contacts, Lists.",
        error_messages={"invalid_choice": "This list is gone. Choose another one."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = ContactList.objects.exclude(kind=ContactList.Kind.EVERYONE)
        chosen: Any = self.fields["list"]
        chosen.queryset = own.order_by("name", "pk")

    def values(self) -> dict[str, Any]:
        """Give the values for the step."""
        chosen = self.cleaned_data["list"]
        return {**self.cleaned_data, "list": chosen.pk if chosen else None}


class ContinueForm(StepForm):
    """Where people go on."""

    target = forms.ChoiceField(
        label="Continue at",
        required=False,
        help_text="A step that comes later. So nobody can go in circles.",
        error_messages={"invalid_choice": "This step is gone. Choose another one."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = list(walk_steps(self.steps))
        keys = [step["key"] for step in every]
        own = self.initial.get("key")
        later = every[keys.index(own) + 1 :] if own in keys else []
        target: Any = self.fields["target"]
        target.choices = [
            ("", "Choose a step"),
            *((step["key"], step["name"]) for step in later),
        ]


class NoteForm(StepForm):
    """What is to be remembered."""

    text = forms.CharField(
        label="Note",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="For whoever reads the flow. People pass it at once.",
    )
