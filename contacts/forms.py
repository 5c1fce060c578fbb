"""Forms about people, lists and suppressions; they turn text into values and save nothing."""

import json
import re
from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from contacts.addresses import normalize_destination, normalize_number
from contacts.models import ContactList, Source, Suppression

PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,10})?")
LINES = re.compile(r"[\r\n\t,;]+")
SEPARATORS = re.compile(r"[\s,;]+")
MOST_ADDRESSES = 20_000


def time_zone_choices() -> list[tuple[str, str]]:
    """List the time zones, by continent and city."""
    names = sorted(name for name in available_timezones() if "/" in name)
    names = [name for name in names if not name.startswith(("Etc/", "posix", "right"))]
    return [("", "Not known"), ("UTC", "UTC"), *((name, name) for name in names)]


class ContactForm(forms.Form):
    """Who a contact is."""

    email = forms.EmailField(max_length=254, required=False)
    user_id = forms.CharField(
        label="User ID",
        max_length=254,
        required=False,
        help_text="The number or name under which your own systems know the person.",
    )
    first_name = forms.CharField(max_length=200, required=False)
    last_name = forms.CharField(max_length=200, required=False)
    locale = forms.CharField(
        label="Language",
        max_length=35,
        required=False,
        help_text="Like en, de-AT or pt-BR.",
    )
    time_zone = forms.ChoiceField(choices=time_zone_choices, required=False)

    def clean_locale(self) -> str:
        """Accept what names a language, with a region if any, in its usual spelling."""
        text = self.cleaned_data["locale"].strip().replace("_", "-")
        if not text:
            return ""
        try:
            return str(Locale.parse(text, sep="-")).replace("_", "-")
        except (UnknownLocaleError, ValueError, TypeError):
            raise ValidationError(
                f"“{text}” is no language we know. Write it like en, de-AT or pt-BR."
            ) from None

    def clean(self) -> dict[str, Any]:
        """Want something that names the person."""
        values = super().clean() or self.cleaned_data
        if not self.errors and not values["email"] and not values["user_id"]:
            raise ValidationError("Give an email address or a user ID.")
        return values


class NewContactForm(ContactForm):
    """A contact who is added by hand, onto a list if wanted."""

    contact_list = forms.ModelChoiceField(
        ContactList.objects.filter(kind=ContactList.Kind.CHOSEN).order_by("name", "pk"),
        label="Put on a list",
        required=False,
        empty_label="No list",
    )
    permission = forms.BooleanField(
        label="This person allowed us to send marketing emails",
        required=False,
    )
    statement = forms.CharField(
        label="How and when",
        required=False,
        max_length=500,
        help_text="Kept with the permission, so that you can prove it later.",
    )

    def clean(self) -> dict[str, Any]:
        """Want to know how a permission was given."""
        values = super().clean()
        if values.get("permission") and not values.get("statement", "").strip():
            self.add_error(
                "statement", "Say how and when, like “Asked at the fair on 3 March”."
            )
        return values


class AttributeForm(forms.Form):
    """One attribute as a name and the text of its value."""

    name = forms.CharField(max_length=120, required=False)
    value = forms.CharField(max_length=5000, required=False)

    def clean_name(self) -> str:
        """Trim the name."""
        return self.cleaned_data["name"].strip()

    def clean(self) -> dict[str, Any]:
        """Want a name for each value."""
        values = super().clean() or self.cleaned_data
        if values.get("value", "").strip() and not values.get("name"):
            self.add_error("name", "Name this value, or clear it.")
        return values


AttributeFormSet = forms.formset_factory(AttributeForm, extra=3, max_num=300)


def attribute_text(value: Any) -> str:
    """Write an attribute so that ``attribute_value`` reads the same back."""
    if isinstance(value, str):
        return value if attribute_value(value) == value else json.dumps(value)
    return json.dumps(value, ensure_ascii=False)


