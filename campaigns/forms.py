"""Forms of the campaign's pages: each reads from, and writes to, a part of the document."""

from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from django import forms

from audiences.forms import ConditionField
from campaigns.emails.tagging import is_host
from campaigns.flows.definition import NO_TAGGING
from campaigns.local_time import instant
from campaigns.models import Campaign
from campaigns.step_forms.base import StepForm
from referrals.models import Program


class NewCampaignForm(forms.ModelForm):
    """Name a campaign whose flow is empty yet."""

    class Meta:
        model = Campaign
        fields = ("name", "program")
        widgets = {"name": forms.TextInput(attrs={"maxlength": 120})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the programs that run."""
        super().__init__(*args, **kwargs)
        programs = forms.ModelChoiceField(
            queryset=Program.objects.running().order_by("name"),
            empty_label=None,
            label="Program",
            help_text="Whose offer the campaign makes, and whose links it sends.",
        )
        self.fields["program"] = programs


class BasicsForm(forms.Form):
    """Rename a campaign; before its first start also give it another program."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        error_messages={
            "required": "Give the campaign a name that you will recognize."
        },
    )
    program = forms.ModelChoiceField(
        queryset=Program.objects.none(), empty_label=None, label="Program"
    )
    priority = forms.TypedChoiceField(
        label="If two campaigns want the same person",
        choices=[
            (75, "This one goes first"),
            (50, "Whichever is earlier"),
            (25, "This one gives way"),
        ],
        coerce=int,
        required=False,
        help_text="A person is asked once in 90 days, by the campaign that goes first. This"
        " holds from now on, without publishing.",
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        """Lock the program once people may have been asked for it."""
        kwargs["initial"] = {
            "name": campaign.name,
            "program": campaign.program_id,
            "priority": campaign.priority,
        }
        super().__init__(*args, **kwargs)
        program = cast(forms.ModelChoiceField, self.fields["program"])
        program.queryset = (
            Program.objects.running() | Program.objects.filter(pk=campaign.program_id)
        ).order_by("name")
        program.disabled = campaign.state != Campaign.State.DRAFT
        if program.disabled:
            program.help_text = "Stays as it was when the campaign first started."

    def keep(self, campaign: Campaign) -> None:
        """Write what has changed."""
        if self.changed_data:
            campaign.name = self.cleaned_data["name"]
            campaign.program = self.cleaned_data["program"]
            campaign.priority = self.cleaned_data["priority"] or campaign.priority
            campaign.save(update_fields=["name", "program", "priority"])


class EmailStepForm(StepForm):
    """Whether a mail asks for a referral, and what happens if it may not be sent."""

    ask = forms.BooleanField(
        label="This asks for a referral",
        required=False,
        help_text="It takes the person's ask: one in 90 days, over all campaigns.",
    )
    service = forms.BooleanField(
        label="This mail is a service message",
        required=False,
        help_text="News of the person’s own, such as a friend who joined. It asks for"
        " nothing and also goes to who wants no marketing.",
    )
    if_held = forms.ChoiceField(
        label="If it may not be sent now",
        choices=(
            ("wait", "Wait until it may be sent"),
            ("skip", "Go on without it"),
            ("exit", "Leave the campaign"),
        ),
    )
    freshness_hours = forms.IntegerField(
        label="Ask within so many hours, or not at all",
        required=False,
        min_value=1,
        max_value=24 * 365,
        help_text="Good moments pass. Blank: it is never too late.",
        error_messages={"invalid": "Write a whole number of hours, such as 48."},
    )
    fresh_from = forms.ChoiceField(
        label="The hours count from",
        required=False,
        choices=(
            ("step", "When the person comes to this step"),
            ("moment", "What let the person in"),
        ),
    )

    def clean_fresh_from(self) -> str:
        """Count from the step where nothing was chosen."""
        return self.cleaned_data["fresh_from"] or "step"


class GoalForm(forms.Form):
    """What counts as success, for how long, and what has to come before."""

    condition = ConditionField(label="The goal", required=False)
    touch = forms.ChoiceField(
        label="Credited to the campaign",
        required=False,
        choices=(
            ("delivered", "If a message had reached the person before"),
            ("viewed", "If the person had seen a message before"),
            ("any", "In any case"),
        ),
    )
    window_days = forms.IntegerField(
        label="Counts for so many days",
        min_value=1,
        max_value=365,
        help_text="From the last message on; in any other case from the entry on.",
        error_messages={"invalid": "Write a whole number of days, such as 30."},
    )

    def clean_touch(self) -> str:
        """Ask for a message where nothing was chosen."""
        return self.cleaned_data["touch"] or "delivered"


class TrackedGoalForm(GoalForm):
    """A goal that is only counted: nobody leaves because of it."""

    name = forms.CharField(
        label="Name",
        max_length=60,
        required=False,
        help_text="As the report calls it, such as “Activated”.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Preview one builder at a time: the page may have many."""
        super().__init__(*args, **kwargs)
        self.fields["condition"] = ConditionField(
            label="What it is", required=False, shows_preview=False
        )


class ExitForm(forms.Form):
    """Who leaves before the flow ends."""

    condition = ConditionField(label="Leave early", required=False)


class SettingsForm(forms.Form):
    """From whom, in which language, and at which hours."""

    from_name = forms.CharField(
        label="From",
        max_length=80,
        required=False,
        help_text="The name that people see. Blank: the program's brand.",
    )
    reply_to = forms.EmailField(
        label="Replies go to",
        required=False,
        error_messages={"invalid": "Write an address such as hello@example.com."},
    )
    locale = forms.CharField(
        label="Language for everybody else",
        max_length=35,
        help_text="For people whose language has no variant, such as en or pt-BR.",
    )
    time_zone = forms.CharField(
        label="Time zone for everybody else",
        max_length=64,
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
        help_text="For people whose zone is not known, such as Europe/Berlin.",
    )
    quiet_from = forms.TimeField(
        label="Quiet from",
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": "Write a time such as 20:00."},
    )
    quiet_until = forms.TimeField(
        label="Quiet until",
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": "Write a time such as 08:00."},
    )
    snooze_days = forms.IntegerField(
        label="“Not now” lasts",
        min_value=60,
        max_value=90,
        help_text="Days, from 60 to 90.",
        error_messages={"invalid": "Write a whole number of days, such as 75."},
    )

    def clean_locale(self) -> str:
        """Accept a language tag that is known."""
        text = self.cleaned_data["locale"].strip().replace("_", "-")
        try:
            Locale.parse(text, sep="-")
        except (ValueError, UnknownLocaleError):
            raise forms.ValidationError(
                "Write a language such as en, de or pt-BR."
            ) from None
        return text

    def clean_time_zone(self) -> str:
        """Accept a zone that is known."""
        text = self.cleaned_data["time_zone"].strip()
        if text not in available_timezones():
            raise forms.ValidationError("Write a zone such as Europe/Berlin or UTC.")
        return text

    def values(self) -> dict[str, Any]:
        """Give the values for the document."""
        values = dict(self.cleaned_data)
        for name in ("quiet_from", "quiet_until"):
            values[name] = f"{values[name]:%H:%M}"
        return values


class TaggingForm(forms.Form):
    """Marks on the links of the mails, for the statistics of a site."""

    hosts = forms.CharField(
        label="Mark links to",
        required=False,
        max_length=1_000,
        help_text="Your own sites, such as shop.example.com, with commas between them. The"
        " personal links to answer, to share and to unsubscribe are never marked.",
    )
    source = forms.CharField(label="utm_source", required=False, max_length=100)
    medium = forms.CharField(label="utm_medium", required=False, max_length=100)
    campaign = forms.CharField(
        label="utm_campaign",
        required=False,
        max_length=100,
        help_text="Blank ones are left out.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Write the hosts in one line."""
        tagging = kwargs.get("initial") or NO_TAGGING
        kwargs["initial"] = {**tagging, "hosts": ", ".join(tagging["hosts"])}
        super().__init__(*args, **kwargs)

    def clean_hosts(self) -> list[str]:
        """Read names of hosts; of an address that was pasted the host is meant."""
        words = self.cleaned_data["hosts"].replace(",", " ").lower().split()
        hosts = [word.partition("://")[2] or word for word in words]
        hosts = list(dict.fromkeys(host.partition("/")[0] for host in hosts))
        wrong = [host for host in hosts if not is_host(host)]
        if wrong:
            raise forms.ValidationError(
                f"“{wrong[0]}” is not the name of a site. Write one such as"
                " shop.example.com."
            )
        return hosts


class ScheduleForm(forms.Form):
    """A day and a time of a zone's clock at which a campaign starts."""

    FARTHEST = timedelta(days=366)

    day = forms.DateField(
        label="Day",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": "Choose a day.",
            "invalid": "Write a day such as 2027-01-31.",
        },
    )
    at = forms.TimeField(
        label="Time",
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={
            "required": "Choose a time.",
            "invalid": "Write a time such as 09:00.",
        },
    )

    def __init__(
        self,
        *args: Any,
        zone: ZoneInfo,
        now: datetime,
        starts_at: datetime | None = None,
        **kwargs: Any,
    ) -> None:
        """Begin with the time that was chosen before, else with tomorrow morning."""
        self.zone, self.now = zone, now
        tomorrow = now.astimezone(zone) + timedelta(days=1)
        shown = (
            starts_at.astimezone(zone)
            if starts_at
            else tomorrow.replace(hour=9, minute=0)
        )
        kwargs["initial"] = {"day": shown.date(), "at": shown.time()}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Put day and time together; it must be still to come, within a year."""
        values = dict(super().clean() or {})
        if "day" not in values or "at" not in values:
            return values
        starts_at = instant(values["day"], values["at"], self.zone)
        if starts_at <= self.now:
            raise forms.ValidationError(
                "That time is over. Choose one that is still to come, or start it now."
            )
        if starts_at > self.now + self.FARTHEST:
            raise forms.ValidationError("Choose a time within the next year.")
        return {**values, "starts_at": starts_at}
