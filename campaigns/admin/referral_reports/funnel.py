"""The funnel: asks that reached each stage, and friends at each stage."""

from dataclasses import replace
from typing import Any

from django.urls import path
from django.utils import timezone
from django.utils.functional import cached_property

from campaigns.admin.referral_reports.page import (
    RATE_HEADERS,
    UNKNOWN,
    FilteredPage,
    Rows,
    csv_rate,
)
from campaigns.reports.referrals.filters import NONE
from campaigns.reports.referrals.funnel import (
    PARTS,
    FriendFunnel,
    Funnel,
    Part,
    count_all_visits,
    count_friends,
    count_funnel,
)
from contacts.admin.site import register_pages

MOST_PARTS = 30
# How a link was passed on.
SHARED_BY = {
    "": UNKNOWN,
    "copy": "Copied",
    "native": "Share sheet of the phone",
    "email": "Email",
    "sms": "Text message",
    "whatsapp": "WhatsApp",
    "x": "X",
    "linkedin": "LinkedIn",
    "qr": "QR code",
    "intro": "Introduction",
    "other": "Somewhere else",
}


class FunnelPage(FilteredPage):
    """Asks and friends, stage by stage."""

    title = "Referral funnel"
    template_name = "campaigns/referral_reports/funnel.html"
    url_name = "campaigns_funnel"
    csv_name = "referral funnel"
    csv_headers = {"unit": "Unit", "number": "Number", **RATE_HEADERS}

    @cached_property
    def by(self) -> str:
        """By what the funnel is taken apart."""
        chosen = self.request.GET.get("by", "")
        if chosen == "variant" and self.filters.campaign is None:
            return "channel"
        return chosen if chosen in PARTS else "channel"

    @cached_property
    def funnel(self) -> Funnel:
        """The asks."""
        return count_funnel(self.filters, by=self.by, now=timezone.now())

    @cached_property
    def friends(self) -> FriendFunnel:
        """The friends."""
        return count_friends(self.filters)

    def get_csv_rows(self) -> Rows:
        """List stages, answers, evidence and friends."""
        for step in self.funnel.steps:
            yield {
                "unit": "Asks",
                "number": step.stage.label,
                **csv_rate(step.of_first),
            }
        for line in (*self.funnel.answers, *self.funnel.grades):
            yield {"unit": "Asks", "number": line.group.label, **csv_rate(line.rate)}
        for step in self.friends.steps:
            yield {
                "unit": "Friends",
                "number": step.stage.label,
                **csv_rate(step.of_first),
            }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the numbers."""
        visits = count_all_visits(self.filters)
        parts = {
            word: label
            for word, label in PARTS.items()
            if word != "variant" or self.filters.campaign is not None
        }
        return super().get_context_data(
            funnel=self.funnel,
            friends=self.friends,
            visits=visits,
            visit_channels=[
                (SHARED_BY.get(channel, channel), channel or NONE, people, total)
                for channel, people, total in visits.channels
            ],
            is_raw=self.request.GET.get("count") == "raw",
            by=self.by,
            by_label=PARTS[self.by],
            part_choices=parts,
            parts=[self._tell(part) for part in self.funnel.parts[:MOST_PARTS]],
            more_parts=max(len(self.funnel.parts) - MOST_PARTS, 0),
            **kwargs,
        )

    def _tell(self, part: Part) -> dict[str, Any]:
        """Name a part, and say how its asks are chosen."""
        name = self.names.of_part(self.by, part.value, self.filters.campaign)
        limit: dict[str, Any] = {self.by.removesuffix("_id"): part.value}
        query = replace(self.filters, **limit).as_query()
        return {"name": name, "counts": part.counts, "query": query}


register_pages([path("reports/funnel/", FunnelPage.as_view(), name="campaigns_funnel")])
