"""Forms of the trigger: one for what all kinds have in common, and one for each kind."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from audiences.forms import ConditionField, EventField
from audiences.models import Audience
from campaigns.flows import triggers
from campaigns.flows.ramps import MOST_BOUNCES, MOST_COMPLAINTS
from campaigns.flows.triggers import Trigger
from campaigns.models import Campaign
from campaigns.triggers.registry import REGISTRY

BEFORE, AFTER = "before", "after"
ANY_AGE = "any"
AGES = (
    ("1", "within an hour"),
    ("24", "within a day"),
    ("72", "within three days"),
    ("168", "within a week"),
    (ANY_AGE, "however late"),
)
GRACES = (
    (0, "Not at all"),
    (1, "1 minute"),
    (5, "5 minutes"),
    (15, "15 minutes"),
    (30, "30 minutes"),
    (60, "1 hour"),
)


class PartForm(forms.Form):
    """A part of the trigger; hidden ones must not keep the page from being sent."""

    use_required_attribute = False

    def values(self) -> Trigger:
        """Give the values for the document."""
        return self.cleaned_data


class EnteringForm(PartForm):
    """Which kind it is; who of those who come enters, how often, and how many a day."""

    kind = forms.ChoiceField(
        label="What lets people in",
        choices=[(kind, entry.label) for kind, entry in REGISTRY.items()],
        widget=forms.RadioSelect,
        required=False,
    )
    condition = ConditionField(label="Only those for whom this holds", required=False)
    grace_minutes = forms.TypedChoiceField(
        label="Wait for data",
        choices=GRACES,
        coerce=int,
        required=False,
        help_text="What is known of a person often arrives just after the event. Whoever waits is"
        " shown on the overview.",
    )
    frequency = forms.ChoiceField(
        label="How often",
        choices=(
            (triggers.ONCE, "Once per person, ever"),
            (triggers.EVERY_ENTRY, "Each time"),
            (
                triggers.EVERY_DAYS,
                "Again once some days have passed since the last ask that reached them",
            ),
        ),
        widget=forms.RadioSelect,
    )
    every_days = forms.IntegerField(
        label="Days since that ask",
        required=False,
        validators=[
            MinValueValidator(1, "Let at least 1 day pass."),
            MaxValueValidator(triggers.MOST_DAYS, "Let at most two years pass."),
        ],
        error_messages={"invalid": "Write a whole number of days, such as 90."},
    )
    ramp = forms.CharField(
        label="At most so many people a day, at first",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "50, 500", "autocomplete": "off"}),
        help_text="50, 500 means 50 people on the first day, 500 on the second, then everybody."
        " Whoever has no place waits for the next day. Blank: no limit.",
    )

    most_complaints = forms.FloatField(
        label="Pause by itself at so many percent of complaints",
        required=False,
        min_value=0,
        max_value=99,
        help_text="Of the mails that arrived in these days, once they are 50. Blank: never.",
        error_messages={"invalid": "Write a share in percent, such as 0.3."},
    )
    most_bounces = forms.FloatField(
        label="Or at so many percent of bounces",
        required=False,
        min_value=0,
        max_value=99,
        help_text="Addresses that do not work, of all mails sent. Blank: never.",
        error_messages={"invalid": "Write a share in percent, such as 5."},
    )

    @staticmethod
    def initial_from(trigger: Trigger) -> Trigger:
        """Read the values of the document; a new ramp begins with limits that are usual."""
        usual = {"most_complaints": MOST_COMPLAINTS, "most_bounces": MOST_BOUNCES}
        ramp = {**usual, **(trigger["ramp"] or {"days": []})}
        return {**trigger, **ramp, "ramp": ", ".join(map(str, ramp["days"]))}

    def clean_ramp(self) -> Trigger | None:
        """Read numbers with commas between them."""
        parts = self.cleaned_data["ramp"].replace(";", ",").split(",")
        texts = [part.strip() for part in parts if part.strip()]
        if not all(text.isascii() and text.isdigit() and int(text) for text in texts):
            raise forms.ValidationError("Write numbers such as 50, 500.")
        if len(texts) > triggers.MOST_RAMP_DAYS:
            raise forms.ValidationError(
                f"Limit at most the first {triggers.MOST_RAMP_DAYS} days."
            )
        return {"days": [int(text) for text in texts]} if texts else None

    def values(self) -> Trigger:
        """Give the values for the document; a kind that was not posted stays."""
        values = dict(self.cleaned_data)
        if not values["kind"]:
            values.pop("kind")
        limits = {
            name: values.pop(name) for name in ("most_complaints", "most_bounces")
        }
        if values["ramp"]:
            values["ramp"] |= limits
        values["grace_minutes"] = values["grace_minutes"] or 0
        values["every_days"] = values["every_days"] or triggers.BLANK["every_days"]
        return values


class AudienceTriggerForm(PartForm):
    """Which audience, and whether its members enter, too."""

    audience = forms.ModelChoiceField(
        queryset=Audience.objects.live(),
        required=False,
        error_messages={
            "invalid_choice": "This audience is archived or gone. Choose another one."
        },
    )
    existing = forms.TypedChoiceField(
        label="Who enters",
        choices=(
            ("no", "Only people who enter the audience from now on"),
            ("yes", "Everybody who is in it now, and those who enter later"),
        ),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )

    @staticmethod
    def initial_from(trigger: Trigger) -> Trigger:
        """Read the values of the document."""
        return {**trigger, "existing": "yes" if trigger["existing"] else "no"}

    def values(self) -> Trigger:
        """Give the values for the document."""
        audience = self.cleaned_data["audience"]
        return {**self.cleaned_data, "audience": audience.pk if audience else None}


class EventTriggerForm(PartForm):
    """Which event, which of them count, and how late it may be told."""

    event = EventField(label="The event", required=False)
    which = forms.ChoiceField(
        label="Which of them count",
        choices=(
            (triggers.EVERY, "Every one"),
            (triggers.FIRST, "Only the first of each person"),
            (triggers.PER_KEY, "One for each value of a property"),
        ),
        widget=forms.RadioSelect,
    )
    key = forms.CharField(
        label="The property",
        max_length=120,
        required=False,
        widget=forms.TextInput(
            attrs={
                "placeholder": "account_id",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
        help_text="Such as account_id or order_id: each value lets a person in once.",
    )
    max_age_hours = forms.ChoiceField(
        label="Counts if we hear of it",
        choices=AGES,
        required=False,
        help_text="Later ones are refused and shown. What is imported as history never counts.",
    )

    @staticmethod
    def initial_from(trigger: Trigger) -> Trigger:
        """Read the values of the document."""
        return {**trigger, "max_age_hours": str(trigger["max_age_hours"] or ANY_AGE)}

    def values(self) -> Trigger:
        """Give the values for the document."""
        age = self.cleaned_data["max_age_hours"]
        hours = int(age) if age.isdigit() else None
        return {
            **self.cleaned_data,
            "key": self.cleaned_data["key"].strip(),
            "max_age_hours": hours,
        }


class DateTriggerForm(PartForm):
    """Which date, how far from it, at which hour, and whether each year."""

    attribute = forms.CharField(
        label="The attribute with the date",
        max_length=120,
        required=False,
        widget=forms.TextInput(
            attrs={
                "list": "date-attributes",
                "placeholder": "renewal_date",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
        help_text="Its values are dates such as 2026-05-01. People without one are left out.",
    )
    days = forms.IntegerField(
        label="Days",
        required=False,
        validators=[
            MinValueValidator(0, "Choose “before” instead of a negative number."),
            MaxValueValidator(triggers.MOST_DAYS, "Go at most two years away from it."),
        ],
        error_messages={"invalid": "Write a whole number of days, such as 14."},
        help_text="0 is the day itself.",
    )
    side = forms.ChoiceField(
        label="Before or after it",
        choices=((BEFORE, "before it"), (AFTER, "after it")),
        required=False,
    )
    at = forms.TimeField(
        label="At",
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text="By the clock of each person.",
        error_messages={"invalid": "Write a time such as 09:00."},
    )
    yearly = forms.BooleanField(
        label="Every year on this day",
        required=False,
        help_text="For birthdays and anniversaries. 29 February counts as the 28th in other years.",
    )

    @staticmethod
    def initial_from(trigger: Trigger) -> Trigger:
        """Read the values of the document."""
        date = trigger["date"]
        return {
            **date,
            "days": abs(date["offset_days"]),
            "side": BEFORE if date["offset_days"] < 0 else AFTER,
        }

    def values(self) -> Trigger:
        """Give the values for the document."""
        cleaned = self.cleaned_data
        days = cleaned["days"] or 0
        return {
            "date": {
                "attribute": cleaned["attribute"].strip(),
                "offset_days": -days if cleaned["side"] == BEFORE else days,
                "at": f"{cleaned['at']:%H:%M}",
                "yearly": cleaned["yearly"],
            }
        }


class AnswerTriggerForm(PartForm):
    """To whose ask, which answers, and when silence is one."""

    campaign = forms.ModelChoiceField(
        queryset=Campaign.objects.order_by("name", "pk"),
        label="An ask of",
        empty_label="Any campaign",
        required=False,
    )
    answers = forms.MultipleChoiceField(
        label="What they say",
        choices=(
            ("yes", "Yes"),
            ("not_now", "Not now, at once"),
            ("none", "Nothing, for some days"),
        ),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Whoever says “never” is asked no more, by any campaign.",
    )
    after_days = forms.IntegerField(
        label="Days without an answer",
        required=False,
        validators=[
            MinValueValidator(1, "Give them at least 1 day."),
            MaxValueValidator(365, "Give them at most a year."),
        ],
        error_messages={"invalid": "Write a whole number of days, such as 14."},
    )
    snooze_ended = forms.BooleanField(
        label="The rest after a “not now” has ended",
        required=False,
        help_text="Then, and only if the condition below still holds for them.",
    )

    @staticmethod
    def initial_from(trigger: Trigger) -> Trigger:
        """Read the values of the document."""
        return dict(trigger["answer"])

    def values(self) -> Trigger:
        """Give the values for the document."""
        cleaned = self.cleaned_data
        campaign = cleaned["campaign"]
        return {
            "answer": {
                "campaign": campaign.pk if campaign else None,
                "answers": cleaned["answers"],
                "after_days": cleaned["after_days"] or 14,
                "snooze_ended": cleaned["snooze_ended"],
            }
        }


class ManualTriggerForm(PartForm):
    """Whether it is one shot, or goes on for others who are let in later."""

    one_shot = forms.TypedChoiceField(
        label="When everybody whom you let in is through",
        choices=(
            ("", "The campaign goes on, and you can let in others"),
            ("yes", "The campaign is finished, and nobody can be let in any more"),
        ),
        coerce=bool,
        required=False,
        widget=forms.RadioSelect,
    )

    @staticmethod
    def initial_from(trigger: Trigger) -> Trigger:
        """Read what the campaign does at the end."""
        return {"one_shot": "yes" if trigger["one_shot"] else ""}

    def clean_one_shot(self) -> bool:
        """Go on where nothing was chosen."""
        return bool(self.cleaned_data["one_shot"])


FORMS: dict[str, type[Any]] = {
    triggers.AUDIENCE: AudienceTriggerForm,
    triggers.LEFT: AudienceTriggerForm,
    triggers.EVENT: EventTriggerForm,
    triggers.DATE: DateTriggerForm,
    triggers.ANSWER: AnswerTriggerForm,
    triggers.MANUAL: ManualTriggerForm,
}
# The names of fields begin with it; those of the audience have always been plain.
PREFIXES = {
    AudienceTriggerForm: None,
    EventTriggerForm: "event",
    DateTriggerForm: "date",
    AnswerTriggerForm: "answer",
    ManualTriggerForm: "manual",
}


def part_form(kind: str, trigger: Trigger, values: Any = None) -> Any:
    """Make the form of a kind, bound to what was posted if there is something."""
    form = FORMS[kind]
    return form(values, initial=form.initial_from(trigger), prefix=PREFIXES[form])
