"""Tasks: what campaigns give people of ours to do, the most urgent first."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from campaigns.asks.by_hand import dismiss_task, finish_task, record_said
from campaigns.handwork.close import TaskClosed
from campaigns.models import Answer, Ask, Task
from contacts.admin.base import AdminPage, CsvExportMixin
from contacts.admin.site import register_pages
from contacts.models import Consent
from contacts.models.consent import ConsentState
from contacts.templatetags.greenlight import register_tones
from referrals.models import AskPreference

PER_PAGE = 25
PERMISSION = "campaigns.change_task"
SAID = {
    Answer.YES: "They said yes",
    Answer.NOT_NOW: "Not now",
    Answer.NEVER: "Never again",
}

register_tones(
    {
        Task.State.DONE: "good",
        Task.State.DISMISSED: "idle",
    }
)


def tasks_in_words() -> QuerySet[Any]:
    """
    Select tasks with the answer to their ask, and whether the person still agrees to it.

    Who asks in person needs the person's consent, and it may be taken back at any time; so may
    the wish to be asked at all, by the answer to another ask.
    """
    refusing = AskPreference.objects.filter(contact=OuterRef("contact")).filter(
        Q(never_since__isnull=False) | Q(snoozed_until__gt=timezone.now())
    )
    agreed = Consent.objects.filter(
        contact=OuterRef("contact"),
        channel=OuterRef("kind"),
        state=ConsentState.GRANTED,
    )
    answers = Ask.objects.filter(contact=OuterRef("contact"), pk=OuterRef("ask_id"))
    return Task.objects.select_related(
        "contact", "campaign", "owner", "closed_by"
    ).annotate(
        has_agreed=Exists(agreed) & ~Exists(refusing),
        answer=Subquery(answers.values("answer")[:1]),
    )


class TasksPage(CsvExportMixin, AdminPage):
    """What is to be done, or was; by whom."""

    title = "Tasks"
    permission_required = ("campaigns.view_task",)
    template_name = "campaigns/tasks.html"
    csv_name = "tasks"
    csv_headers = {
        "title": "Task",
        "contact": "Contact",
        "campaign": "Campaign",
        "kind": "Kind",
        "owner": "Owner",
        "due_on": "Due",
        "state": "State",
        "closed_at": "Closed",
        "text": "Words",
    }

    @property
    def shows_closed(self) -> bool:
        """Whether the page shows what is over."""
        return self.request.GET.get("show") == "closed"

    @property
    def shows_all(self) -> bool:
        """Whether the page shows everybody's."""
        return self.request.GET.get("whose") == "all"

    def get_tasks(self) -> QuerySet[Any]:
        """List what the user wants to see: his own and nobody's, or all."""
        tasks = tasks_in_words()
        if not self.shows_all:
            tasks = tasks.filter(Q(owner=self.user) | Q(owner=None))
        if self.shows_closed:
            closed = tasks.filter(closed_at__isnull=False)
            return closed.order_by("-closed_at", "-pk")
        return tasks.filter(state=Task.State.OPEN).order_by("due_on", "pk")

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List all of them for the file."""
        for task in self.get_tasks().iterator(chunk_size=2_000):
            yield {
                "title": task.title,
                "contact": task.contact.email or task.contact.name,
                "campaign": task.campaign.name,
                "kind": task.get_kind_display(),
                "owner": owner_of(task),
                "due_on": task.due_on,
                "state": task.get_state_display(),
                "closed_at": task.closed_at,
                "text": task.text,
            }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of them."""
        page = Paginator(self.get_tasks(), PER_PAGE).get_page(
            self.request.GET.get("page")
        )
        for task in page:
            task.owner_name = owner_of(task)
            task.is_forbidden = task.kind != Task.Kind.TASK and not task.has_agreed
            task.said = SAID.get(task.answer, "")
        return super().get_context_data(
            page_obj=page,
            total=page.paginator.count,
            today=timezone.localdate(),
            shows_closed=self.shows_closed,
            shows_all=self.shows_all,
            may_do=self.user.has_perm(PERMISSION),
            answers=SAID.items(),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Close one task, or write down what the person said."""
        if not self.user.has_perm(PERMISSION):
            raise PermissionDenied
        number = request.POST.get("task", "")
        task = get_object_or_404(
            tasks_in_words(), pk=number if number.isdecimal() else 0
        )
        try:
            self.do(task, request.POST.get("do", ""))
        except TaskClosed:
            messages.info(request, f"“{task.title}” is closed already.")
        return HttpResponseRedirect(
            f"{reverse('admin:campaigns_tasks')}?{request.GET.urlencode()}"
        )

    def do(self, task: Any, what: str) -> None:
        """
        Do what the button says, and say so.

        :raises TaskClosed: if somebody was quicker
        """
        now = timezone.now()
        if what in Answer.values:
            record_said(task=task, answer=what, user=self.user, now=now)
            words = f"Noted what {task.contact.name} said."
        elif what == "dismiss":
            dismiss_task(task=task, user=self.user, now=now)
            words = f"Dismissed “{task.title}”."
        else:
            finish_task(task=task, user=self.user, now=now)
            words = f"Done: “{task.title}”."
        messages.success(self.request, words)


def owner_of(task: Task) -> str:
    """Name who is to do a task; blank if it is everybody's."""
    owner: User | None = task.owner
    if owner is None:
        return task.owner_hint
    return owner.get_full_name() or owner.get_username()


register_pages([path("campaigns/tasks/", TasksPage.as_view(), name="campaigns_tasks")])
