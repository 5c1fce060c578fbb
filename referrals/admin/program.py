"""Programs: the list, the editor with its preview, and their end."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from contacts.admin.base import AdminPage, Crumb, ListAdmin
from contacts.admin.site import register_pages
from contacts.templatetags.greenlight import badge, number
from referrals.admin.program_tabs import LIST_URL, tabs_of
from referrals.forms import ProgramForm
from referrals.links import DestinationError, check_destination
from referrals.models import Advocate, Program, Referral
from referrals.previews import draw_offer, draw_own_page
from referrals.programs import end_program, reopen_program
from referrals.texts import NAMES, texts_for

SECTIONS = (
    ("The program", "", ("name", "brand")),
    (
        "For advocates",
        "What your customers read on their own share page.",
        ("offer_headline", "offer_text"),
    ),
    (
        "For friends",
        "What the people they invite read.",
        ("friend_headline", "friend_text", "friend_button"),
    ),
    (
        "Where friends arrive",
        "",
        ("destination_url", "landing", "window_days"),
    ),
    ("Sharing", "", ("share_text", "disclosure")),
    ("Asking", "", ("snooze_days",)),
)
CHANNEL_FIELDS = (
    "share_email_subject",
    "share_email_text",
    "share_whatsapp_text",
    "share_sms_text",
    "share_x_text",
    "share_linkedin_text",
)


def count_of(rows: QuerySet) -> Coalesce:
    """Count the rows of each program, in a subquery of its own."""
    counted = rows.filter(program=OuterRef("pk")).order_by().values("program")
    total = Subquery(counted.annotate(n=Count("pk")).values("n"))
    return Coalesce(total, 0, output_field=IntegerField())


@admin.register(Program)
class ProgramAdmin(ListAdmin):
    """Programs, newest first."""

    list_display = ("name", "state", "offer_headline", "advocates", "leads", "wins")
    search_fields = ("name", "offer_headline")
    ordering = ("-created_at", "-pk")
    empty_title = "What do you offer for a referral?"
    empty_text = (
        "A program holds the offer, the words that advocates share, and the page of your"
        " shop where their friends arrive."
    )
    empty_link_title = "Create a program"
    empty_url_name = "admin:referrals_program_add"
    shows_people = False
    export_fields = (
        "name",
        "offer_headline",
        "friend_headline",
        "destination_url",
        "created_at",
        "ended_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Program]:
        """Add the numbers."""
        return (
            super()
            .get_queryset(request)
            .annotate(
                advocate_count=count_of(Advocate.objects.all()),
                lead_count=count_of(Referral.objects.all()),
                win_count=count_of(Referral.objects.exclude(won_at=None)),
            )
        )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer none: a program is ended, not deleted."""
        return {}

    def has_delete_permission(
        self, request: HttpRequest, obj: Program | None = None
    ) -> bool:
        """Refuse: its links are out in the world."""
        return False

    def add_view(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Open the editor."""
        return ProgramPage.as_view(permission_required=("referrals.add_program",))(
            request
        )

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Open the editor."""
        return ProgramPage.as_view()(request, pk=object_id)

    @display(description="State")
    def state(self, program: Program) -> SafeString:
        """Show whether it runs."""
        return state_badge(program)

    @display(description="Advocates", ordering="advocate_count")
    def advocates(self, program: Any) -> str:
        """Count who has a link."""
        return number(program.advocate_count)

    @display(description="Friends who joined", ordering="lead_count")
    def leads(self, program: Any) -> str:
        """Count referrals."""
        return number(program.lead_count)

    @display(description="Friends who ordered", ordering="win_count")
    def wins(self, program: Any) -> str:
        """Count referrals that were won."""
        return number(program.win_count)


def state_badge(program: Program) -> SafeString:
    """Show whether a program runs."""
    return badge("Running", "good") if program.is_running else badge("Ended", "idle")


def find_program(pk: str) -> Program:
    """Fetch a program, or answer that there is none."""
    if not (pk.isdecimal() and len(pk) < 19):
        raise Http404("There is no such program.")
    return get_object_or_404(Program, pk=int(pk))


class ProgramPage(AdminPage):
    """The editor of a program, with what people will see beside it."""

    title = "New program"
    shows_people = False
    permission_required = ("referrals.view_program",)
    template_name = "referrals/program.html"

    def get_program(self) -> Program | None:
        """Fetch the program; None for a new one."""
        return find_program(str(self.kwargs["pk"])) if "pk" in self.kwargs else None

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Programs", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form in its sections, and the first preview."""
        form = kwargs.pop("form", None) or ProgramForm(instance=self.get_program())
        program = form.instance
        return super().get_context_data(
            **{"title": program.name} if program.pk else {},
            form=form,
            program=program,
            program_tabs=tabs_of(program, self.user, "admin:referrals_program_change")
            if program.pk
            else [],
            state=state_badge(program) if program.pk else "",
            may_save=self.request.user.has_perm(
                "referrals.change_program" if program.pk else "referrals.add_program"
            ),
            sections=[
                (title, lead, [form[name] for name in names])
                for title, lead, names in SECTIONS
            ],
            channel_fields=[form[name] for name in CHANNEL_FIELDS],
            languages=[(key, names[1]) for key, names in NAMES.items()],
            **preview_context(self.request, form, "en"),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Save, or show what is wrong."""
        program = self.get_program()
        needed = "change" if program else "add"
        if not request.user.has_perm(f"referrals.{needed}_program"):
            raise PermissionDenied
        form = ProgramForm(request.POST, instance=program)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        if program is None:
            form.instance.created_by = self.user
            form.instance.created_at = timezone.now()
        saved = form.save()
        messages.success(request, f"“{saved.name}” is saved.")
        return HttpResponseRedirect(
            reverse("admin:referrals_program_change", args=[saved.pk])
        )


class ProgramPreview(AdminPage):
    """What people would see, from a form that is not saved; it writes nothing."""

    title = "Preview"
    shows_people = False
    permission_required = ("referrals.view_program",)
    results_only = True
    results_template_name = "referrals/_program_preview.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Draw both pages from what the form holds now."""
        language = request.POST.get("preview_language", "en")
        context = preview_context(request, ProgramForm(request.POST), language)
        return self.render_to_response(self.get_context_data(**context))


class EndProgramPage(AdminPage):
    """The buttons that end a program and offer it again."""

    title = "End"
    shows_people = False
    permission_required = ("referrals.change_program",)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """End it or go on."""
        program = get_object_or_404(Program, pk=pk)
        if "reopen" in request.POST:
            reopen_program(program=program)
            messages.success(request, f"“{program.name}” runs again.")
        else:
            end_program(program=program, user=self.user, now=timezone.now())
            messages.success(
                request,
                f"“{program.name}” has ended. Its links now say so, and still show the"
                " way to you.",
            )
        return HttpResponseRedirect(
            reverse("admin:referrals_program_change", args=[program.pk])
        )


def preview_context(
    request: HttpRequest, form: ProgramForm, language: str
) -> dict[str, Any]:
    """Draw the advocate's and the friend's page, and judge the destination."""
    program = Program()
    for field in form.fields:
        value = form[field].value()
        if field.endswith("_days"):
            value = int(value) if str(value).isdecimal() and len(str(value)) < 4 else 75
        setattr(program, field, value or "")
    texts = texts_for(language)
    now = timezone.now()
    _, share = draw_own_page()(program, texts, now)
    _, offer = draw_offer(program, texts, now)
    problem = ""
    if program.destination_url:
        try:
            check_destination(program.destination_url.strip())
        except DestinationError as error:
            problem = str(error)
    return {
        "advocate_page": render_to_string("referrals/share.html", share, request),
        "friend_page": render_to_string("referrals/offer.html", offer, request),
        "shows_offer": program.landing == Program.Landing.OFFER,
        "destination": program.destination_url,
        "destination_problem": problem,
    }


register_pages(
    [
        path(
            "referrals/program/preview/",
            ProgramPreview.as_view(),
            name="referrals_program_preview",
        ),
        path(
            "referrals/program/<int:pk>/end/",
            EndProgramPage.as_view(),
            name="referrals_program_end",
        ),
    ]
)