def attribute_value(text: str) -> Any:
    """
    Read what was typed: numbers, true, false, lists, and text in quotes or without.

    "0049…" and the like stay text, because a number would lose the zeros.
    """
    text = text.strip()
    if PLAIN_NUMBER.fullmatch(text) or text in {"true", "false"}:
        return json.loads(text)
    if text[:1] in {"[", "{", '"'}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


class ListForm(forms.ModelForm):
    """A list's name and what it is for."""

    class Meta:
        model = ContactList
        fields = ["name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}

    def clean_name(self) -> str:
        """Refuse a name that another list has, whatever its case."""
        name = self.cleaned_data["name"].strip()
        others = ContactList.objects.exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise ValidationError(
                f"There is a list “{name}” already. Choose another name."
            )
        return name


class SuppressForm(forms.Form):
    """Addresses and phone numbers to silence: one, or a pasted list."""

    addresses = forms.CharField(
        widget=forms.Textarea(
            attrs={"rows": 8, "placeholder": "ada@example.com\n+49 170 1234567"}
        ),
        help_text="One or many, on lines of their own or with commas between. Phone numbers with"
        " the code of their country: text messages to them stop.",
    )
    reason = forms.ChoiceField(
        choices=Suppression.Reason.choices, initial=Suppression.Reason.MANUAL
    )
    details = forms.CharField(
        label="Note",
        required=False,
        max_length=500,
        help_text="Where this comes from, for whoever reads it in a year.",
    )

    def clean_addresses(self) -> list[str]:
        """Take the text apart; every part has to be an address or a number."""
        parts = parts_of(self.cleaned_data["addresses"])
        addresses = sorted({normalize_destination(part) for part in parts} - {""})
        if len(addresses) > MOST_ADDRESSES:
            raise ValidationError(
                f"These are {len(addresses):,} addresses. Paste at most"
                f" {MOST_ADDRESSES:,} at a time."
            )
        wrong = [
            address
            for address in addresses
            if not normalize_number(address) and not is_address(address)
        ]
        if wrong:
            shown = ", ".join(f"“{address[:60]}”" for address in wrong[:5])
            rest = f" and {len(wrong) - 5:,} more" if len(wrong) > 5 else ""
            raise ValidationError(
                f"Neither an email address nor a phone number: {shown}{rest}. Correct or remove it;"
                " nothing has been suppressed yet."
            )
        return addresses


def parts_of(text: str) -> list[str]:
    """Take pasted addresses apart; blanks part them, but not the digits of a phone number."""
    return [
        part
        for whole in LINES.split(text)
        for part in ([whole] if normalize_number(whole) else SEPARATORS.split(whole))
    ]


def is_address(text: str) -> bool:
    """Whether the text is an email address that fits the table."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254


class ReasonForm(forms.Form):
    """Why something is done that should be explained."""

    reason = forms.CharField(
        max_length=500,
        error_messages={"required": "Say why; the next person will ask."},
    )


class SourceForm(forms.Form):
    """What sends, and what it is called."""

    kind = forms.ChoiceField(
        choices=[choice for choice in Source.Kind.choices if choice[0] != "file"],
        error_messages={"required": "Choose what sends."},
    )
    name = forms.CharField(
        max_length=120,
        help_text="As your team calls it, like “Shop” or “Android app”.",
    )

    def clean_name(self) -> str:
        """Refuse a name that another source has, whatever its case."""
        name = self.cleaned_data["name"].strip()
        if Source.objects.filter(name__iexact=name).exists():
            raise ValidationError(
                f"There is a source “{name}” already. Choose another name."
            )
        return name


class RotateForm(forms.Form):
    """For how long the keys before the new one go on working."""

    overlap = forms.TypedChoiceField(
        label="The key in use goes on working for",
        choices=[("1", "1 hour"), ("24", "24 hours"), ("168", "7 days")],
        coerce=lambda hours: timedelta(hours=int(hours)),
        initial="24",
    )
