"""Forms of the steps of a flow: each reads a step, and gives the values for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from audiences.catalog import attributes
from audiences.forms import ConditionField
from campaigns.flows.blanks import KEYED_SIDES
from campaigns.flows.definition import Step, walk_steps
from campaigns.flows.edits import MOST_SIDES
from campaigns.local_time import WEEKDAYS
from contacts.attributes.fold import is_attribute
from contacts.models import ContactList

UNITS = (
    ("minutes", "minutes"),
    ("hours", "hours"),
    ("days", "days (of 24 hours)"),
    ("calendar_days", "calendar days (of their own zone)"),
)
# The longest delay, in each unit: a year.
LONGEST = {"minutes": 525_600, "hours": 8_760, "days": 365, "calendar_days": 365}
TRUTHS = {"yes": True, "true": True, "no": False, "false": False}


class SuggestedInput(forms.TextInput):
    """A text field that suggests the attributes that contacts have."""

    def _render(
        self, template_name: str, context: dict[str, Any], renderer: Any = None
    ) -> SafeString:
        """Add the suggestions behind the field."""
        attrs = context["widget"]["attrs"]
        attrs |= {"list": f"{attrs['id']}-known", "autocomplete": "off"}
        field = super()._render(template_name, context, renderer)  # type: ignore[misc]
        options = format_html_join(
            "", '<option value="{}">', ((entry.name,) for entry in attributes())
        )
        return format_html(
            '{}<datalist id="{}">{}</datalist>', field, attrs["list"], options
        )


class AttributeField(forms.CharField):
    """The name of an attribute of contacts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=80, widget=SuggestedInput, **kwargs)


def time_field(label: str, example: str, **kwargs: Any) -> forms.TimeField:
    """Make a field for a time of day."""
    return forms.TimeField(
        label=label,
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": f"Write a time such as {example}."},
        **kwargs,
    )


def amount_field(label: str, least: str, **kwargs: Any) -> forms.IntegerField:
    """Make a field for the number of a length of time."""
    return forms.IntegerField(
        label=label,
        validators=[
            MinValueValidator(1, least),
            MaxValueValidator(LONGEST["minutes"], "Wait at most a year."),
        ],
        error_messages={"invalid": "Write a whole number, such as 3."},
        **kwargs,
    )


class StepForm(forms.Form):
    """The base of a step's form: its name. ``steps`` is the flow that it is part of."""

    name = forms.CharField(
        label="Name of the step",
        max_length=80,
        error_messages={"required": "Give the step a name, such as “Wait three days”."},
    )

    def __init__(self, *args: Any, steps: Sequence[Step] = (), **kwargs: Any) -> None:
        self.steps = list(steps)
        super().__init__(*args, **kwargs)

    def values(self) -> dict[str, Any]:
        """Give the values for the step."""
        return self.cleaned_data

    def refuse_more_than_a_year(self) -> None:
        """Keep a length of time below a year."""
        unit = self.cleaned_data.get("unit", "")
        amount = self.cleaned_data.get("amount")
        if unit and amount and amount > LONGEST[unit]:
            self.add_error("amount", f"Wait at most a year: {LONGEST[unit]:,} here.")


