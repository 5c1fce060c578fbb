"""What the pages of a draft share: its header, saving with an optimistic lock, undo."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from campaigns.flows.definition import Document
from campaigns.flows.findings import Finding
from campaigns.models import Campaign, DraftRevision
from campaigns.publishing import (
    DraftConflict,
    NothingToRedo,
    NothingToUndo,
    redo_draft,
    save_draft,
    undo_draft,
)
from campaigns.readiness import review
from campaigns.scheduling import why_not_started
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages

# Title, address and the parts of the document of each page of the wizard.
PAGES = (
    ("Trigger", "campaigns_trigger", ("trigger",)),
    ("Flow", "campaigns_flow", ("flow",)),
    ("Goal & exit", "campaigns_goal", ("goal", "exit", "settings")),
    ("Review", "campaigns_review", ()),
)


@dataclass(frozen=True)
class WizardStep:
    """A page of the wizard in the header."""

    title: str
    link: str
    is_current: bool
    is_ready: bool
    error_count: int


class CampaignPage(AdminPage):
    """A page about one campaign."""

    permission_required: tuple[str, ...] = ("campaigns.view_campaign",)
    shows_people = False
    campaign: Campaign

    def find_row(self) -> None:
        """Fetch the campaign."""
        self.campaign = get_object_or_404(
            Campaign.objects.select_related("program", "published"),
            pk=self.kwargs["pk"],
        )

    @property
    def can_edit(self) -> bool:
        """Whether the user may change the draft."""
        return (
            self.request.user.has_perm("campaigns.change_campaign")
            and self.campaign.state not in Campaign.OVER
        )

    @property
    def can_publish(self) -> bool:
        """Whether the user may start, pause, resume and stop."""
        return self.request.user.has_perm("campaigns.publish_campaign")

    def get_title(self) -> str:
        """Title the page with the campaign's name."""
        return self.campaign.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the campaigns, and to the campaign once it has run."""
        crumbs = [Crumb("Campaigns", reverse("admin:campaigns_campaign_changelist"))]
        if self.campaign.published_id:
            crumbs.append(Crumb(self.campaign.name, self.url("campaigns_overview")))
        return crumbs

    def url(self, name: str, *args: Any) -> str:
        """Give the address of another page of the campaign."""
        return reverse(f"admin:{name}", args=[self.campaign.pk, *args])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the campaign and what the user may do."""
        return super().get_context_data(
            campaign=self.campaign,
            can_edit=self.can_edit,
            can_publish=self.can_publish,
            **kwargs,
        )


class DraftPage(CampaignPage):
    """A page on which the draft is looked at and changed."""

    page_name: str

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Forget what an earlier request found."""
        super().setup(request, *args, **kwargs)
        self.conflict: DraftRevision | None = None
        self.is_stale = False

    @property
    def document(self) -> Document:
        """The draft as it is."""
        return self.campaign.draft

    def find_row(self) -> None:
        """Refuse a change by who may only look."""
        super().find_row()
        is_change = self.request.method not in ("GET", "HEAD", "OPTIONS")
        if is_change and not self.can_edit:
            raise PermissionDenied

    def save(self, document: Document, summary: str) -> bool:
        """
        Save a changed draft, if the page has seen the newest one.

        What changes nothing makes no revision.

        :returns: False if somebody else was faster; the page then shows who and what
        """
        if document == self.document:
            return True
        try:
            self.campaign = save_draft(
                campaign=self.campaign,
                document=document,
                revision=posted_revision(self.request),
                summary=summary,
                user=self.user,
                now=timezone.now(),
            )
        except DraftConflict:
            self.campaign.refresh_from_db()
            self.is_stale = True
            self.conflict = (
                self.campaign.revisions.done()
                .select_related("made_by")
                .order_by("-number")
                .first()
            )
            return False
        return True

    def wizard_steps(self, findings: list[Finding]) -> list[WizardStep]:
        """Describe the pages of the wizard, with how much is left to mend on each."""
        steps = []
        for title, name, parts in PAGES:
            errors = [
                finding
                for finding in findings
                if finding.blocks and (not parts or finding.part in parts)
            ]
            steps.append(
                WizardStep(
                    title=title,
                    link=self.url(name),
                    is_current=name == self.page_name,
                    is_ready=not errors and bool(parts),
                    error_count=len(errors),
                )
            )
        return steps

    def shown_address(self) -> str:
        """Give the address that the browser shows, which a part does not have."""
        shown = self.request.headers.get("HX-Current-URL")
        if not shown:
            return self.request.get_full_path()
        return urlsplit(shown)._replace(scheme="", netloc="", fragment="").geturl()

    def again_values(self) -> dict[str, str]:
        """Give what, beside the form, is posted to do a change again on the newest draft."""
        return {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the header of the draft."""
        findings = kwargs.pop("findings", None)
        if findings is None:
            findings = review(self.document)
        last = self.campaign.revisions.done().order_by("-number").first()
        undone = self.campaign.revisions.undone().order_by("number").first()
        return super().get_context_data(
            findings=findings,
            wizard_steps=self.wizard_steps(findings),
            last_change=last,
            next_change=undone,
            conflict=self.conflict,
            is_stale=self.is_stale,
            was_told=self.is_stale and self.request.POST.get("revision") == "stale",
            has_unpublished_changes=has_unpublished_changes(self.campaign),
            not_started_because=why_not_started(self.campaign),
            again=json.dumps(
                {**self.again_values(), "revision": str(self.campaign.revision)}
            ),
            undo_url=self.url("campaigns_undo"),
            redo_url=self.url("campaigns_redo"),
            page_name=self.page_name,
            page_url=self.request.path,
            back_url=self.shown_address(),
            **kwargs,
        )


