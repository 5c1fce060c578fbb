"""One advocate: the link with its names and tags, who came through it, and who joined."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from referrals.admin.advocate_numbers import LIST_URL, with_numbers
from referrals.blocking import block_link, unblock_link
from referrals.link_forms import NameForm
from referrals.link_numbers import by_day, by_tag
from referrals.links import clean_channel, clean_word, link_url, share_url
from referrals.models import Advocate, LandingPlace, Referral, ReferralCode, Visit
from referrals.naming import choose_name, names_of, show_drawn_code
from referrals.qr import KINDS, qr_file
from referrals.sentences import CHANNELS
from referrals.slugs import NameIsRude, NameRefused

VISITS_SHOWN = 25
REFERRALS_SHOWN = 100
CHANNEL_NAMES = {
    "": "Untagged",
    "copy": "Copied link",
    "native": "Share sheet",
    "email": "Email",
    "sms": "Text message",
    "whatsapp": "WhatsApp",
    "x": "X",
    "linkedin": "LinkedIn",
    "qr": "QR code",
    "offer_mail": "Mailed offer",
    "in_app": "In your product",
    "dm": "Personal message",
}
CHOICES = tuple(word for word in CHANNELS if word not in {"other", "offer_mail"})
ALL = "all"


class AdvocateMixin:
    """The advocate whom the address names."""

    kwargs: dict[str, Any]

    @cached_property
    def advocate(self) -> Any:
        """Fetch the advocate with the numbers, or answer that there is none."""
        pk = str(self.kwargs["pk"])
        if not (pk.isdecimal() and len(pk) < 19):
            raise Http404("There is no such advocate.")
        rows = with_numbers(
            Advocate.objects.select_related("contact", "program", "blocked_by")
        )
        return get_object_or_404(rows, pk=int(pk))

    @property
    def page_url(self) -> str:
        """Where the advocate's page is."""
        return reverse("admin:referrals_advocate_change", args=[self.advocate.pk])


