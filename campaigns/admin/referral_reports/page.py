"""What all of these reports have in common: the choice of asks, and the way between them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from babel.core import Locale, UnknownLocaleError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from campaigns.flows.definition import side_titles, walk_steps
from campaigns.flows.ladder import LABELS as CHANNELS
from campaigns.models import Campaign, CampaignVersion
from campaigns.reports.period import LABELS
from campaigns.reports.referrals.filters import NONE, Filters, read_filters
from campaigns.reports.referrals.funnel import languages
from contacts.admin.base import AdminPage, CsvExportMixin
from referrals.models import Program

# The pages, in the order of the tabs: a title and the name of the address.
TABS = (
    ("Funnel", "campaigns_funnel"),
    ("Yes Rate", "campaigns_yes_rate"),
    ("Time to ask", "campaigns_timing"),
    ("Revenue and rewards", "campaigns_money"),
    ("Leaderboard", "campaigns_leaders"),
    ("Fraud", "campaigns_fraud_report"),
)
UNKNOWN = "Not known"


@dataclass(frozen=True)
class Choice:
    """A select of the form above a report; ``options`` are values and labels."""

    name: str
    label: str
    options: list[tuple[str, str]]
    chosen: str


class FilteredPage(CsvExportMixin, AdminPage):
    """A report about some asks and friends, chosen by the address of the page."""

    request: HttpRequest
    shows_people = False
    permission_required = ("campaigns.view_campaign", "referrals.view_referral")
    url_name: str

    @cached_property
    def filters(self) -> Filters:
        """Which asks and friends the page is about."""
        return read_filters(self.request.GET.dict(), now=timezone.now())

    @cached_property
    def names(self) -> "Names":
        """How things are called."""
        return Names()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the choices, the tabs and the period."""
        query = self.filters.as_query()
        return super().get_context_data(
            period=self.filters.period,
            periods=LABELS,
            filters=self.filters,
            filters_query=query,
            choices=self.list_choices(),
            is_narrowed=self.filters != Filters(self.filters.period, program=None),
            tabs=[
                (title, f"{reverse(f'admin:{name}')}?{query}", name == self.url_name)
                for title, name in TABS
            ],
            **kwargs,
        )

    def list_choices(self) -> list[Choice]:
        """List what can be chosen; a variant once there is a campaign that has some."""
        chosen = self.filters
        found = [
            Choice(
                "program",
                "Program",
                [(str(pk), name) for pk, name in self.names.programs.items()],
                str(chosen.program or ""),
            ),
            Choice(
                "campaign",
                "Campaign",
                [(str(pk), name) for pk, name in self.names.campaigns.items()],
                str(chosen.campaign or ""),
            ),
            Choice(
                "channel", "Channel", list(CHANNELS.items()), written(chosen.channel)
            ),
            Choice(
                "locale",
                "Language",
                [(word or NONE, name_of_locale(word)) for word in languages()],
                written(chosen.locale),
            ),
        ]
        variants = self.names.variants_of(chosen.campaign)
        if variants:
            options = [(word, name) for word, name in variants.items()]
            found.append(Choice("variant", "Variant", options, written(chosen.variant)))
        return found


class Names:
    """How programs, campaigns and the sides of splits are called; each is read once."""

    @cached_property
    def programs(self) -> dict[int, str]:
        """All programs."""
        return dict(Program.objects.order_by("name").values_list("pk", "name"))

    @cached_property
    def campaigns(self) -> dict[int, str]:
        """All campaigns that ever ran."""
        ran = Campaign.objects.exclude(state__in=Campaign.BEFORE)
        return dict(ran.order_by("name", "pk").values_list("pk", "name"))

    def variants_of(self, campaign_id: int | None) -> dict[str, str]:
        """The sides of all splits that a campaign ever had; those of now come first."""
        if campaign_id is None:
            return {}
        versions = CampaignVersion.objects.filter(campaign=campaign_id)
        found: dict[str, str] = {}
        for definition in versions.order_by("-number").values_list(
            "definition", flat=True
        ):
            for step in walk_steps(definition["steps"]):
                if step["kind"] not in ("split", "cohort"):
                    continue
                for key, title in side_titles(step).items():
                    found.setdefault(f"{step['key']}:{key}", f"{step['name']}: {title}")
        return found

    def of_part(self, by: str, value: Any, campaign_id: int | None) -> str:
        """Name a value of a breakdown."""
        if by == "program_id":
            return self.programs.get(value, UNKNOWN)
        if by == "campaign":
            return self.campaigns.get(value, UNKNOWN)
        if value == "":
            return "No split" if by == "variant" else UNKNOWN
        if by == "channel":
            return CHANNELS.get(value, value)
        if by == "locale":
            return name_of_locale(value)
        return self.variants_of(campaign_id).get(value, value)


def written(word: str | None) -> str:
    """Write a chosen word for the form; the blank one has a sign of its own."""
    return "" if word is None else word or NONE


def name_of_locale(word: str) -> str:
    """Name a language in English, as far as it is one."""
    if not word:
        return UNKNOWN
    try:
        found = Locale.parse(word.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return word
    return found.get_display_name("en") or word


def csv_rate(rate: Any) -> dict[str, Any]:
    """Write a rate into cells: count, total, percent and its interval; blank below thirty."""
    sure = rate.is_sure
    return {
        "count": rate.count,
        "total": rate.total,
        "percent": round(rate.percent, 2) if sure else "",
        "low": round(rate.low, 2) if sure else "",
        "high": round(rate.high, 2) if sure else "",
    }


RATE_HEADERS = {
    "count": "Count",
    "total": "Of",
    "percent": "Percent",
    "low": "95% from",
    "high": "95% to",
}
Rows = Iterable[dict[str, Any]]
