"""The part of an ask's form that is about a short text which another system delivers."""

from typing import Any

from django import forms

from campaigns.emails.locales import locale_name
from campaigns.flows.ladder import BY_ANOTHER, SMS
from campaigns.models import Connection
from campaigns.step_forms.base import AttributeField

# What the rung begins with when it is switched on.
TEXT: dict[str, Any] = {
    "hours": 48,
    "channel": SMS,
    "connection": None,
    "address": "phone",
    "variants": {},
}
NO_HOURS = {"invalid": "Write a whole number of hours, such as 24."}


class TextRungForm(forms.Form):
    """Who delivers it, when, and its words in each language."""

    text_on = forms.BooleanField(
        label="By text message, push or another channel", required=False
    )
    text_connection = forms.ModelChoiceField(
        queryset=Connection.objects.none(),
        label="Who delivers it",
        required=False,
        empty_label="Choose a connection",
        help_text="A connection for text messages, push notifications or another channel,"
        " made under Settings, Connections. Only to people who agreed to it.",
        error_messages={
            "invalid_choice": "This connection is gone. Choose another one."
        },
    )
    text_hours = forms.IntegerField(
        label="How many hours after the way before",
        required=False,
        min_value=1,
        max_value=2_160,
        error_messages=NO_HOURS,
    )
    text_address = AttributeField(
        label="Attribute with the phone number",
        required=False,
        help_text="For text messages; who has no number is asked the next way.",
    )

    def add_words(self, locales: list[str]) -> list[str]:
        """Add a field for each language, and list the connections; gives the fields' names."""
        chosen: Any = self.fields["text_connection"]
        own = Connection.objects.filter(purpose__in=BY_ANOTHER)
        chosen.queryset = own.order_by("name", "pk")
        several = len(locales) > 1
        for locale in locales:
            words = f" ({locale_name(locale) or locale})" if several else ""
            self.fields[f"text_text_{locale}"] = forms.CharField(
                label=f"Words{words}",
                required=False,
                max_length=1_000,
                widget=forms.Textarea(attrs={"rows": 3, "data-text-length": ""}),
                help_text="An ask needs {{ ask.url }}, where the person answers;"
                " {{ links.unsubscribe }} lets people end such messages.",
            )
        return [f"text_text_{locale}" for locale in locales]

    def text_fields(self) -> list[forms.BoundField]:
        """List the fields of the short text."""
        words = [name for name in self.fields if name.startswith("text_text_")]
        names = ("text_connection", *words, "text_hours", "text_address")
        return [self[name] for name in names]

    def passed_on(self, locales: list[str]) -> dict[str, Any]:
        """Give what is delivered by another system; the channel is that of the connection."""
        got = self.cleaned_data
        connection = got["text_connection"]
        return {
            "hours": got["text_hours"] or TEXT["hours"],
            "channel": connection.purpose if connection else SMS,
            "connection": connection.pk if connection else None,
            "address": got["text_address"].strip(),
            "variants": {
                locale: {"text": got[f"text_text_{locale}"]}
                for locale in locales
                if got[f"text_text_{locale}"] or locale == locales[0]
            },
        }


def text_initial(step: dict[str, Any]) -> dict[str, Any]:
    """Spread what is nested over the fields."""
    way = step["passed_on"] or TEXT
    values = {
        "text_on": step["passed_on"] is not None,
        "text_connection": way["connection"],
        "text_hours": way["hours"],
        "text_address": way["address"],
    }
    for locale, words in way["variants"].items():
        values[f"text_text_{locale}"] = words["text"]
    return values
