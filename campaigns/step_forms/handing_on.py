"""Forms of the steps that hand something on to somebody else."""

from typing import Any

from django import forms

from campaigns.emails import liquid
from campaigns.flows.passing_on import FIELDS, MOST_ATTRIBUTES
from campaigns.models import Connection
from campaigns.step_forms.base import UNITS, AttributeField, StepForm, amount_field
from campaigns.step_forms.owners import choice_of, owner_choices, rule_of

AT_ONCE, WAITS = "", "wait"
LONGEST = {"amount": 7, "unit": "days"}


class WaitingForm(StepForm):
    """The base: whether people go on at once, or wait for it, and how long at most."""

    waits = forms.ChoiceField(
        label="Then", required=False, widget=forms.RadioSelect, choices=()
    )
    amount = amount_field(
        "Wait at most", "Wait at least 1, or go on at once.", required=False
    )
    unit = forms.ChoiceField(label="Unit", choices=UNITS[:3], required=False)

    # What "it" is, after "Wait until".
    until: str = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        wait = (kwargs.get("initial") or {}).get("wait")
        kwargs["initial"] = {
            **(kwargs.get("initial") or {}),
            "waits": WAITS if wait else AT_ONCE,
            **(wait or LONGEST),
        }
        super().__init__(*args, **kwargs)
        waits: Any = self.fields["waits"]
        waits.choices = (
            (AT_ONCE, "Go on at once"),
            (WAITS, f"Wait until {self.until}"),
        )

    def clean(self) -> dict[str, Any]:
        """Ask for what the wait needs, and keep it below a year."""
        values = self.cleaned_data
        if values.get("waits"):
            if values.get("amount") is None and "amount" not in self.errors:
                self.add_error("amount", "Write a whole number, such as 7.")
            if not values.get("unit"):
                self.add_error("unit", "Choose a unit, such as days.")
            self.refuse_more_than_a_year()
        return values

    def wait(self) -> dict[str, Any] | None:
        """Give the wait; None for going on at once."""
        got = self.cleaned_data
        if not got["waits"]:
            return None
        return {"amount": got["amount"], "unit": got["unit"]}


class TaskForm(WaitingForm):
    """What a colleague is to do, who, and until when."""

    until = "it is done or dismissed"
    needed = ("title", "text", "attribute", "due_days", "amount")

    title = forms.CharField(
        label="What to do",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Call {{ contact.name }}"}),
        help_text="May mention the person, as in a mail.",
    )
    text = forms.CharField(
        label="More about it",
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What a colleague needs: why, and words to copy, such as"
        " {{ advocate.link }}.",
    )
    owner = forms.ChoiceField(label="Who does it", required=False)
    attribute = AttributeField(
        label="The attribute",
        required=False,
        help_text="Holds a user’s name or address, such as account_owner.",
    )
    due_days = forms.IntegerField(
        label="Due within how many days", required=False, min_value=0, max_value=90
    )
    field_order = (
        *("name", "title", "text", "owner", "attribute", "due_days"),
        *("waits", "amount", "unit"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        step = kwargs.get("initial") or {}
        owner = step.get("owner", {"rule": "anyone"})
        kwargs["initial"] = {
            **step,
            "owner": choice_of(owner),
            "attribute": owner.get("attribute", ""),
        }
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["owner"]
        chosen.choices = list(owner_choices())

    def clean(self) -> dict[str, Any]:
        """Refuse words that can't be rendered."""
        values = super().clean()
        for name in ("title", "text"):
            try:
                liquid.parse(values.get(name, ""), is_html=False)
            except liquid.TemplateError as error:
                self.add_error(name, f"This can't be read: {error}.")
        return values

    def values(self) -> dict[str, Any]:
        """Give the values for the step."""
        got = self.cleaned_data
        days = got["due_days"]
        return {
            "name": got["name"],
            "title": got["title"],
            "text": got["text"],
            "owner": rule_of(got["owner"], got["attribute"]),
            "due_days": 2 if days is None else days,
            "wait": self.wait(),
        }


class WebhookForm(WaitingForm):
    """Whom to tell, and what of the person."""

    until = "the other system has taken it"
    needed = ("connection", "amount")

    connection = forms.ModelChoiceField(
        queryset=Connection.objects.none(),
        label="Connection",
        required=False,
        empty_label="Choose a connection",
        help_text="Connections are made under Settings, Connections.",
        error_messages={
            "invalid_choice": "This connection is gone. Choose another one."
        },
    )
    told = forms.MultipleChoiceField(
        label="What it is told of the person, besides the user ID",
        choices=tuple(FIELDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    attributes = forms.CharField(
        label="And these attributes",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "plan"}),
        help_text="One a line. A person who does not have one is told with null.",
    )
    with_event = forms.BooleanField(
        label="And the event that let the person in", required=False
    )
    field_order = (
        *("name", "connection", "told", "attributes", "with_event"),
        *("waits", "amount", "unit"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        step = kwargs.get("initial") or {}
        kwargs["initial"] = {
            **step,
            "told": step.get("fields", []),
            "attributes": "\n".join(step.get("attributes", [])),
        }
        super().__init__(*args, **kwargs)
        own = Connection.objects.filter(purpose=Connection.Purpose.WEBHOOK)
        chosen: Any = self.fields["connection"]
        chosen.queryset = own.order_by("name", "pk")

    def clean_attributes(self) -> list[str]:
        """Take each line as the name of an attribute."""
        lines = self.cleaned_data["attributes"].replace(",", "\n").splitlines()
        names = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
        if len(names) > MOST_ATTRIBUTES:
            raise forms.ValidationError(f"Write at most {MOST_ATTRIBUTES} attributes.")
        return names

    def values(self) -> dict[str, Any]:
        """Give the values for the step."""
        got = self.cleaned_data
        return {
            "name": got["name"],
            "connection": got["connection"].pk if got["connection"] else None,
            "fields": [name for name in FIELDS if name in got["told"]],
            "attributes": got["attributes"],
            "with_event": got["with_event"],
            "wait": self.wait(),
        }
