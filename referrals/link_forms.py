"""Forms about links: names, places, tags, codes of other tools."""

import csv
import io
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from referrals.links import WORD, DestinationError, check_destination
from referrals.models import LandingPlace, Program
from referrals.naming import IMPORTED_AT_MOST
from referrals.tags import GAPS, TagError, check_tags

FILE_BYTES = 5 * 1024 * 1024
GAPS_SAID = ", ".join(
    f"<code>{{{name}}}</code> ({text})" for name, text in GAPS.items()
)


class LinkSettingsForm(forms.ModelForm):
    """What is added to the shop's address, and what stands below the offer."""

    privacy_url = forms.URLField(
        label="Your privacy notice",
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text="Linked from the page with the offer.",
        widget=forms.URLInput(
            attrs={"placeholder": "https://shop.example.com/privacy"}
        ),
    )

    class Meta:
        model = Program
        fields = ("tag_template", "expires_at", "friend_conditions", "privacy_url")
        labels = {
            "tag_template": "Tags on your shop's address",
            "expires_at": "The offer ends on",
            "friend_conditions": "Conditions of the offer",
        }
        help_texts = {
            "tag_template": f"Gaps that we fill: {GAPS_SAID}. Nothing in it names a person."
            " What your address already says stays as it is.",
            "expires_at": "Friends who come later are told so, and shown the way to you."
            " Blank for an offer without an end.",
            "friend_conditions": "Shown to friends on the page with the offer.",
        }
        widgets = {
            "friend_conditions": forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
            "expires_at": forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            ),
        }

    def clean_tag_template(self) -> str:
        """Accept a query with gaps that we know."""
        try:
            return check_tags(self.cleaned_data["tag_template"])
        except TagError as error:
            raise ValidationError(str(error)) from error


class PlaceForm(forms.ModelForm):
    """A page of the shop that a link may lead to."""

    class Meta:
        model = LandingPlace
        fields = ("name", "word", "destination_url")
        labels = {
            "name": "Name",
            "word": "Word in the link",
            "destination_url": "Address",
        }
        help_texts = {
            "word": "Links to it end in ?p=word. Small letters, figures and hyphens.",
            "destination_url": "On one of your allowed destinations, or a path on this site.",
        }

    def clean_word(self) -> str:
        """Accept a short plain word that the program does not have yet."""
        word = self.cleaned_data["word"].strip().lower()
        if not WORD.fullmatch(word):
            raise ValidationError(
                "Use small letters, figures and hyphens, like espresso."
            )
        taken = LandingPlace.objects.filter(program=self.instance.program, word=word)
        if taken.exclude(pk=self.instance.pk).exists():
            raise ValidationError(f"“{word}” is another place of this program.")
        return word

    def clean_destination_url(self) -> str:
        """Accept what links may lead to."""
        url = self.cleaned_data["destination_url"].strip()
        try:
            check_destination(url)
        except DestinationError as error:
            raise ValidationError(str(error)) from error
        return url


class NameForm(forms.Form):
    """A name for an advocate's link."""

    name = forms.CharField(
        label="Name of the link",
        max_length=60,
        help_text="3 to 50 letters, figures and hyphens. The old names go on working.",
    )
    anyway = forms.BooleanField(
        label="Use it although it looks rude", required=False, widget=forms.HiddenInput
    )


class BringForm(forms.Form):
    """Codes that advocates have from another tool."""

    rows = forms.CharField(
        label="Paste address and code, one pair a line",
        required=False,
        max_length=FILE_BYTES,
        widget=forms.Textarea(
            attrs={"rows": 5, "placeholder": "ada@example.com, ada-20-off"}
        ),
    )
    file = forms.FileField(
        label="or choose a CSV file",
        required=False,
        help_text="The first two columns are the address and the code. At most"
        f" {IMPORTED_AT_MOST:,} lines.",
    )

    def clean(self) -> dict[str, Any]:
        """Read the pairs, skipping a line of headings."""
        cleaned = super().clean() or {}
        text = cleaned.get("rows", "")
        file = cleaned.get("file")
        if file:
            if file.size > FILE_BYTES:
                raise ValidationError("The file is larger than 5 MB. Split it.")
            text = file.read().decode("utf-8-sig", errors="replace")
        pairs = [
            (row[0], row[1])
            for row in csv.reader(io.StringIO(text.replace("\x00", "")))
            if len(row) > 1 and (row[0].strip() or row[1].strip())
        ]
        if pairs and "@" not in pairs[0][0]:
            pairs = pairs[1:]
        if not pairs:
            raise ValidationError("There is no line with an address and a code.")
        if len(pairs) > IMPORTED_AT_MOST:
            raise ValidationError(
                f"These are {len(pairs):,} lines; bring at most {IMPORTED_AT_MOST:,} at a time."
            )
        cleaned["pairs"] = pairs
        return cleaned
