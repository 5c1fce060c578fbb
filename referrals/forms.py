"""Forms about programs, destinations and keys."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from referrals.links import DestinationError, check_destination, host_of
from referrals.models import AllowedHost, Program

LONG_TEXTS = {
    "offer_text": 3,
    "friend_text": 3,
    "share_text": 3,
    "share_email_text": 4,
    "share_whatsapp_text": 2,
    "share_linkedin_text": 2,
}


class ProgramForm(forms.ModelForm):
    """What is offered, to whom, in which words, and where friends arrive."""

    class Meta:
        model = Program
        fields = (
            "name",
            "brand",
            "offer_headline",
            "offer_text",
            "friend_headline",
            "friend_text",
            "friend_button",
            "disclosure",
            "share_text",
            "share_email_subject",
            "share_email_text",
            "share_whatsapp_text",
            "share_x_text",
            "share_linkedin_text",
            "share_sms_text",
            "destination_url",
            "landing",
            "window_days",
            "snooze_days",
        )
        labels = {
            "name": "Name of the program",
            "brand": "Your name, as friends know it",
            "offer_headline": "Headline",
            "offer_text": "Text",
            "friend_headline": "Headline",
            "friend_text": "Text",
            "friend_button": "Button",
            "disclosure": "What the advocate gets, in a sentence",
            "share_text": "Message to share",
            "share_email_subject": "Email: subject",
            "share_email_text": "Email: message",
            "share_whatsapp_text": "WhatsApp: message",
            "share_x_text": "X: post",
            "share_linkedin_text": "LinkedIn: text to paste",
            "share_sms_text": "Text message",
            "destination_url": "Address",
            "landing": "What friends see first",
            "window_days": "Days between the visit and the sign-up",
            "snooze_days": "Days that “Not now” lasts",
        }
        help_texts = {
            "name": "Only your team sees it.",
            "brand": "Stands on top of the public pages.",
            "offer_headline": "The offer in one line, like “Give $20, get $20”.",
            "friend_button": "Blank for “Go to the offer” in the friend's language.",
            "disclosure": "Like “I get $20 too.” It stands next to every link that is"
            " shared, because the law wants it said.",
            "share_text": "The link and the sentence about what the advocate gets"
            " follow by themselves.",
            "destination_url": "An address on one of your allowed destinations, or a"
            " path like /welcome/ on this site.",
            "window_days": "A friend who signs up later is nobody's referral.",
            "snooze_days": "60 to 90. People may pick another length themselves.",
        }
        widgets = {
            name: forms.Textarea(attrs={"rows": rows})
            for name, rows in LONG_TEXTS.items()
        } | {"landing": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let each text run in the direction of its own script."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("dir", "auto")

    def clean_destination_url(self) -> str:
        """Accept what links may lead to."""
        url = self.cleaned_data["destination_url"].strip()
        try:
            check_destination(url)
        except DestinationError as error:
            raise ValidationError(str(error)) from error
        return url


class AllowedHostForm(forms.ModelForm):
    """A host, typed or pasted as part of an address."""

    host = forms.CharField(
        max_length=2000,
        help_text="Like shop.example.com. Each subdomain is a host of its own. You may"
        " also paste a whole address.",
        widget=forms.TextInput(attrs={"placeholder": "shop.example.com"}),
    )

    class Meta:
        model = AllowedHost
        fields = ("host",)

    def clean_host(self) -> str:
        """Cut an address to its host."""
        text = self.cleaned_data["host"].strip()
        try:
            return host_of(text if "://" in text else f"https://{text}")
        except DestinationError as error:
            raise ValidationError(
                f"{error} A host looks like shop.example.com."
            ) from error


class KeyForm(forms.Form):
    """The name of a new key."""

    name = forms.CharField(
        label="What is it for?",
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": "Shop, production"}),
    )
