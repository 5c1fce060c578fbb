"""Forms about how rewards reach people: coupons, and where credit is booked."""

from django import forms
from django.core.exceptions import ValidationError

from contacts.outgoing.request import (
    NotConnected,
    OutgoingError,
    find_addresses,
    read_target,
)
from referrals.models import CouponPool, RewardWebhook


class PoolForm(forms.ModelForm):
    """A pool of coupons."""

    class Meta:
        model = CouponPool
        fields = ("name", "low_count")
        labels = {"name": "Name", "low_count": "Warn when fewer than this are left"}
        widgets = {"name": forms.TextInput(attrs={"placeholder": "20 dollars off"})}


class CodesForm(forms.Form):
    """A file with codes."""

    file = forms.FileField(
        label="File with codes",
        help_text="CSV or text: the first column, or one code on each line.",
    )


class WebhookForm(forms.ModelForm):
    """Where credit is booked."""

    class Meta:
        model = RewardWebhook
        fields = ("name", "url")
        labels = {"name": "Name", "url": "Address"}
        help_texts = {"url": "Begins with https:// and is on the public internet."}
        widgets = {
            "name": forms.TextInput(attrs={"placeholder": "Our billing"}),
            "url": forms.URLInput(
                attrs={"placeholder": "https://example.com/hooks/credit"}
            ),
        }

    def clean_url(self) -> str:
        """Refuse what nothing can be sent to."""
        url = str(self.cleaned_data["url"]).strip()
        try:
            find_addresses(read_target(url))
        except NotConnected:
            # It may be set up later; the test will tell.
            return url
        except OutgoingError as error:
            raise ValidationError(str(error)) from error
        return url
