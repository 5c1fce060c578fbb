"""The list of campaigns."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import BigIntegerField, Count, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audiences.catalog import event_label
from audiences.models import Audience
from campaigns.flows.triggers import AUDIENCE, DATE, EVENT, LEFT, trigger_of
from campaigns.models import Ask, Campaign, DraftRevision, Enrollment
from campaigns.reports.groups import GROUPS, count_groups_by
from campaigns.statistics import Rate
from campaigns.triggers.registry import REGISTRY
from contacts.admin.base import ListAdmin
from contacts.templatetags.greenlight import ago, badge, number, percent


def count_of(queryset: QuerySet) -> Coalesce:
    """Count the rows of a campaign in a query of its own, so that counts don't multiply."""
    rows = queryset.filter(campaign=OuterRef("pk")).order_by().values("campaign")
    return Coalesce(Subquery(rows.annotate(count=Count("*")).values("count")), 0)


class ShelfFilter(admin.SimpleListFilter):
    """Campaigns in use, or those in the archive."""

    title = "archive"
    parameter_name = "shelf"

    def lookups(
        self, request: HttpRequest, model_admin: Any
    ) -> Iterable[tuple[str, str]]:
        """Offer what is not shown by itself."""
        return [("archived", "In the archive"), ("all", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Say what is shown by itself."""
        found = super().choices(changelist)
        yield {**next(found), "display": "In use"}
        yield from found

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Leave archived ones out unless they are asked for."""
        if self.value() == "all":
            return queryset
        return queryset.filter(archived_at__isnull=self.value() != "archived")


@admin.register(Campaign)
class CampaignAdmin(ListAdmin):
    """Campaigns: what they do, how many people are inside, and who said yes."""

    shows_people = False
    change_list_template = "campaigns/list.html"
    list_display = (
        "name_and_program",
        "state_badge",
        "audience_name",
        "people_inside",
        "asks",
        "yes_rate",
        "last_change",
        "copy_button",
    )
    list_display_links = ("name_and_program",)
    list_filter = (ShelfFilter, "state", "program")
    search_fields = ("name", "program__name")
    list_select_related = ("program",)
    ordering = ("-pk",)
    export_fields = ("name", "program", "state", "created_at", "started_at")
    empty_title = "No campaigns yet"
    empty_text = (
        "A campaign asks the right people at the right moment. It needs a program (what you"
        " offer) and an audience (who is asked); then this takes five minutes."
    )
    empty_link_title = "New campaign"
    empty_url_name = "admin:campaigns_campaign_add"

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Offer copies to who may make campaigns."""
        may_copy = self.has_add_permission(request)
        return [name for name in self.list_display if may_copy or name != "copy_button"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        """Add the numbers of each campaign."""
        audience_id = KeyTextTransform(
            "audience", KeyTransform("trigger", OuterRef("draft"))
        )
        audience = Audience.objects.filter(pk=Cast(audience_id, BigIntegerField()))
        last = DraftRevision.objects.filter(campaign=OuterRef("pk")).order_by("-number")
        return (
            super()
            .get_queryset(request)
            .annotate(
                audience_title=Subquery(audience.values("name")[:1]),
                inside_count=count_of(Enrollment.objects.filter(state="active")),
                changed_at=Coalesce(Subquery(last.values("made_at")[:1]), "created_at"),
            )
        )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Count the asks of the campaigns on the page, all in one query."""
        changes = super().get_changelist_instance(request)
        campaigns: list[Any] = list(changes.result_list)
        asks = Ask.objects.filter(refunded_at=None, campaign__in=campaigns)
        counts = count_groups_by(asks, "campaign")
        for campaign in campaigns:
            campaign.counts = counts.get((campaign.pk,), dict.fromkeys(GROUPS, 0))
        changes.result_list = campaigns
        return changes

    def has_delete_permission(
        self, request: HttpRequest, obj: Campaign | None = None
    ) -> bool:
        """Allow deleting what has never run; the rest is history."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and obj.published_id is None

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Lead to the campaign's own pages: the overview once it has run, else the draft."""
        campaign = self.get_object(request, object_id)
        if campaign is None:
            raise Http404
        page = "trigger" if campaign.state == Campaign.State.DRAFT else "overview"
        return redirect(f"admin:campaigns_{page}", campaign.pk)

    @admin.display(description="Campaign", ordering="name")
    def name_and_program(self, campaign: Campaign) -> SafeString:
        """Show the name, and the program below it."""
        return format_html(
            '{}<br><small class="gl-muted">{}</small>',
            campaign.name,
            campaign.program,
        )

    @admin.display(description="State", ordering="state")
    def state_badge(self, campaign: Campaign) -> SafeString:
        """Show what it does."""
        shown = badge(campaign.get_state_display(), campaign.state)
        if campaign.archived_at is None:
            return shown
        return format_html("{} {}", shown, badge("Archived", "idle"))

    @admin.display(description="Begins with")
    def audience_name(self, campaign: Any) -> str:
        """Name what lets people in."""
        trigger = trigger_of(campaign.draft)
        if trigger["kind"] == AUDIENCE:
            return campaign.audience_title or "–"
        named = {
            LEFT: campaign.audience_title,
            EVENT: event_label(trigger["event"]["name"]),
            DATE: trigger["date"]["attribute"],
        }.get(trigger["kind"])
        label = REGISTRY[trigger["kind"]].label
        return f"{label}: {named}" if named else label

    @admin.display(description="Inside", ordering="inside_count")
    def people_inside(self, campaign: Any) -> str:
        """Count who is in it now."""
        return number(campaign.inside_count)

    @admin.display(description="Asks")
    def asks(self, campaign: Any) -> str:
        """Count the asks that were made."""
        return number(campaign.counts["asked"])

    @admin.display(description="Yes Rate")
    def yes_rate(self, campaign: Any) -> str:
        """Show yes of delivered; with few of them as a fraction."""
        rate = Rate(campaign.counts["yes"], campaign.counts["delivered"])
        if not rate.total:
            return "–"
        if not rate.is_sure:
            return f"{rate.count} of {rate.total}"
        return percent(rate.share)

    @admin.display(description="Last change", ordering="changed_at")
    def last_change(self, campaign: Any) -> str:
        """Say when the draft was last changed."""
        return ago(campaign.changed_at)

    @admin.display(description="")
    def copy_button(self, campaign: Campaign) -> SafeString:
        """Offer to begin a campaign with this one; the form is that of the list."""
        return format_html(
            '<button class="gl-button gl-button--quiet gl-button--small" formaction="{}">'
            "Duplicate</button>",
            reverse("admin:campaigns_duplicate", args=[campaign.pk]),
        )
