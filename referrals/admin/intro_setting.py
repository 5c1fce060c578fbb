"""Introductions of a program: the switch, the words in each language, and what people see."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.site import register_pages
from referrals.admin.program_tabs import ProgramTabPage
from referrals.intros import offers
from referrals.intros.drafts import DRAFTS
from referrals.intros.fields import (
    FIELDS,
    IN_CALENDARS,
    IN_NOTES,
    ON_PAGES,
    FieldError,
    check,
    fill,
)
from referrals.intros.words import words_for
from referrals.links import DestinationError
from referrals.models import IntroSetting, IntroText, Program
from referrals.texts import NAMES, direction_of

TAB = "admin:referrals_program_intros"
CHANGE = "referrals.change_program"
SAMPLE_LINK = "https://example.com/i/sample"
Context = dict[str, Any]


class SettingForm(forms.ModelForm):
    """What the notes speak of, and where a time is booked."""

    class Meta:
        model = IntroSetting
        fields = ("outcome", "product", "rep", "calendar_url")
        labels = {
            "outcome": "It has helped them …",
            "product": "What you make",
            "rep": "Whom the friend would talk to",
            "calendar_url": "Where a time is booked",
        }
        help_texts = {
            "outcome": "As it stands in a sentence: save half a day a week",
            "rep": "A first name, or your name as friends know it if you leave it blank.",
            "calendar_url": "The page of Cal.com, Calendly or another calendar. Write"
            " {{ intro }} where it keeps a tag, so that the booking is known by it.",
        }
        widgets = {
            "outcome": forms.TextInput(attrs={"placeholder": "save half a day a week"}),
            "calendar_url": forms.TextInput(
                attrs={
                    "placeholder": "https://cal.com/you/intro?utm_source=greenlight"
                    "&utm_content={{ intro }}"
                }
            ),
        }

    def clean_calendar_url(self) -> str:
        """Take an address on an allowed host, with fields that we know."""
        url = self.cleaned_data["calendar_url"].strip()
        if url:
            _check(url, allowed=IN_CALENDARS)
            try:
                offers.check_calendar(url)
            except DestinationError as error:
                raise forms.ValidationError(str(error)) from error
        return url


class TextForm(forms.Form):
    """The words in one language."""

    subject = forms.CharField(
        label="Subject", max_length=150, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    note = forms.CharField(
        label="Note to forward",
        max_length=3_000,
        widget=forms.Textarea(attrs={"rows": 9, "dir": "auto"}),
        help_text="Two sentences are plenty. {{ link }} leads to the friend's page.",
    )
    paragraph = forms.CharField(
        label="What the friend reads",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    opt_in = forms.CharField(
        label="What the friend agrees to",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text="A change makes a new version. It is kept which one somebody agreed to.",
    )

    def clean_subject(self) -> str:
        """Let it mention what is known."""
        return _check(self.cleaned_data["subject"], allowed=ON_PAGES)

    def clean_note(self) -> str:
        """Let it mention what is known, and hold the link and what is earned."""
        note = self.cleaned_data["note"]
        return _check(note, allowed=IN_NOTES, needed=("link", "disclosure"))

    def clean_paragraph(self) -> str:
        """Let it mention what is known."""
        return _check(self.cleaned_data["paragraph"], allowed=ON_PAGES)

    def clean_opt_in(self) -> str:
        """Let it say who may write."""
        text = self.cleaned_data["opt_in"]
        return _check(text, allowed=ON_PAGES, needed=("brand",))


def _check(text: str, **rules: Any) -> str:
    """Look at the fields of a text, in words for the form."""
    try:
        check(text, **rules)
    except FieldError as error:
        raise forms.ValidationError(str(error)) from error
    return text


class IntrosTab(ProgramTabPage):
    """Introductions of one program."""

    title = "Introductions"
    tab = TAB
    template_name = "referrals/program_intros.html"

    def find_row(self) -> None:
        """Fetch the program, how its introductions are set, and the language asked for."""
        super().find_row()
        found = IntroSetting.objects.filter(program=self.program).first()
        self.setting = found or IntroSetting(program=self.program)
        self.setting.program = self.program
        self.texts = offers.current_texts(self.program)
        asked = self.request.GET.get("language", "") or getattr(
            self.program, "locale", "en"
        )
        self.locale = asked if asked in NAMES else "en"

    def get_context_data(self, **kwargs: Any) -> Context:
        """Add both forms, the languages, and what people see."""
        setting_form = kwargs.pop("setting_form", None) or SettingForm(
            instance=self.setting
        )
        text_form = kwargs.pop("text_form", None) or TextForm(
            initial=initial_of(self.texts.get(self.locale), self.locale)
        )
        return super().get_context_data(
            setting=self.setting,
            setting_form=setting_form,
            text_form=text_form,
            text=self.texts.get(self.locale),
            locale=self.locale,
            language=NAMES[self.locale][1],
            languages=[
                (key, names[1], key in self.texts, key == self.locale)
                for key, names in NAMES.items()
            ],
            fields=FIELDS.items(),
            may_save=self.user.has_perm(CHANGE),
            **preview_context(
                self.request, self.setting, values_of(text_form), self.locale
            ),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Save what it speaks of or the words of a language, or switch it on or off."""
        if not self.user.has_perm(CHANGE):
            raise PermissionDenied
        acts = {"setting": self.save_setting, "text": self.save_text}
        act = acts.get(request.POST.get("do", ""), self.switch)
        return act()

    def save_setting(self) -> HttpResponseBase:
        """Save what the notes speak of."""
        form = SettingForm(self.request.POST, instance=self.setting)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(setting_form=form))
        form.save()
        return self.done("Saved.")

    def save_text(self) -> HttpResponseBase:
        """Save the words, as a new version."""
        form = TextForm(self.request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(text_form=form))
        text = offers.save_text(
            program=self.program,
            locale=self.locale,
            values=form.cleaned_data,
            user=self.user,
            now=timezone.now(),
        )
        language = NAMES[self.locale][1]
        return self.done(f"The words in {language} are saved, version {text.version}.")

    def switch(self) -> HttpResponseBase:
        """Offer introductions, or none any more."""
        if self.setting.started_at:
            offers.stop(setting=self.setting)
            return self.done("No more introductions. Links that are out say so kindly.")
        if not (self.setting.outcome and self.setting.product):
            messages.error(
                self.request,
                "Say first what you make and what it helps with, and save.",
            )
            return HttpResponseRedirect(self.address())
        offers.start(setting=self.setting, user=self.user, now=timezone.now())
        return self.done("Advocates may now introduce you.")

    def done(self, sentence: str) -> HttpResponseBase:
        """Say what was done, on the page as it is now."""
        messages.success(self.request, sentence)
        return HttpResponseRedirect(self.address())

    def address(self) -> str:
        """Write the address of this page in this language."""
        return f"{reverse(TAB, args=[self.program.pk])}?language={self.locale}"