class DelayForm(StepForm):
    """How long to wait, or until which day."""

    mode = forms.ChoiceField(
        label="For how long",
        choices=(
            ("for", "For some time"),
            ("until", "Until a day of the person’s own"),
        ),
        widget=forms.RadioSelect,
        required=False,
    )
    amount = amount_field(
        "Wait", "Wait at least 1, or delete the step.", required=False
    )
    unit = forms.ChoiceField(label="Unit", choices=UNITS, required=False)
    attribute = AttributeField(
        label="Attribute with the day",
        required=False,
        help_text="Such as “renews_on”. Who has no such day, or for whom it is over, goes on"
        " at once.",
    )
    offset_days = forms.IntegerField(
        label="Days after it",
        required=False,
        min_value=-365,
        max_value=365,
        help_text="A number below zero is days before it.",
        error_messages={"invalid": "Write a whole number, such as -14."},
    )
    at = time_field(
        "Until this time of day",
        "09:00",
        required=False,
        help_text="In the person's own zone. Blank: the time at which they came here, or the"
        " beginning of their day.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        until = (kwargs.get("initial") or {}).get("until")
        kwargs["initial"] = {
            **(kwargs.get("initial") or {}),
            "mode": "until" if until else "for",
            **(until or {"offset_days": 0}),
        }
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Keep the wait below a year, and ask for what the way of waiting needs."""
        values = self.cleaned_data
        if values.get("mode") == "until":
            return values
        if values.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", "Write a whole number, such as 3.")
        if not values.get("unit"):
            self.add_error("unit", "Choose a unit, such as days.")
        self.refuse_more_than_a_year()
        return values

    def values(self) -> dict[str, Any]:
        """Give the values for the step; what the way of waiting does not need stays."""
        values = dict(self.cleaned_data)
        attribute, days = values.pop("attribute"), values.pop("offset_days")
        at = values.pop("at")
        if values.pop("mode") == "until":
            return {
                "name": values["name"],
                "until": {"attribute": attribute.strip(), "offset_days": days or 0},
                "at": f"{at:%H:%M}" if at else "",
            }
        # A time of day makes sense with calendar days only.
        by_calendar = values["unit"] == "calendar_days"
        return {
            **values,
            "until": None,
            "at": f"{at:%H:%M}" if at and by_calendar else "",
        }


class BranchForm(StepForm):
    """Who goes to the true side; may be left open in a draft, but not at the start."""

    condition = ConditionField(
        label="True for people for whom this holds",
        required=False,
        help_text="Judged once, when a person comes here. Everybody else goes to the false side.",
    )


@dataclass(frozen=True)
class SideFields:
    """The fields of one side, with what may be done with it."""

    key: str
    title: str
    fields: list[BoundField]
    inside_count: int
    is_first: bool
    is_last: bool


class SidesForm(StepForm):
    """The base of the forms of steps whose sides are added, named and removed."""

    panel = "campaigns/_step_sides.html"
    add_label = ""
    side_title = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side in self.given:
            self.fields[f"name_{side['key']}"] = forms.CharField(
                label="Name",
                max_length=60,
                initial=side["name"],
                error_messages={"required": "Give it a name, for the reports."},
            )
            name, field = self.more_field(side)
            self.fields[f"{name}_{side['key']}"] = field

    @property
    def list_name(self) -> str:
        """What the sides are called in the step."""
        return KEYED_SIDES[self.initial["kind"]]

    @property
    def given(self) -> list[dict[str, Any]]:
        """The sides as the step has them."""
        return list(self.initial[self.list_name])

    @property
    def may_add(self) -> bool:
        """Whether another side fits."""
        return len(self.given) < MOST_SIDES

    def more_field(self, side: dict[str, Any]) -> tuple[str, forms.Field]:
        """Make the field that a side has beside its name."""
        raise NotImplementedError

    def plain_fields(self) -> list[BoundField]:
        """List the fields that belong to no side."""
        return [self["name"]]

    def sides(self) -> Iterator[SideFields]:
        """Yield each side with its fields."""
        for index, side in enumerate(self.given):
            key = side["key"]
            yield SideFields(
                key=key,
                title=f"{self.side_title} {index + 1}",
                fields=[self[name] for name in self.fields if name.endswith(f"_{key}")],
                inside_count=sum(1 for _ in walk_steps(side["steps"])),
                is_first=index == 0,
                is_last=index + 1 == len(self.given),
            )

    def values(self) -> dict[str, Any]:
        """Give the values for the step and its sides."""
        sides = []
        for side in self.given:
            name, _ = self.more_field(side)
            sides.append(
                {
                    "key": side["key"],
                    "name": self.cleaned_data[f"name_{side['key']}"].strip(),
                    name: self.cleaned_data[f"{name}_{side['key']}"],
                }
            )
        return {"name": self.cleaned_data["name"], self.list_name: sides}


class SplitForm(SidesForm):
    """Which branches there are, and for whom; the first that fits is taken."""

    add_label = "Add a branch"
    side_title = "Branch"

    def more_field(self, side: dict[str, Any]) -> tuple[str, forms.Field]:
        """Ask for whom the branch is."""
        return "condition", ConditionField(
            label="For people for whom this holds",
            required=False,
            initial=side["condition"],
            shows_preview=False,
        )


class CohortForm(SidesForm):
    """Which cohorts there are, and how large."""

    add_label = "Add a cohort"
    side_title = "Cohort"

    def more_field(self, side: dict[str, Any]) -> tuple[str, forms.Field]:
        """Ask for the weight of the cohort."""
        return "weight", forms.IntegerField(
            label="Weight",
            min_value=0,
            max_value=10_000,
            initial=side["weight"],
            help_text="Its share is this, out of all weights together.",
            error_messages={"invalid": "Write a whole number, such as 50."},
        )


class WindowForm(StepForm):
    """On which days, and at which hours."""

    days = forms.TypedMultipleChoiceField(
        label="On these days",
        choices=[(number, name) for number, name in enumerate(WEEKDAYS, 1)],
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day."},
    )
    start = time_field("From", "09:00")
    end = time_field(
        "Until",
        "17:00",
        help_text="In the person’s own zone. Earlier than the beginning: on the next day.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        step = kwargs.get("initial") or {}
        kwargs["initial"] = {
            **step,
            "start": step.get("from"),
            "end": step.get("until"),
        }
        super().__init__(*args, **kwargs)

    def values(self) -> dict[str, Any]:
        """Give the values for the step."""
        return {
            "name": self.cleaned_data["name"],
            "days": self.cleaned_data["days"],
            "from": f"{self.cleaned_data['start']:%H:%M}",
            "until": f"{self.cleaned_data['end']:%H:%M}",
        }


class TimeOutForm(StepForm):
    """The base of the forms of waits: how long at most."""

    amount = amount_field("Wait at most", "Wait at least 1, or delete the step.")
    unit = forms.ChoiceField(label="Unit", choices=UNITS[:3])

    def clean(self) -> dict[str, Any]:
        """Keep the wait below a year."""
        self.refuse_more_than_a_year()
        return self.cleaned_data


class WaitUntilForm(TimeOutForm):
    """What to wait for."""

    condition = ConditionField(label="Wait until this holds", required=False)
    since = forms.ChoiceField(
        label="Events count",
        choices=(
            ("here", "From when the person comes here"),
            ("ever", "Whenever they happened"),
        ),
        widget=forms.RadioSelect,
    )
    field_order = ("name", "condition", "since", "amount", "unit")


class AttributeForm(StepForm):
    """Which attribute is set to what."""

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


STEP_FORMS: dict[str, type[StepForm]] = {
    "delay": DelayForm,
    "window": WindowForm,
    "wait_until": WaitUntilForm,
    "wait_answer": TimeOutForm,
    "branch": BranchForm,
    "split": SplitForm,
    "cohort": CohortForm,
    "attribute": AttributeForm,
    "list": ListForm,
    "continue_at": ContinueForm,
    "exit": StepForm,
    "note": NoteForm,
}
