"""Pages on which a campaign leaves as a file, and comes as one."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import slugify

from campaigns.admin.draft import CampaignPage, posted_revision
from campaigns.admin.outline import beginning, outline
from campaigns.copying import free_name
from campaigns.files.bring_in import (
    ChoicesMissing,
    import_campaign,
    import_over,
    preview_document,
)
from campaigns.files.format import CampaignFile, Thing
from campaigns.files.matching import CREATE, Match, find_matches
from campaigns.files.parse import LARGEST, FileRefused, Problem
from campaigns.files.read import read_campaign
from campaigns.files.write import to_text, write_campaign
from campaigns.flows.definition import walk_steps
from campaigns.flows.diff import differences
from campaigns.flows.ladder import needs_mail
from campaigns.models import Campaign
from campaigns.publishing import DraftConflict
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from referrals.models import Program

STEPS = ({"title": "Choose the file"}, {"title": "Look at it"})
PART_TITLES = {
    "trigger": "Trigger",
    "goal": "Goal",
    "exit": "Exit",
    "settings": "Settings",
    "guardrails": "Guardrails",
}


class ExportPage(CampaignPage):
    """The draft of a campaign as a file."""

    title = "Export"
    permission_required = ("campaigns.view_campaign", "audiences.view_audience")
    http_method_names = ["get"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the file."""
        name = slugify(self.campaign.name)[:60] or "campaign"
        return HttpResponse(
            to_text(write_campaign(self.campaign)),
            content_type="application/json; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}.json"',
                "Cache-Control": "no-store",
            },
        )


class ImportForm(forms.Form):
    """What the new campaign is called, and whose it is."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        error_messages={"required": "Give the campaign a name."},
    )
    program = forms.ModelChoiceField(
        queryset=Program.objects.none(),
        label="Program",
        empty_label="Choose a program",
        error_messages={"required": "Choose the program whose offer it makes."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the programs that run."""
        super().__init__(*args, **kwargs)
        programs: Any = self.fields["program"]
        programs.queryset = Program.objects.running().order_by("name")


@dataclass(frozen=True)
class Choice:
    """A match on the page, with what is chosen and what is wrong with that."""

    match: Match
    chosen: str
    is_missing: bool = False