class IntrosPreview(IntrosTab):
    """What people would see of words that are not saved; it writes nothing."""

    results_only = True
    results_template_name = "referrals/_intros_preview.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Draw the note and the page from what the forms hold now."""
        setting = self.setting
        for name in SettingForm.Meta.fields:
            if name in request.POST:
                setattr(setting, name, request.POST[name][:500])
        words = {**initial_of(self.texts.get(self.locale), self.locale)}
        words |= {
            name: request.POST[name][:3_000]
            for name in offers.TEXTS
            if name in request.POST
        }
        context = preview_context(request, setting, words, self.locale)
        return self.render_to_response({**context})


def initial_of(text: IntroText | None, locale: str) -> dict[str, str]:
    """Begin with the words that are saved, or with ours."""
    begun = text or DRAFTS.get(locale, DRAFTS["en"])
    return {name: getattr(begun, name) for name in offers.TEXTS}


def values_of(form: forms.Form) -> dict[str, str]:
    """Read what a form holds now, right or wrong."""
    return {name: str(form[name].value() or "") for name in offers.TEXTS}


def preview_context(
    request: HttpRequest, setting: IntroSetting, words: dict[str, str], locale: str
) -> Context:
    """Draw the note with an advocate named Ada, and the friend's page."""
    program: Program = setting.program
    values = offers.values_for(setting)
    values["outcome"] = values["outcome"] or "…"
    values["product"] = values["product"] or "…"
    own = {**values, "advocate": "Ada", "link": SAMPLE_LINK}
    texts = words_for(locale)
    page = {
        "token": "sample",
        "state": "open",
        "language": locale,
        "text_language": locale,
        "direction": direction_of(locale),
        "texts": texts.words,
        "program": program,
        "public_name": program.brand,
        "headline": texts.say("by_name", name="Ada"),
        "paragraph": fill(words["paragraph"], values),
        "opt_in": fill(words["opt_in"], values),
        "disclosure": program.disclosure,
        "privacy": texts.say("privacy", brand=program.brand),
        "calendar": "#" if setting.calendar_url else "",
        "given": {},
    }
    return {
        "sample_subject": fill(words["subject"], own),
        "sample_note": fill(words["note"], own),
        "sample_language": locale,
        "friend_page": render_to_string("referrals/intro.html", page, request),
    }


register_pages(
    [
        path(
            "referrals/program/<int:pk>/intros/",
            IntrosTab.as_view(),
            name="referrals_program_intros",
        ),
        path(
            "referrals/program/<int:pk>/intros/preview/",
            IntrosPreview.as_view(),
            name="referrals_program_intros_preview",
        ),
    ]
)
