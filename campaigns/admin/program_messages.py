"""Messages to a program's advocates: which news they are told, by which campaign."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.starters.news import NEWS
from contacts.admin.site import register_pages
from referrals.admin.program_tabs import ProgramTabPage
from referrals.models import Program, ProgramNotice
from referrals.notices import announce

TAB = "admin:referrals_program_messages"
ADD = "campaigns.add_campaign"
CHANGE = "referrals.change_program"
# What runs comes before what waits, and that before what is over.
TONES = {
    Campaign.State.DRAFT: "idle",
    Campaign.State.RUNNING: "good",
    Campaign.State.PAUSED: "warn",
}


class MessagesTab(ProgramTabPage):
    """Each piece of news, the campaigns that tell it, and one click to make a draft."""

    title = "Messages"
    tab = TAB
    template_name = "campaigns/program_messages.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the news, each with the campaigns of this program that begin with it."""
        telling = campaigns_by_event(self.program.pk)
        return super().get_context_data(
            news=[
                (
                    one,
                    [
                        (campaign, TONES.get(Campaign.State(campaign.state), "idle"))
                        for campaign in telling.get(one.event, [])
                    ],
                )
                for one in NEWS.values()
            ],
            notices=latest_notices(self.program),
            may_announce=self.user.has_perm(CHANGE),
            may_see_campaigns=self.user.has_perm("campaigns.view_campaign"),
            may_add=self.user.has_perm(ADD),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Make a draft that tells a piece of news, and lead to its flow."""
        if request.POST.get("do") == "announce":
            return self.announce()
        if not self.user.has_perm(ADD):
            raise PermissionDenied
        news = NEWS.get(request.POST.get("news", ""))
        if news is None:
            raise Http404("There is no such news.")
        campaign = Campaign.objects.create(
            name=free_name(f"{self.program.name}: {news.name}"),
            program=self.program,
            draft=news.write(self.program.pk),
            created_at=timezone.now(),
            created_by=self.user,
        )
        messages.success(
            request,
            f"“{campaign.name}” is a draft. Look at its words, then start it.",
        )
        return redirect("admin:campaigns_flow", campaign.pk)

    def announce(self) -> HttpResponseBase:
        """Begin to tell everybody in the program that it changes."""
        if not self.user.has_perm(CHANGE):
            raise PermissionDenied
        kind = ProgramNotice.Kind.CHANGED
        announce(program=self.program, kind=kind, user=self.user, now=timezone.now())
        messages.success(self.request, "All advocates are being told.")
        return redirect(TAB, self.program.pk)


def latest_notices(program: Program) -> list[ProgramNotice]:
    """List the last few things that all advocates were told."""
    told = ProgramNotice.objects.filter(program=program).select_related("created_by")
    return list(told.order_by("-created_at", "-pk")[:5])


def campaigns_by_event(program_id: int) -> dict[str, list[Campaign]]:
    """Sort a program's campaigns by the news that they begin with; one query."""
    found: dict[str, list[Campaign]] = {}
    own = Campaign.objects.filter(program_id=program_id, archived_at=None)
    for campaign in own.order_by("-created_at", "-pk"):
        trigger = campaign.draft.get("trigger", {})
        event = (trigger.get("event") or {}).get("name", "")
        if trigger.get("kind") == "event" and event in NEWS:
            found.setdefault(event, []).append(campaign)
    return found


def free_name(name: str) -> str:
    """Number a name that is taken."""
    names = set(
        Campaign.objects.filter(name__startswith=name[:100]).values_list(
            "name", flat=True
        )
    )
    wanted, number = name[:110], 2
    while wanted in names:
        wanted, number = f"{name[:110]} {number}", number + 1
    return wanted


register_pages(
    [
        path(
            "referrals/program/<int:pk>/messages/",
            MessagesTab.as_view(),
            name="referrals_program_messages",
        ),
    ]
)
