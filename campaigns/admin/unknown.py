"""The messages of which nobody knows whether they arrived, and the two answers to that."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from campaigns.messaging import unknown
from campaigns.models import Message
from contacts.admin.base import AdminPage, Crumb, CsvExportMixin
from contacts.admin.site import register_pages
from contacts.templatetags.greenlight import number

PER_PAGE = 25
PERMISSION = "campaigns.change_message"


class UnknownMessagesPage(CsvExportMixin, AdminPage):
    """What needs a decision, latest first."""

    title = "Needs a decision"
    permission_required = ("campaigns.view_message",)
    template_name = "campaigns/unknown.html"
    csv_name = "unknown messages"
    csv_headers = {
        "address": "Address",
        "campaign": "Campaign",
        "subject": "Subject",
        "handed_over_at": "Handed over",
        "details": "What happened",
        "message_id": "Message-ID",
    }

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the log."""
        return [Crumb("Messages", reverse("admin:campaigns_message_changelist"))]

    def get_messages(self) -> QuerySet[Message]:
        """List what nobody has settled."""
        return (
            unknown.unknown_messages()
            .select_related("campaign", "contact")
            .order_by("-finished_at", "-pk")
        )

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List all of them for the file."""
        for message in self.get_messages().iterator(chunk_size=2_000):
            yield {
                "address": message.address,
                "campaign": message.campaign.name,
                "subject": message.subject,
                "handed_over_at": message.handed_over_at,
                "details": message.details,
                "message_id": message.tag,
            }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of them."""
        page = Paginator(self.get_messages(), PER_PAGE).get_page(
            self.request.GET.get("page")
        )
        return super().get_context_data(
            page_obj=page,
            total=page.paginator.count,
            may_decide=self.request.user.has_perm(PERMISSION),
            grace=timezone.now() - unknown.GRACE,
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Settle one message, or all that the page shows."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        wanted = [one for one in request.POST.getlist("message") if one.isdecimal()]
        if "again" in request.POST:
            self.settle(request, request.POST["again"], sends_again=True)
        elif "arrived" in request.POST:
            self.settle(request, request.POST["arrived"], sends_again=False)
        else:
            self.settle(request, *wanted, sends_again=False)
        return HttpResponseRedirect(reverse("admin:campaigns_unknown_messages"))

    def settle(self, request: HttpRequest, *ids: str, sends_again: bool) -> None:
        """Settle messages and say how many; who was quicker has decided already."""
        now = timezone.now()
        settled = 0
        chosen = self.get_messages().filter(
            pk__in=[one for one in ids if one.isdecimal()]
        )
        for message in chosen:
            try:
                if sends_again:
                    unknown.send_again(message=message, user=self.user, now=now)
                else:
                    unknown.mark_arrived(message=message, user=self.user, now=now)
            except unknown.NotUnknown:
                continue
            settled += 1
        done = "will be sent again" if sends_again else "counted as arrived"
        noun = "message" if settled == 1 else "messages"
        if settled:
            messages.success(request, f"{number(settled)} {noun} {done}.")
        else:
            messages.info(request, "Somebody has decided about this message already.")


register_pages(
    [
        path(
            "campaigns/decisions/",
            UnknownMessagesPage.as_view(),
            name="campaigns_unknown_messages",
        )
    ]
)