class ImportPage(AdminPage):
    """
    Look at a file, choose what is taken for what it names, and make a campaign of it.

    The file goes back and forth with the page: until somebody confirms nothing is kept.
    """

    title = "Import a campaign"
    shows_people = False
    permission_required: tuple[str, ...] = ("campaigns.add_campaign",)
    template_name = "campaigns/import.html"
    campaign: Campaign | None = None
    # What the file says, if there is one.
    text = ""

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the campaigns."""
        return [Crumb("Campaigns", reverse("admin:campaigns_campaign_changelist"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the first step; of the second one what was found."""
        context: dict[str, Any] = {
            "steps": STEPS,
            "current": 2 if "file" in kwargs else 1,
            "over": self.campaign,
            "largest": LARGEST // 10**6,
            "has_program": Program.objects.running().exists(),
        }
        return super().get_context_data(**context | kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show what is in the file, or do what was confirmed."""
        upload = request.FILES.get("file")
        if upload is not None and (upload.size or 0) > LARGEST:
            problem = Problem("", f"The file is larger than {LARGEST // 10**6} MB.")
            return self.refuse([problem])
        raw = upload.read() if upload else request.POST.get("text", "").encode()
        if not raw.strip():
            return self.refuse([Problem("", "Choose a file that is not empty.")])
        try:
            file = read_campaign(raw)
        except FileRefused as refused:
            return self.refuse(refused.problems, refused.more)
        self.text = raw.decode("utf-8-sig")
        if "confirm" in request.POST:
            return self.confirm(file)
        return self.show(file, self.make_form(file))

    def refuse(self, problems: list[Problem], more: int = 0) -> HttpResponse:
        """Say what is wrong with the file."""
        context = self.get_context_data(problems=problems, more_problems=more)
        return self.render_to_response(context)

    def make_form(self, file: CampaignFile, values: Any = None) -> forms.Form | None:
        """Make the form of a new campaign, with the program of the name in the file."""
        program = Program.objects.running().filter(name=file.program).first()
        initial = {"name": free_name(file.name), "program": program}
        return ImportForm(values, initial=initial)

    def confirm(self, file: CampaignFile) -> HttpResponseBase:
        """Bring the file in, or say what is missing."""
        form = self.make_form(file, self.request.POST)
        matches = find_matches(file, user=self.user)
        choices = {one.thing: self.chosen(one) for one in matches}
        if form is not None and not form.is_valid():
            return self.show(file, form)
        try:
            campaign = self.bring_in(file, form, choices)
        except ChoicesMissing as missing:
            return self.show(file, form, missing=missing.things)
        except FileRefused as refused:
            return self.refuse(refused.problems)
        except DraftConflict as conflict:
            return self.refuse([Problem("", str(conflict))])
        self.say_done(file, campaign, choices)
        return redirect("admin:campaigns_review", campaign.pk)

    def chosen(self, match: Match) -> str:
        """Read what was chosen for a thing; what we would take if the page was not seen yet."""
        return self.request.POST.get(match.field_name, match.proposed)

    def bring_in(
        self, file: CampaignFile, form: Any, choices: dict[Thing, str]
    ) -> Campaign:
        """Make the campaign."""
        return import_campaign(
            file=file,
            name=form.cleaned_data["name"],
            program=form.cleaned_data["program"],
            choices=choices,
            user=self.user,
            now=timezone.now(),
        )

    def say_done(
        self, file: CampaignFile, campaign: Campaign, choices: dict[Thing, str]
    ) -> None:
        """Say what there is now."""
        made = sum(choice == CREATE for choice in choices.values())
        more = ""
        if made:
            more = (
                f" {made} thing{'' if made == 1 else 's'} that it needs came with it."
            )
        messages.success(self.request, f"“{campaign.name}” is a draft now.{more}")

    def show(
        self,
        file: CampaignFile,
        form: forms.Form | None,
        *,
        missing: list[Thing] | None = None,
    ) -> HttpResponse:
        """Show what is in the file, what it needs, and what is chosen for that."""
        matches = find_matches(file, user=self.user)
        choices = [
            Choice(one, self.chosen(one), one.thing in (missing or ()))
            for one in matches
        ]
        steps = list(walk_steps(file.document["steps"]))
        return self.render_to_response(
            self.get_context_data(
                file=file,
                form=form,
                text=self.text,
                choices=[choice for choice in choices if not choice.match.only_for],
                inner_choices=[choice for choice in choices if choice.match.only_for],
                is_missing=bool(missing),
                rows=outline(file.document["steps"]),
                begins=beginning(file.document),
                step_count=len(steps),
                mail_count=sum(
                    step["kind"] == "email" and needs_mail(step) for step in steps
                ),
                changes=self.changes(file, choices),
            )
        )

    def changes(self, file: CampaignFile, choices: list[Choice]) -> list[str]:
        """Say what would be different; nothing for a new campaign."""
        return []


class ImportOverPage(ImportPage, CampaignPage):
    """Put a file in the place of the draft of a campaign."""

    permission_required = ("campaigns.view_campaign", "campaigns.change_campaign")
    campaign: Campaign

    def find_row(self) -> None:
        """Fetch the campaign; one that has stopped is not changed any more."""
        CampaignPage.find_row(self)
        if not self.can_edit:
            raise PermissionDenied

    def get_title(self) -> str:
        """Name the campaign."""
        return f"Import over “{self.campaign.name}”"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the campaign, too."""
        own = Crumb(self.campaign.name, self.url("campaigns_flow"))
        return [*ImportPage.get_breadcrumbs(self), own]

    def make_form(self, file: CampaignFile, values: Any = None) -> forms.Form | None:
        """Ask for nothing: the campaign has a name and a program."""
        return None

    def bring_in(
        self, file: CampaignFile, form: Any, choices: dict[Thing, str]
    ) -> Campaign:
        """Save the edit."""
        return import_over(
            file=file,
            campaign=self.campaign,
            revision=posted_revision(self.request),
            choices=choices,
            user=self.user,
            now=timezone.now(),
        )

    def say_done(
        self, file: CampaignFile, campaign: Campaign, choices: dict[Thing, str]
    ) -> None:
        """Say that it can be undone."""
        messages.success(
            self.request,
            f"The draft is that of the file “{file.name}” now. “Undo” brings the other one"
            " back.",
        )

    def changes(self, file: CampaignFile, choices: list[Choice]) -> list[str]:
        """List what would be different, step by step."""
        taken = {one.match.thing: one.chosen for one in choices}
        new = preview_document(file, taken, user=self.user)
        found = differences(self.campaign.draft, new)
        said = []
        for change in found.steps:
            step = change.new or change.old
            if step is not None:
                said.append(f"“{step['name']}”: {' and '.join(change.words)}")
        return said + [
            f"{PART_TITLES.get(part, part.capitalize())}: changed"
            for part in found.parts
        ]


register_pages(
    [
        path(
            "campaigns/campaign/import/", ImportPage.as_view(), name="campaigns_import"
        ),
        path(
            "campaigns/campaign/<int:pk>/import/",
            ImportOverPage.as_view(),
            name="campaigns_import_over",
        ),
        path(
            "campaigns/campaign/<int:pk>/export-file/",
            ExportPage.as_view(),
            name="campaigns_export_file",
        ),
    ]
)
