"""A source's page: is it sending, how to install it, its keys and switches."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from contacts.admin.base import STOP_POLLING, AdminPage, Crumb
from contacts.admin.debugger.filters import read_id
from contacts.admin.debugger.reasons import reason_sentence
from contacts.admin.site import register_pages
from contacts.admin.sources.overview import source_row
from contacts.admin.sources.snippets import write_examples
from contacts.forms import RotateForm
from contacts.models import Receipt, Source, WriteKey
from contacts.receipts import ReceiptFilter, newest_receipts
from contacts.source_health import examine_sources
from contacts.tracking.probe import SourceIsOff, send_test_event
from contacts.tracking.reasons import REASONS

# So many of the newest refused messages are sorted by their reasons.
REFUSED_READ = 500
REASONS_SHOWN = 3
# So many of the newest rejected messages are looked through for one that went astray.
STRAYS_READ = 200
STRAY_PATIENCE = timedelta(hours=1)
# Looked for so often, once a second, a test event is late.
LATE = 15


@dataclass(frozen=True)
class Trouble:
    """A reason for which messages were refused, how often, and a message as an example."""

    sentence: str
    count: int
    receipt: Receipt


class OneSourcePage(AdminPage):
    """The base of pages about one source, named by ``pk`` in the address."""

    permission_required: tuple[str, ...] = ("contacts.view_source",)
    shows_people = False
    template_name = "contacts/sources/source.html"

    @cached_property
    def source(self) -> Source:
        """Fetch the source, or answer that there is none."""
        found = Source.objects.filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404("There is no such source.")
        return found

    def get_title(self) -> str:
        """Title the page with the name."""
        return self.source.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Sources", reverse("admin:contacts_sources"))]

    def collect(self, source: Source, *, secret: str = "") -> dict[str, Any]:
        """Collect what the page shows; ``secret`` is a key that has just been made."""
        now = timezone.now()
        [health] = examine_sources(Source.objects.filter(pk=source.pk), now=now)
        keys = WriteKey.objects.filter(source=source).order_by("-created_at", "-pk")
        valid = set(WriteKey.objects.valid(now).filter(source=source))
        return {
            **source_row(health),
            "examples": write_examples(source, secret),
            "reasons": REASONS,
            "secret": secret,
            "keys": [(key, key in valid) for key in keys.select_related("created_by")],
            "has_key": any(key.expires_at is None for key in valid),
            "troubles": list_troubles(source) if health.refused else [],
            "rotate_form": RotateForm(),
            "first": newest_of(source) if health.last_at else None,
            "stray": None if health.last_at else stray_of(source, now=now),
        }

    def show_secret(self, source: Source, secret: str) -> HttpResponse:
        """Render the page with a key, this once; nobody may keep the answer."""
        response = self.render_to_response(
            self.get_context_data(**self.collect(source, secret=secret))
        )
        response["Cache-Control"] = "no-store"
        return response


class SourcePage(OneSourcePage):
    """One source."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add all there is to say."""
        return super().get_context_data(**self.collect(self.source), **kwargs)


class FirstEventPart(OneSourcePage):
    """Waits for an event: the first at all, or the one that ``message`` names."""

    results_only = True
    results_template_name = "contacts/sources/_first.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer what has come; once it has, the polling stops."""
        message_id = request.GET.get("message", "").replace("\0", "")[:100]
        return self.show(message_id, asked=read_id(request.GET.get("asked")) or 0)

    def show(self, message_id: str, *, asked: int) -> HttpResponse:
        """Render what has come; ``asked`` counts how often it was looked for before."""
        [health] = examine_sources(
            Source.objects.filter(pk=self.source.pk), now=timezone.now()
        )
        if message_id:
            named = Receipt.objects.filter(source=self.source, message_id=message_id)
            receipt = named.first()
        else:
            receipt = newest_of(self.source) if health.last_at else None
        context = self.get_context_data(
            **source_row(health),
            first=receipt,
            message_id=message_id,
            asked=asked + 1,
            is_late=asked >= LATE,
            stray=None if health.last_at else stray_of(self.source, now=timezone.now()),
            is_awaited=True,
        )
        return self.response_class(
            request=self.request,
            template=self.get_template_names(),
            context=context,
            status=STOP_POLLING if receipt else 200,
        )


class ProbePart(FirstEventPart):
    """Sends a test event, and waits for it."""

    permission_required = ("contacts.change_source", "contacts.view_source")
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send it, and show that it is on its way."""
        sender = self.user.get_username()
        try:
            message_id = send_test_event(
                source=self.source, sender=sender, now=timezone.now()
            )
        except SourceIsOff:
            # Turned off while the page was open; the part says so.
            message_id = ""
        return self.show(message_id, asked=0)


def newest_of(source: Source) -> Receipt | None:
    """Find the newest message of a source, without looking back for long."""
    walk = newest_receipts(ReceiptFilter(source_id=source.pk), size=1, seconds=0.05)
    return walk.receipts[0] if walk.receipts else None


def stray_of(source: Source, *, now: datetime) -> dict[str, Any] | None:
    """
    Find what came lately and may have been meant for a source that still waits.

    A request that shows a wrong key, or can't be read, counts for no source.
    """
    newest = Receipt.objects.filter(state=Receipt.State.REJECTED).order_by("-pk")
    receipt = (
        Receipt.objects.filter(
            Q(source=source) | Q(source=None),
            pk__in=newest.values("pk")[:STRAYS_READ],
            received_at__gt=now - STRAY_PATIENCE,
        )
        .order_by("-pk")
        .defer("payload")
        .first()
    )
    if receipt is None:
        return None
    return {"receipt": receipt, "sentence": reason_sentence(receipt)}


def list_troubles(source: Source) -> list[Trouble]:
    """Sort the newest refused messages of a source by reason, the most frequent first."""
    rows = [
        receipt
        for state in (Receipt.State.REJECTED, Receipt.State.BLOCKED)
        for receipt in Receipt.objects.filter(
            Q(source=source),
            pk__in=Receipt.objects.filter(state=state)
            .order_by("-pk")
            .values("pk")[:REFUSED_READ],
        )
        .order_by("-pk")
        .defer("payload")
    ]
    counts = Counter(receipt.reason for receipt in rows)
    examples = {receipt.reason: receipt for receipt in reversed(rows)}
    return [
        Trouble(reason_sentence(examples[reason]), count, examples[reason])
        for reason, count in counts.most_common(REASONS_SHOWN)
    ]


register_pages(
    [
        path("data/sources/<int:pk>/", SourcePage.as_view(), name="contacts_source"),
        path(
            "data/sources/<int:pk>/first/",
            FirstEventPart.as_view(),
            name="contacts_source_first",
        ),
        path(
            "data/sources/<int:pk>/test/",
            ProbePart.as_view(),
            name="contacts_source_test",
        ),
    ]
)
