"""What broke the plans, by cause, and what was refused, by reason."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode

from contacts.admin.base import AdminPage, Crumb, CsvExportMixin
from contacts.admin.site import register_pages
from contacts.models import PlannedProperty, Receipt, Source, TrackingPlan
from contacts.plans.rows import Row
from contacts.plans.rules import UNPLANNED_EVENT
from contacts.plans.violations import (
    Cause,
    Refused,
    causes,
    refused,
    ticket,
)
from contacts.shapes import TYPE_LABELS
from contacts.tracking.reasons import REASONS

PERIODS = {"1": "1 day", "7": "7 days", "30": "30 days"}
REACTION_BADGES = {
    "block": ("Blocked", "bad"),
    "omit": ("Left out", "warn"),
    "allow": ("Let in", "idle"),
}
PROBLEM_REASONS = {
    "unplanned_event": "The event is not in the plan.",
    "unplanned": "It carries a property that is not in the plan.",
    "missing": "A required property is missing.",
    "wrong_type": "A property has the wrong type.",
    "not_permitted": "A property has a value that is not permitted.",
}
LONGEST_SAMPLE = 3_000
# Causes on the page; the file lists all that were counted.
MOST_SHOWN = 50


class ViolationsPage(CsvExportMixin, AdminPage):
    """Violations by cause, with a sample, a repair and a ticket for each."""

    title = "Violations"
    permission_required = ("contacts.view_trackingplan",)
    shows_people = False
    template_name = "contacts/plans/violations.html"
    csv_name = "violations"
    csv_headers = {
        "title": "Problem",
        "name": "Event",
        "path": "Property",
        "source": "Source",
        "count": "Count",
        "last": "Last seen",
        "reaction": "What happened",
        "details": "Details",
    }

    @cached_property
    def period(self) -> str:
        """How many days the page covers."""
        word = self.request.GET.get("period", "7")
        return word if word in PERIODS else "7"

    @cached_property
    def source_ids(self) -> list[int] | None:
        """The sources that are asked for; None for all."""
        query = self.request.GET
        plan, source = query.get("plan", ""), query.get("source", "")
        if source.isdecimal() and len(source) < 19:
            return [int(source)]
        if plan.isdecimal() and len(plan) < 19:
            followers = Source.objects.filter(plan=int(plan))
            return list(followers.values_list("pk", flat=True))
        return None

    @cached_property
    def causes(self) -> list[Cause]:
        """The violations of the period, grouped."""
        since = timezone.now() - timedelta(days=int(self.period))
        return causes(since=since, source_ids=self.source_ids)

    @cached_property
    def refused(self) -> list[Refused]:
        """What was blocked or rejected in the period, grouped."""
        since = timezone.now() - timedelta(days=int(self.period))
        return refused(since=since, source_ids=self.source_ids)

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List the causes."""
        for cause in self.causes:
            yield {
                "title": cause.title,
                "name": cause.name or cause.kind,
                "path": cause.path,
                "source": cause.source_name,
                "count": cause.count,
                "last": cause.last_at,
                "reaction": REACTION_BADGES[cause.reaction][0],
                "details": cause.details if self.may_see_people else "",
            }

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the plans."""
        return [Crumb("Tracking plans", reverse("admin:contacts_plans"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the groups; eight queries, however many there are."""
        return super().get_context_data(
            rows=[self.row(cause) for cause in self.tickets(self.causes[:MOST_SHOWN])],
            more=max(0, len(self.causes) - MOST_SHOWN),
            refused=[self.refused_row(each) for each in self.refused],
            periods=PERIODS,
            period=self.period,
            sources=Source.objects.order_by("name", "pk"),
            plans=TrackingPlan.objects.order_by("name", "pk"),
            query=self.request.GET,
            has_plan=Source.objects.filter(plan__isnull=False).exists(),
            **kwargs,
        )

    def tickets(self, shown: Sequence[Cause]) -> list[tuple[Cause, str]]:
        """Write a ticket for each cause; people may be in the sample, and not all see it."""
        payloads: dict[int, Any] = {}
        if self.may_see_people:
            ids = [cause.receipt_id for cause in shown]
            rows = Receipt.objects.filter(pk__in=ids).values_list("pk", "payload")
            payloads = dict(rows)
        rules = rules_of(shown)
        return [
            (cause, self.ticket(cause, rules, payloads.get(cause.receipt_id)))
            for cause in shown
        ]

    def ticket(self, cause: Cause, rules: Mapping[Any, str], payload: Any) -> str:
        """Write the ticket of one cause."""
        sample = json.dumps(payload, indent=2, ensure_ascii=False) if payload else ""
        shown = cause if self.may_see_people else replace(cause, details="")
        return ticket(
            shown,
            rule=rules.get((cause.source_id, cause.kind, cause.name, cause.path), ""),
            sample=sample[:LONGEST_SAMPLE],
            link=f"{settings.SITE_URL}{reverse('admin:contacts_violations')}"
            f"?source={cause.source_id}",
        )

    def row(self, pair: tuple[Cause, str]) -> dict[str, Any]:
        """Collect what a line shows."""
        cause, text = pair
        label, color = REACTION_BADGES[cause.reaction]
        return {
            "cause": cause,
            "label": label,
            "color": color,
            "ticket": text,
            "repair": repair_url(
                source=cause.source_id,
                kind=cause.kind,
                name=cause.name,
                problem=cause.problem,
                path=cause.path,
            ),
        }

    def refused_row(self, each: Refused) -> dict[str, Any]:
        """Collect what a line shows."""
        asked: dict[str, Any] = {
            "source": each.source.pk,
            "kind": each.kind,
            "name": each.name,
            "state": each.state,
            "reason": each.reason,
        }
        is_plan = each.reason in PROBLEM_REASONS
        return {
            "group": each,
            "reason": PROBLEM_REASONS.get(each.reason)
            or REASONS.get(each.reason, each.reason),
            "repair": repair_url(**asked, problem=each.reason if is_plan else ""),
            "replay": f"{reverse('admin:contacts_replay_new')}?{urlencode(asked)}",
        }


