"""Replay what was blocked or rejected: ask how, show how far it is."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import AdminPage, Crumb, WorkProgressPage, progress_context
from contacts.admin.plans.repairs import CRUMBS, read_target
from contacts.admin.site import register_pages
from contacts.models import Receipt, Replay
from contacts.plans.repairs import kept
from contacts.plans.rows import KINDS
from contacts.replays import NothingToReplay, start_replay

PROGRESS_URL = "admin:contacts_replay_progress"
OUTCOMES = {"accepted": "Accepted", "blocked": "Still blocked", "rejected": "Rejected"}


class NewReplayPage(AdminPage):
    """Ask whether campaigns may react to what is replayed, and begin."""

    permission_required = ("contacts.add_replay",)
    shows_people = False
    template_name = "contacts/plans/replay_new.html"
    http_method_names = ["get", "post"]

    def find_row(self) -> None:
        """Read what is to be replayed."""
        self.target = read_target(self.request.GET)

    def get_title(self) -> str:
        """Name the event."""
        return f"Replay “{self.target.name or KINDS.get(self.target.kind, 'messages')}”"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the violations."""
        return [Crumb(title, reverse(name)) for title, name in CRUMBS]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add how many messages there are."""
        found = kept(self.target)
        return super().get_context_data(
            target=self.target,
            count=found.count(),
            oldest=found.order_by("pk").values_list("received_at", flat=True).first(),
            is_rejected=self.target.state == Receipt.State.REJECTED,
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Begin, and show how far it is."""
        try:
            replay = start_replay(
                target=self.target,
                is_live=request.POST.get("is_live") == "yes",
                user=self.user,
                now=timezone.now(),
            )
        except NothingToReplay:
            return self.render_to_response(self.get_context_data())
        return redirect("admin:contacts_replay", pk=replay.pk)


class ReplayPage(AdminPage):
    """How far a replay is, and how its messages ended."""

    permission_required = ("contacts.view_replay",)
    shows_people = False
    template_name = "contacts/plans/replay.html"
    results_template_name = "contacts/plans/_replay_result.html"

    def find_row(self) -> None:
        """Find the replay."""
        replays = Replay.objects.select_related("source", "created_by")
        self.replay = get_object_or_404(replays, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        """Name the event."""
        name = self.replay.name or KINDS.get(self.replay.kind, "messages")
        return f"Replay of “{name}”"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the violations."""
        return [Crumb(title, reverse(name)) for title, name in CRUMBS]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the progress and the outcomes."""
        progress = progress_context(
            self.replay,
            url_name=PROGRESS_URL,
            may_stop=self.user.has_perm(ReplayProgressPage.stop_permission),
            now=timezone.now(),
        )
        outcomes = [
            (label, self.replay.counts.get(state, 0), state)
            for state, label in OUTCOMES.items()
        ]
        return super().get_context_data(
            replay=self.replay, outcomes=outcomes, **progress, **kwargs
        )


class ReplayProgressPage(WorkProgressPage):
    """How far a replay is; it can be stopped."""

    model = Replay
    url_name = PROGRESS_URL
    permission_required = ("contacts.view_replay",)
    stop_permission = "contacts.add_replay"


register_pages(
    [
        path("data/replays/new/", NewReplayPage.as_view(), name="contacts_replay_new"),
        path("data/replays/<int:pk>/", ReplayPage.as_view(), name="contacts_replay"),
        path(
            "data/replays/<int:pk>/results/",
            ReplayPage.as_view(results_only=True),
            name="contacts_replay_results",
        ),
        path(
            "data/replays/<int:pk>/progress/",
            ReplayProgressPage.as_view(),
            name="contacts_replay_progress",
        ),
    ]
)
