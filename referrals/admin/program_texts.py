"""How a program looks, and what it says in further languages."""

from dataclasses import dataclass
from typing import Any

from babel import Locale
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from referrals import theme
from referrals.admin.program_tabs import ProgramTabPage
from referrals.logos import set_logo
from referrals.look_forms import LocaleForm, LookForm, TranslationForm
from referrals.models import Program, ProgramTranslation
from referrals.texts import NAMES, chain_of, parse_locale
from referrals.wording import FIELDS, coverage_of, save_translation

TEXTS = "admin:referrals_program_texts"
CHANGE = "referrals.change_program"
# The rest of the languages stands in the count.
SHOWN = 12


def language_name(tag: str) -> str:
    """Name a language for marketers."""
    found = parse_locale(tag)
    return (found.get_display_name(Locale("en")) if found else "") or tag


@dataclass(frozen=True)
class Swatch:
    """A button and a link in the program's color, on light or dark ground."""

    scheme: str
    colors: dict[str, str]
    contrast: float

    @property
    def on_accent(self) -> str:
        """The color of the letters on the button."""
        return self.colors["on-accent"]

    @property
    def link(self) -> str:
        """The color of links."""
        return self.colors["accent-text"]

    @property
    def ink(self) -> str:
        """Name the color of the letters on the button."""
        return "white" if self.colors["on-accent"] == theme.WHITE else "black"

    @property
    def shifts_links(self) -> bool:
        """Whether links need another shade to be read."""
        return self.colors["accent-text"] != self.colors["accent"]


def swatches_of(accent: str, scheme: str) -> list[Swatch]:
    """Show the color as people will see it."""
    schemes = (theme.LIGHT, theme.DARK) if scheme == theme.AUTO else (scheme,)
    found = []
    for name in schemes:
        colors = theme.palette(accent, name)
        ratio = theme.contrast(colors["on-accent"], accent)
        found.append(Swatch(name, colors, ratio))
    return found


class TextsPage(ProgramTabPage):
    """The look of a program, its languages, and whom they leave out."""

    tab = TEXTS
    title = "Texts and look"
    template_name = "referrals/program_texts.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add both forms, the languages, and how many people read which."""
        kwargs.setdefault("form", LookForm(instance=self.program))
        kwargs.setdefault("locale_form", LocaleForm())
        coverage = coverage_of(self.program)
        missing = [row for row in coverage if not row.is_spoken]
        written = self.program.translations.order_by("locale")
        saved = Program.objects.get(pk=self.program.pk)
        return super().get_context_data(
            may_change=self.user.has_perm(CHANGE),
            swatches=swatches_of(saved.accent, saved.scheme),
            own_language=language_name(self.program.locale),
            own_people=sum(
                row.people for row in coverage if row.read == self.program.locale
            ),
            languages=[
                {
                    "row": row,
                    "name": language_name(row.locale),
                    "texts": sum(1 for name in FIELDS if row.texts.get(name)),
                    "words": len(row.words),
                    "people": sum(
                        one.people for one in coverage if one.read == row.locale
                    ),
                }
                for row in written
                if row.locale != self.program.locale
            ],
            text_count=len(FIELDS),
            missing=[
                (row.locale, language_name(row.locale), row.people)
                for row in missing[:SHOWN]
            ],
            missing_people=sum(row.people for row in missing),
            missing_languages=len({row.locale.split("-")[0] for row in missing}),
            known_languages=[(tag, names[1]) for tag, names in NAMES.items()],
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Save the look, or open the page of one more language."""
        if not self.user.has_perm(CHANGE):
            raise PermissionDenied
        if "add" in request.POST:
            return self.add_language(request)
        form = LookForm(request.POST, request.FILES, instance=self.program)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        form.save()
        drawing = form.drawing
        if drawing or form.cleaned_data["remove_logo"]:
            set_logo(
                program=self.program,
                drawing=drawing,
                user=self.user,
                now=timezone.now(),
            )
        messages.success(request, "The look is saved.")
        return HttpResponseRedirect(request.path)

    def add_language(self, request: HttpRequest) -> HttpResponseBase:
        """Lead to the page of a language, which is kept once something is written."""
        form = LocaleForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(locale_form=form))
        link = reverse(
            "admin:referrals_program_translation",
            args=[self.program.pk, form.cleaned_data["locale"]],
        )
        return HttpResponseRedirect(link)


class TranslationPage(ProgramTabPage):
    """What a program says in one language."""

    tab = TEXTS
    title = "Language"
    template_name = "referrals/program_translation.html"

    def find_row(self) -> None:
        """Find the translation, or begin one."""
        super().find_row()
        locale = self.kwargs["locale"]
        if chain_of(locale)[:1] != [locale]:
            raise Http404("There is no such language.")
        self.translation = self.program.translations.filter(
            locale=locale
        ).first() or ProgramTranslation(program=self.program, locale=locale)

    def get_title(self) -> str:
        """Name the program and the language."""
        return f"{self.program.name}: {language_name(self.translation.locale)}"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the languages."""
        link = reverse(TEXTS, args=[self.program.pk])
        return [*super().get_breadcrumbs(), Crumb("Texts & look", link)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form."""
        form = kwargs.pop("form", None) or TranslationForm(self.translation)
        return super().get_context_data(
            form=form,
            parts=form.parts(),
            translation=self.translation,
            language=language_name(self.translation.locale),
            own_language=language_name(self.program.locale),
            may_change=self.user.has_perm(CHANGE),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Save, or remove the language."""
        if not self.user.has_perm(CHANGE):
            raise PermissionDenied
        back = HttpResponseRedirect(reverse(TEXTS, args=[self.program.pk]))
        name = language_name(self.translation.locale)
        now = timezone.now()
        locale = self.translation.locale
        if "remove" in request.POST:
            save_translation(program=self.program, locale=locale, texts={}, now=now)
            messages.success(request, f"{name} is removed.")
            return back
        form = TranslationForm(self.translation, request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        written = form.fill()
        save_translation(
            program=self.program,
            locale=locale,
            texts=written.texts,
            words=written.words,
            now=now,
        )
        messages.success(request, f"{name} is saved.")
        return back


class LookPreview(AdminPage):
    """The colors that follow from one; it writes nothing."""

    title = "Colors"
    permission_required = ("referrals.view_program",)
    shows_people = False
    results_only = True
    results_template_name = "referrals/_swatches.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Compute them."""
        accent = self.request.GET.get("accent", "").lower()
        scheme = self.request.GET.get("scheme", "")
        if not theme.COLOR.fullmatch(accent):
            accent = theme.USUAL
        if scheme not in theme.SCHEMES:
            scheme = theme.AUTO
        return super().get_context_data(swatches=swatches_of(accent, scheme), **kwargs)


register_pages(
    [
        path("referrals/program/<int:pk>/texts/", TextsPage.as_view(), name=TEXTS[6:]),
        path(
            "referrals/program/<int:pk>/texts/<str:locale>/",
            TranslationPage.as_view(),
            name="referrals_program_translation",
        ),
        path(
            "referrals/program/colors/", LookPreview.as_view(), name="referrals_colors"
        ),
    ]
)
