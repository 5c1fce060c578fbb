"""Forms with which a person decides about the credit for a friend."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms

from contacts.addresses import normalize_address
from contacts.models import Contact
from referrals.links import find_advocate
from referrals.models import Advocate, Program


def reason_field() -> forms.CharField:
    """Ask why."""
    return forms.CharField(
        label="Why?",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text="Kept for ever, with your name. Like “She wrote that Ana sent her”.",
    )


class AdvocateField(forms.CharField):
    """An advocate, by the code or by the email address."""

    def __init__(self, **kwargs: Any) -> None:
        """Say what may be typed."""
        super().__init__(
            max_length=254,
            widget=forms.TextInput(attrs={"placeholder": "Code or email address"}),
            **kwargs,
        )


def find_named(text: str, program: Program | None) -> Advocate:
    """
    Find the advocate of a program who is meant; of any if none is given.

    :raises ValidationError: if there is none, or more than one
    """
    by_code = find_advocate(text)
    if by_code and (program is None or by_code.program_id == program.pk):
        return by_code
    people = Contact.objects.filter(email=normalize_address(text)) if text else []
    rows = Advocate.objects.filter(contact__in=people).select_related("program")
    found = list(rows.filter(program=program) if program else rows)
    if len(found) == 1:
        return found[0]
    if found:
        raise forms.ValidationError(
            "This person is an advocate of several programs. Type the code instead."
        )
    raise forms.ValidationError(
        "No advocate has this code or address. Look under Referrals, Advocates."
    )


class MoveForm(forms.Form):
    """Another advocate of the program gets the credit."""

    advocate = AdvocateField(label="Who should have it?")
    reason = reason_field()

    def __init__(self, *args: Any, program: Program, **kwargs: Any) -> None:
        """Remember the program."""
        super().__init__(*args, **kwargs)
        self.program = program

    def clean_advocate(self) -> Advocate:
        """Find who is meant."""
        return find_named(self.cleaned_data["advocate"], self.program)


class WithdrawForm(forms.Form):
    """Nobody has the credit any more."""

    reason = reason_field()


class GiveForm(forms.Form):
    """An advocate gets the credit for a friend whom nobody has."""

    advocate = AdvocateField(label="Who should have it?")
    since = forms.DateField(
        label="What counts: from",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="What the friend does from this day on counts for the advocate.",
    )
    reason = reason_field()

    def clean_advocate(self) -> Advocate:
        """Find who is meant."""
        return find_named(self.cleaned_data["advocate"], None)

    def clean_since(self) -> datetime:
        """Take the beginning of the day."""
        return datetime.combine(self.cleaned_data["since"], time.min, tzinfo=UTC)