class AdvocatePage(AdvocateMixin, AdminPage):
    """The page; POST names the link, blocks it, or lets it work again."""

    title = "Advocate"
    permission_required = ("referrals.view_advocate",)
    template_name = "referrals/advocate.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Advocates", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what came of the link; a dozen queries, however much that is."""
        advocate = self.advocate
        visits = Visit.objects.filter(
            contact=advocate.contact_id, advocate_id=advocate.pk
        )
        referrals = Referral.objects.filter(
            advocate_contact_id=advocate.contact_id, advocate_id=advocate.pk
        )
        kinds = dict(
            visits.values_list("kind").annotate(n=Count("pk")).order_by("kind")
        )
        shows_all = self.request.GET.get("visits") == ALL
        shown = visits if shows_all else visits.filter(kind=Visit.Kind.HUMAN)
        paginator = Paginator(shown.order_by("-visited_at", "-pk"), VISITS_SHOWN)
        paginator.count = (
            sum(kinds.values()) if shows_all else kinds.get(Visit.Kind.HUMAN, 0)
        )
        channels = by_tag(visits, "channel")
        return super().get_context_data(
            **{"title": advocate.contact.name},
            advocate=advocate,
            link=link_url(advocate.code),
            share_url=share_url(advocate.contact_id, advocate.pk),
            names=names_of(advocate),
            may_change=self.user.has_perm("referrals.change_advocate"),
            name_form=kwargs.pop("name_form", None) or NameForm(),
            tagged=self.get_tagged(),
            channels=[(channel_name(one.name), one) for one in channels],
            assets=[one for one in by_tag(visits, "asset") if one.name],
            chart=draw_days(by_day(visits, now=timezone.now())) if kinds else "",
            machines=sum(
                kinds.get(kind, 0)
                for kind in (Visit.Kind.BOT, Visit.Kind.PREVIEW, Visit.Kind.SCANNER)
            ),
            all_visits=sum(kinds.values()),
            shows_all=shows_all,
            wins=referrals.exclude(won_at=None).count(),
            page_obj=paginator.get_page(self.request.GET.get("page")),
            referrals=referrals.select_related("contact").order_by("-lead_at", "-pk")[
                :REFERRALS_SHOWN
            ],
            **kwargs,
        )

    def get_tagged(self) -> dict[str, Any]:
        """Write the link with the tags that were chosen, and what may be chosen."""
        chosen = read_tags(self.request)
        return {
            **chosen,
            "url": link_url(
                self.advocate.code,
                chosen.get("channel", ""),
                asset=chosen.get("asset", ""),
                place=chosen.get("place", ""),
            ),
            "channels": [(word, channel_name(word)) for word in CHOICES],
            "places": LandingPlace.objects.filter(
                program=self.advocate.program_id
            ).order_by("name", "pk"),
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Do what was asked for."""
        if not request.user.has_perm("referrals.change_advocate"):
            raise PermissionDenied
        what = request.POST.get("what", "")
        if what == "name":
            return self.name_link(request)
        if what == "code":
            self.show_code(request.POST.get("code", ""))
        elif what == "block":
            self.block(request.POST.get("reason", "").strip())
        elif what == "unblock":
            if unblock_link(advocate=self.advocate, now=timezone.now()):
                messages.success(request, "The link earns again.")
        else:
            raise Http404("There is no such button.")
        return HttpResponseRedirect(self.page_url)

    def name_link(self, request: HttpRequest) -> HttpResponseBase:
        """Give the link a name, or say what is wrong with it."""
        form = NameForm(request.POST)
        more: dict[str, Any] = {}
        if form.is_valid():
            try:
                name = choose_name(
                    advocate=self.advocate,
                    name=form.cleaned_data["name"],
                    anyway=form.cleaned_data["anyway"],
                    user=self.user,
                    now=timezone.now(),
                )
            except NameRefused as error:
                form.add_error("name", str(error))
                more["is_rude"] = isinstance(error, NameIsRude)
            else:
                messages.success(request, f"The link is called “{name}” now.")
                return HttpResponseRedirect(self.page_url)
        return self.render_to_response(self.get_context_data(name_form=form, **more))

    def show_code(self, code: str) -> None:
        """Let the link be called by another of its names, or by its drawn code."""
        names = {row.code: row for row in names_of(self.advocate)}
        row = names.get(code)
        if row is None:
            raise Http404("The link has no such name.")
        if row.kind == ReferralCode.Kind.DRAWN:
            show_drawn_code(advocate=self.advocate, now=timezone.now())
        elif row.kind == ReferralCode.Kind.CHOSEN:
            choose_name(
                advocate=self.advocate,
                name=code,
                anyway=True,
                user=self.user,
                now=timezone.now(),
            )
        messages.success(self.request, f"The link is called “{code}” now.")

    def block(self, reason: str) -> None:
        """Block the link, for a reason."""
        if not reason:
            messages.error(self.request, "Say why the link is blocked.")
        elif block_link(
            advocate=self.advocate, user=self.user, reason=reason, now=timezone.now()
        ):
            messages.success(
                self.request, "The link is blocked. Friends are still led to you."
            )


class AdvocateQrPage(AdvocateMixin, AdminPage):
    """The link as a QR code to print, as SVG or PNG."""

    title = "QR code"
    permission_required = ("referrals.view_advocate",)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the file."""
        kind = str(self.kwargs["kind"])
        if kind not in KINDS:
            raise Http404("There is no such file.")
        return qr_file(self.advocate.code, read_tags(request), kind=kind)


def read_tags(request: HttpRequest) -> dict[str, str]:
    """Read the tags that were chosen."""
    return {
        "channel": clean_channel(request.GET.get("c", "")[:20]),
        "asset": clean_word(request.GET.get("a", "")[:40]),
        "place": clean_word(request.GET.get("p", "")[:40]),
    }


def channel_name(word: str) -> str:
    """Name a channel as people do."""
    return CHANNEL_NAMES.get(word, word)


def draw_days(days: list[tuple[Any, int, int]]) -> str:
    """Write the data of the chart for the theme's Chart.js, as JSON."""
    return json.dumps(
        {
            "labels": [f"{day:%-d %b}" for day, _, _ in days],
            "datasets": [
                {
                    "label": label,
                    "data": [row[place] for row in days],
                    "backgroundColor": color,
                    "stack": "visits",
                    "displayYAxis": True,
                }
                for label, place, color in (
                    ("People", 1, "var(--color-primary-600)"),
                    ("Machines", 2, "var(--color-base-400)"),
                )
            ],
        }
    )


register_pages(
    [
        path(
            "referrals/advocate/<int:pk>/qr.<str:kind>",
            AdvocateQrPage.as_view(),
            name="referrals_advocate_qr",
        ),
    ]
)