class DraftFormPage(DraftPage):
    """
    A page whose form saves itself while it is filled in.

    What does not pass stays in its field, with a sentence; what passes is saved. The answer
    swaps the state of the draft, the sentences, and ``extra_template_name`` out of band.
    """

    results_template_name = "campaigns/_draft_saved.html"
    extra_template_name = ""
    summary: str

    def make_forms(self, values: Any = None) -> list[forms.BaseForm]:
        """Make the forms of the page, bound to what was posted."""
        raise NotImplementedError

    def apply(self, made: list[Any]) -> Document:
        """Write what the forms say into the document."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the forms."""
        made = kwargs.pop("forms", None) or self.make_forms()
        return super().get_context_data(
            forms=made, extra_template=self.extra_template_name, **kwargs
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save what is right and say what is not."""
        made = self.make_forms(request.POST)
        # Each form is asked, so that each says what is wrong with it.
        is_valid = False not in [form.is_valid() for form in made]
        was_saved = is_valid and self.save(self.apply(made), self.summary)
        if was_saved:
            self.after_save(made)
        self.results_only = True
        return self.render_to_response(
            self.get_context_data(forms=made, is_answer=True, was_saved=was_saved)
        )

    def after_save(self, made: list[Any]) -> None:
        """Keep what the forms say beyond the document."""


class UndoPage(DraftPage):
    """Takes back the last change of the draft."""

    title = "Undo"
    http_method_names = ["post"]
    page_name = "campaigns_undo"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Undo, and go back to the page it came from."""
        try:
            self.change(posted_revision(request))
        except (NothingToUndo, NothingToRedo) as error:
            messages.info(request, str(error))
        except DraftConflict:
            messages.warning(
                request,
                "Somebody changed this draft in the meantime, so nothing was undone or done"
                " again. This is the newest version.",
            )
        flow = self.url("campaigns_flow")
        own = flow.removesuffix("flow/")
        back = request.POST.get("back", "")
        return redirect(back if back.startswith(own) else flow)

    def change(self, revision: int) -> None:
        """Take the last change back."""
        undo_draft(campaign=self.campaign, revision=revision, now=timezone.now())


class RedoPage(UndoPage):
    """Does the last change again that was taken back."""

    title = "Redo"
    page_name = "campaigns_redo"

    def change(self, revision: int) -> None:
        """Do it again."""
        redo_draft(campaign=self.campaign, revision=revision)


def posted_revision(request: HttpRequest) -> int:
    """Read which revision the page has seen; 0, which is never current, if it is odd."""
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def has_unpublished_changes(campaign: Campaign) -> bool:
    """Whether the draft differs from what runs."""
    published = campaign.published
    if published is None or campaign.state == Campaign.State.DRAFT:
        return False
    return published.revision != campaign.revision


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/undo/",
            UndoPage.as_view(),
            name="campaigns_undo",
        ),
        path(
            "campaigns/campaign/<int:pk>/redo/",
            RedoPage.as_view(),
            name="campaigns_redo",
        ),
    ]
)
