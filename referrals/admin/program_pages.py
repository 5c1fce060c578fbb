"""The public pages of a program as people see them: each state, language and width."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin

from contacts.admin.base import AdminPage
from contacts.admin.site import register_pages
from contacts.views.strict import be_strict
from referrals.admin.program_tabs import VIEW, ProgramTabPage
from referrals.admin.program_texts import language_name
from referrals.look_forms import TranslationForm
from referrals.models import Program, ProgramTranslation
from referrals.previews import PREVIEWS, draw_page
from referrals.texts import NAMES, chain_of
from referrals.wording import localized, speak

WIDTHS = (("phone", "Phone"), ("desktop", "Desktop"))


class PagesPage(ProgramTabPage):
    """One public page in a frame, and the choice of another."""

    tab = "admin:referrals_program_pages"
    title = "Preview"
    template_name = "referrals/program_pages.html"
    results_template_name = "referrals/_program_frame.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what may be chosen, and the address of the frame."""
        asked = self.request.GET
        key = asked.get("page", "") if asked.get("page", "") in PREVIEWS else "own"
        wanted = (chain_of(asked.get("language", "")) or [self.program.locale])[0]
        width = "desktop" if asked.get("width") == "desktop" else "phone"
        frame = reverse("admin:referrals_program_frame", args=[self.program.pk, key])
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, preview in PREVIEWS.items():
            groups.setdefault(preview.group, []).append((name, preview.title))
        return super().get_context_data(
            groups=list(groups.items()),
            chosen=key,
            chosen_title=PREVIEWS[key].title,
            languages=self.list_languages(wanted),
            language=wanted,
            widths=WIDTHS,
            width=width,
            frame=f"{frame}?language={wanted}",
            **kwargs,
        )

    def list_languages(self, wanted: str) -> list[tuple[str, str]]:
        """List what we speak, and what the program has been written in."""
        own = self.program.translations.order_by("locale")
        tags = [self.program.locale, *own.values_list("locale", flat=True), *NAMES]
        return [(tag, language_name(tag)) for tag in dict.fromkeys([*tags, wanted])]


class FramePage(AdminPage):
    """A public page by itself, for the frame; its buttons do nothing there."""

    title = "Page"
    permission_required = (VIEW,)
    shows_people = False

    def find_row(self) -> None:
        """Find the program and the page."""
        program = Program.objects.filter(pk=self.kwargs["pk"]).first()
        if program is None or self.kwargs["page"] not in PREVIEWS:
            raise Http404("There is no such page.")
        self.program = program

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Draw the page as it is saved."""
        locale = (chain_of(request.GET.get("language", "")) or [""])[0]
        return draw(
            request, self.kwargs["page"], localized(self.program, locale), locale
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Draw the page with what a form holds that is not saved; writes nothing."""
        locale = (chain_of(request.GET.get("language", "")) or [""])[0]
        draft = ProgramTranslation(program=self.program, locale=locale)
        form = TranslationForm(draft, request.POST)
        form.is_valid()
        form.fill()
        program = speak(self.program, {locale: draft.texts}, [locale])
        return draw(request, self.kwargs["page"], program, locale)


def draw(request: HttpRequest, key: str, program: Program, locale: str) -> HttpResponse:
    """Answer with a page, under the rules that hold for it outside."""
    template, context = draw_page(key, program, locale=locale, now=timezone.now())
    response = render(request, template, context)
    be_strict(response)
    return response


register_pages(
    [
        path(
            "referrals/program/<int:pk>/pages/",
            PagesPage.as_view(),
            name="referrals_program_pages",
        ),
        path(
            "referrals/program/<int:pk>/pages/results/",
            PagesPage.as_view(results_only=True),
            name="referrals_program_pages_results",
        ),
        path(
            "referrals/program/<int:pk>/pages/<str:page>/",
            xframe_options_sameorigin(FramePage.as_view()),
            name="referrals_program_frame",
        ),
    ]
)
