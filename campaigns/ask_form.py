"""The form of an email step: whether it asks, and by which ways, one after the other."""

from typing import Any

from django import forms

from campaigns.emails import liquid
from campaigns.emails.locales import locale_name
from campaigns.flows.ladder import ELSEWHERE, EMAIL, LADDER, message_text_of
from campaigns.forms import EmailStepForm
from campaigns.step_forms.owners import ANYONE, choice_of, owner_choices, rule_of
from campaigns.step_forms.text_rung import NO_HOURS, TextRungForm, text_initial

TEXT = "text"
# What a rung begins with when it is switched on.
IN_APP: dict[str, Any] = {"hours": 24, "variants": {}}
TASK: dict[str, Any] = {
    "hours": 72,
    "channel": "dm",
    "title": "Ask {{ contact.name }} for a referral",
    "text": "",
    "owner": {"rule": ANYONE},
    "due_days": 2,
}


class AskStepForm(TextRungForm, EmailStepForm):
    """A message by mail or text; or an ask, with what comes before the mail and behind it."""

    panel = "campaigns/_ask_fields.html"
    needed: tuple[str, ...] = (
        "in_app_hours",
        "text_connection",
        "text_hours",
        "text_address",
        "task_hours",
        "task_title",
        "task_text",
        "task_attribute",
        "task_due_days",
    )

    message_by = forms.ChoiceField(
        label="How it is sent",
        required=False,
        choices=(
            (EMAIL, "By email"),
            (TEXT, "By text message, push or another channel"),
        ),
    )
    sender = forms.ChoiceField(
        label="Who sends it",
        required=False,
        choices=(
            ("us", "Greenlight"),
            (ELSEWHERE, "Another tool: we make the links and send nothing"),
        ),
    )
    in_app_on = forms.BooleanField(label="In the product", required=False)
    in_app_hours = forms.IntegerField(
        label="For how many hours",
        required=False,
        min_value=1,
        max_value=720,
        error_messages=NO_HOURS,
        help_text="Who has not seen it by then is asked the next way.",
    )
    by_email = forms.BooleanField(label="By email", required=False)
    task_on = forms.BooleanField(label="In person", required=False)
    task_hours = forms.IntegerField(
        label="How many hours after the way before",
        required=False,
        min_value=1,
        max_value=2_160,
        error_messages=NO_HOURS,
    )
    task_channel = forms.ChoiceField(
        label="What a colleague does",
        required=False,
        choices=(("dm", "Writes a personal message"), ("call", "Calls")),
        help_text="Only to people who agreed to it.",
    )
    task_title = forms.CharField(label="Task", required=False, max_length=200)
    task_text = forms.CharField(
        label="Words to copy",
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="May mention the person, as in a mail: {{ contact.first_name }},"
        " {{ ask.url }}.",
    )
    task_owner = forms.ChoiceField(label="Who does it", required=False)
    task_attribute = forms.CharField(
        label="The attribute",
        required=False,
        max_length=120,
        help_text="Holds a user’s name or address, such as account_owner.",
    )
    task_due_days = forms.IntegerField(
        label="Due within how many days", required=False, min_value=0, max_value=90
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Spread the step over the fields, with words for each language of the mail."""
        step = {**LADDER, **(kwargs.get("initial") or {})}
        self.step = step
        kwargs["initial"] = {**step, **_initial(step)}
        super().__init__(*args, **kwargs)
        owner = self.fields["task_owner"]
        assert isinstance(owner, forms.ChoiceField)  # noqa: S101 - declared above
        owner.choices = list(owner_choices())
        self.needed += tuple(self.add_words(self.locales))
        several = len(self.locales) > 1
        for locale in self.locales:
            words = f" ({locale_name(locale) or locale})" if several else ""
            self.needed += (f"in_app_title_{locale}",)
            self.fields[f"in_app_title_{locale}"] = forms.CharField(
                label=f"Title{words}", required=False, max_length=80
            )
            self.fields[f"in_app_text_{locale}"] = forms.CharField(
                label=f"Text{words}",
                required=False,
                max_length=280,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    @property
    def locales(self) -> list[str]:
        """List the languages that the mail is written in, or the words in the product."""
        content, in_app = self.step["content"], self.step["in_app"] or {}
        main = content.get("default_locale") or "en"
        passed_on = self.step["passed_on"] or {}
        written = (content, in_app, passed_on)
        others = {tag for one in written for tag in one.get("variants", {})} - {main}
        return [main, *sorted(others)]

    def in_app_fields(self) -> list[forms.BoundField]:
        """List the fields of what is shown in the product."""
        parts = [
            (part, locale) for locale in self.locales for part in ("title", "text")
        ]
        return [
            *(self[f"in_app_{part}_{locale}"] for part, locale in parts),
            self["in_app_hours"],
        ]

    def task_fields(self) -> list[forms.BoundField]:
        """List the fields of what is done in person."""
        names = ("channel", "title", "text", "hours", "owner", "attribute", "due_days")
        return [self[f"task_{name}"] for name in names]

    def clean(self) -> dict[str, Any]:
        """Refuse words that can't be rendered."""
        values = self.cleaned_data
        for name, words in list(values.items()):
            if name.startswith(("in_app_t", "text_text", "task_t")) and words:
                try:
                    liquid.parse(words, is_html=False)
                except liquid.TemplateError as error:
                    self.add_error(name, f"This can't be read: {error}.")
        return values

    def values(self) -> dict[str, Any]:
        """Give the values for the step; a rung that is off keeps no words."""
        got = self.cleaned_data
        by_text = got["text_on"] if got["ask"] else got["message_by"] == TEXT
        return {
            "name": got["name"],
            "ask": got["ask"],
            "service": got["service"] and not got["ask"] and not by_text,
            "if_held": got["if_held"],
            "freshness_hours": got["freshness_hours"],
            "fresh_from": got["fresh_from"],
            "sender": got["sender"] or "us",
            "by_email": got["by_email"] if got["ask"] else not by_text,
            "in_app": self._in_app() if got["in_app_on"] and got["ask"] else None,
            "passed_on": self.passed_on(self.locales) if by_text else None,
            "task": self._task() if got["task_on"] and got["ask"] else None,
        }

    def _in_app(self) -> dict[str, Any]:
        """Give what is shown in the product."""
        got = self.cleaned_data
        return {
            "hours": got["in_app_hours"] or IN_APP["hours"],
            "variants": {
                locale: {
                    part: got[f"in_app_{part}_{locale}"] for part in ("title", "text")
                }
                for locale in self.locales
                if got[f"in_app_title_{locale}"] or locale == self.locales[0]
            },
        }

    def _task(self) -> dict[str, Any]:
        """Give what is done in person."""
        got = self.cleaned_data
        due_days = got["task_due_days"]
        return {
            "hours": got["task_hours"] or TASK["hours"],
            "channel": got["task_channel"] or TASK["channel"],
            "title": got["task_title"] or TASK["title"],
            "text": got["task_text"],
            "owner": rule_of(got["task_owner"], got["task_attribute"]),
            "due_days": TASK["due_days"] if due_days is None else due_days,
        }


def _initial(step: dict[str, Any]) -> dict[str, Any]:
    """Spread what is nested over the fields."""
    in_app, task = step["in_app"] or IN_APP, step["task"] or TASK
    owner = task["owner"]
    values = {
        **text_initial(step),
        "message_by": TEXT if message_text_of(step) else EMAIL,
        "in_app_on": step["in_app"] is not None,
        "in_app_hours": in_app["hours"],
        "task_on": step["task"] is not None,
        "task_owner": choice_of(owner),
        "task_attribute": owner.get("attribute", ""),
    }
    for name in ("hours", "channel", "title", "text", "due_days"):
        values[f"task_{name}"] = task[name]
    for locale, words in in_app["variants"].items():
        for part in ("title", "text"):
            values[f"in_app_{part}_{locale}"] = words[part]
    return values