def repair_url(**asked: Any) -> str:
    """Lead to the page that repairs a group."""
    known = {name: value for name, value in asked.items() if value != ""}
    return f"{reverse('admin:contacts_repair_new')}?{urlencode(known)}"


def rules_of(found: Iterable[Cause]) -> dict[tuple[int, str, str, str], str]:
    """Say what the plan wants of each property that breaks it; two queries."""
    wanted = [cause for cause in found if cause.problem != UNPLANNED_EVENT]
    if not wanted:
        return {}
    plans = Source.objects.filter(
        pk__in={cause.source_id for cause in wanted}, plan__isnull=False
    ).values_list("pk", "plan_id")
    plan_of = dict(plans)
    # Some more than asked for; a condition for each cause takes longer to write than to answer.
    found_rows = PlannedProperty.objects.filter(
        event__plan__in=set(plan_of.values()),
        event__name__in={cause.name for cause in wanted},
        path__in={cause.path for cause in wanted},
    ).select_related("event")
    rows = {
        (row.event.plan_id, row.event.kind, row.event.name, row.path): row
        for row in found_rows
    }
    rules = {}
    for cause in wanted:
        key = (plan_of.get(cause.source_id), cause.kind, cause.name, cause.path)
        if key in rows:
            rules[(cause.source_id, *key[1:])] = rule_sentence(rows[key])
    return rules


def rule_sentence(row: PlannedProperty) -> str:
    """Say in a sentence what a plan wants of a property."""
    parts = ["required" if row.is_required else "optional"]
    if row.types:
        parts.append(" or ".join(TYPE_LABELS.get(name, name) for name in row.types))
    if row.permitted:
        texts = Row(row.event.kind, row.event.name, permitted=tuple(row.permitted))
        parts.append(f"one of {texts.cells()['permitted']}")
    if row.pattern:
        parts.append(f"matching {row.pattern}")
    return f"“{row.path}” is {', '.join(parts)}."


register_pages(
    [path("data/violations/", ViolationsPage.as_view(), name="contacts_violations")]
)
