"""Forms about how a program looks, and what it says in further languages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from referrals.forms import LONG_TEXTS, ProgramForm
from referrals.logos import Drawing, LogoRefused, read_logo
from referrals.models import Program, ProgramTranslation
from referrals.texts import chain_of, parse_locale
from referrals.wording import (
    CHANNEL_FIELDS,
    EDITABLE,
    EDITABLE_WORDS,
    FIELDS,
    FRIEND_FIELDS,
    OFFER_FIELDS,
    SHARE_FIELDS,
)

WORD = "word_"
MOST_LETTERS = 200
# What stands on the form, in its parts.
PARTS = (
    ("For advocates", OFFER_FIELDS),
    ("For friends", FRIEND_FIELDS),
    ("Sharing", SHARE_FIELDS),
    ("Other words for a channel", CHANNEL_FIELDS),
)


class LookForm(forms.ModelForm):
    """The color, the scheme, the logo, and the language that the program is written in."""

    logo = forms.FileField(
        required=False,
        label="Logo",
        help_text="PNG, JPEG or WebP, up to 2 MB. It is shown at most 60 pixels high.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    remove_logo = forms.BooleanField(required=False, label="Show the name, no logo")
    drawing: Drawing | None = None

    class Meta:
        model = Program
        fields = ("accent", "scheme", "locale")
        labels = {
            "accent": "Color of the buttons",
            "scheme": "Light or dark",
            "locale": "Language of the program's own texts",
        }
        help_texts = {
            "locale": "A tag like en, pt or de-AT. Who reads no other language that you"
            " have written reads this one.",
        }
        widgets = {
            "accent": forms.TextInput(attrs={"type": "color"}),
            "scheme": forms.RadioSelect,
        }

    def clean_accent(self) -> str:
        """Write the color in one way."""
        return str(self.cleaned_data["accent"]).lower()

    def clean_locale(self) -> str:
        """Accept what is a language."""
        return clean_tag(self.cleaned_data["locale"])

    def clean_logo(self) -> Any:
        """Draw the picture anew."""
        upload = self.cleaned_data["logo"]
        if upload:
            try:
                self.drawing = read_logo(upload)
            except LogoRefused as error:
                raise ValidationError(str(error)) from error
        return upload


def clean_tag(text: str) -> str:
    """
    Write the tag of a language in one way: pt_br becomes pt-BR.

    :raises ValidationError: if it is none
    """
    if parse_locale(text) is None:
        raise ValidationError(
            "There is no such language. A tag looks like de or pt-BR."
        )
    return chain_of(text)[0]


class LocaleForm(forms.Form):
    """The tag of one more language."""

    locale = forms.CharField(
        label="Add a language",
        max_length=35,
        widget=forms.TextInput(
            attrs={"placeholder": "pt-BR", "list": "languages", "autocomplete": "off"}
        ),
    )

    def clean_locale(self) -> str:
        """Accept what is a language."""
        return clean_tag(self.cleaned_data["locale"])


class TranslationForm(forms.Form):
    """
    What a program says in one locale; blank means what the wider language says.

    In the program's own locale, only the sentences of our pages; the rest is the offer.
    """

    def __init__(
        self, translation: ProgramTranslation, *args: Any, **kwargs: Any
    ) -> None:
        """Offer a field for each text, filled with what is written."""
        initial = translation.texts | {
            f"{WORD}{name}": text for name, text in translation.words.items()
        }
        super().__init__(*args, **{**kwargs, "initial": initial})
        self.translation = translation
        program = translation.program
        self.is_own = translation.locale == program.locale
        if not self.is_own:
            for name in FIELDS:
                self.fields[name] = text_field(name, str(getattr(program, name)))
        language = translation.locale.partition("-")[0]
        ours = EDITABLE_WORDS.get(language) or EDITABLE_WORDS.get("en", {})
        for name, label in EDITABLE.items():
            self.fields[f"{WORD}{name}"] = forms.CharField(
                label=label,
                required=False,
                max_length=MOST_LETTERS,
                widget=forms.TextInput(
                    attrs={"placeholder": ours[name], "dir": "auto"}
                ),
            )

    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """List the fields in their parts."""
        parts = [] if self.is_own else list(PARTS)
        words = tuple(f"{WORD}{name}" for name in EDITABLE)
        if words:
            parts.append(("When somebody is asked", words))
        return [(title, [self[name] for name in names]) for title, names in parts]

    def clean(self) -> dict[str, Any]:
        """Insist on the disclosure: it stands next to every link, in every language."""
        cleaned = super().clean() or {}
        texts = {name: cleaned.get(name, "") for name in FIELDS}
        if any(texts.values()) and not texts["disclosure"]:
            self.add_error(
                "disclosure",
                "Say what the advocate gets in this language, too: the law wants it next"
                " to the link.",
            )
        return cleaned

    def fill(self) -> ProgramTranslation:
        """Put what was written into the translation, without saving it."""
        cleaned = self.cleaned_data
        texts = {name: cleaned.get(name, "") for name in FIELDS}
        words = {name: cleaned.get(f"{WORD}{name}", "") for name in EDITABLE}
        self.translation.texts = {name: text for name, text in texts.items() if text}
        self.translation.words = {name: text for name, text in words.items() if text}
        return self.translation


def text_field(name: str, original: str) -> forms.CharField:
    """Make the field for a text of the program, with the original below."""
    column: models.Field[Any, Any] = getattr(Program, name).field
    is_long = isinstance(column, models.TextField)
    attrs: dict[str, Any] = {"dir": "auto"}
    if is_long:
        attrs["rows"] = LONG_TEXTS.get(name, 3)
    labels: dict[str, Any] = {
        "friend_conditions": "Conditions"
    } | ProgramForm.Meta.labels
    return forms.CharField(
        label=labels.get(name, str(column.verbose_name).capitalize()),
        required=False,
        max_length=None if is_long else column.max_length,
        help_text=original,
        widget=forms.Textarea(attrs=attrs) if is_long else forms.TextInput(attrs=attrs),
    )
