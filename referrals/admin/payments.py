"""Payments: approved money gathered, handed over as a file, and marked as paid."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from contacts.admin.base import AdminPage, Crumb, CsvExportMixin
from contacts.admin.site import register_pages
from contacts.templatetags.greenlight import badge, number
from referrals.admin.reward import amount_of, state_badge, why_of
from referrals.models import Reward, RewardBatch
from referrals.money import say_money
from referrals.rewards.batches import (
    CSV_HEADERS,
    BatchClosed,
    NothingToPay,
    cancel_batch,
    changed_meanwhile,
    csv_rows,
    make_batch,
    mark_paid,
    waiting_sums,
)
from referrals.rewards.claiming import gifts_to_send

LIST_URL = "admin:referrals_payments"
REWARDS_URL = "admin:referrals_reward_changelist"
GIFTS = "rule__delivery__exact=gift&state__exact=approved"
ADD = "referrals.add_rewardbatch"
CHANGE = "referrals.change_rewardbatch"
PER_PAGE = 25
TONES = {"open": "warn", "paid": "good", "canceled": "idle"}


def batch_badge(batch: RewardBatch) -> SafeString:
    """Show what became of it."""
    return badge(batch.get_state_display(), TONES[batch.state])


def tell(batch: RewardBatch) -> dict[str, Any]:
    """Write a payment with its sum."""
    return {
        "batch": batch,
        "state": batch_badge(batch),
        "total": say_money(batch.total_minor, batch.currency),
    }


class PaymentsPage(CsvExportMixin, AdminPage):
    """What waits to be paid, and the payments until now."""

    title = "Payments"
    shows_people = False
    permission_required = ("referrals.view_rewardbatch",)
    template_name = "referrals/payments.html"
    csv_name = "payments"
    csv_headers = {
        "number": "Payment",
        "state": "State",
        "rewards": "Rewards",
        "total": "Total",
        "created_at": "Made",
        "closed_at": "Closed",
    }

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List all payments."""
        for batch in RewardBatch.objects.order_by("-pk").iterator(chunk_size=1_000):
            yield {
                "number": batch.pk,
                "state": batch.get_state_display(),
                "rewards": batch.reward_count,
                "total": say_money(batch.total_minor, batch.currency),
                "created_at": batch.created_at,
                "closed_at": batch.closed_at,
            }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what waits, by currency, and a page of payments."""
        rows = RewardBatch.objects.select_related("created_by", "closed_by")
        page = Paginator(rows.order_by("-created_at", "-pk"), PER_PAGE).get_page(
            self.request.GET.get("page")
        )
        waiting = [
            {**row, "sum": say_money(row["sum_minor"], row["currency"])}
            for row in waiting_sums()
        ]
        return super().get_context_data(
            page_obj=page,
            payments=[tell(batch) for batch in page],
            waiting=waiting,
            gifts=gifts_to_send(),
            gifts_url=f"{reverse(REWARDS_URL)}?{GIFTS}",
            may_make=self.user.has_perm(ADD),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Gather what waits in one currency."""
        if not self.user.has_perm(ADD):
            raise PermissionDenied
        currency = request.POST.get("currency", "")[:3]
        try:
            batch = make_batch(currency=currency, user=self.user, now=timezone.now())
        except NothingToPay:
            messages.info(request, "Nothing waits to be paid any more.")
            return HttpResponseRedirect(reverse(LIST_URL))
        left = sum(
            row["count"] for row in waiting_sums() if row["currency"] == currency
        )
        if left:
            messages.info(
                request,
                f"This payment holds the {batch.reward_count:,} rewards that have waited "
                f"longest. {left:,} more wait for the next one.",
            )
        return HttpResponseRedirect(reverse("admin:referrals_payment", args=[batch.pk]))


class PaymentPage(CsvExportMixin, AdminPage):
    """One payment: its file, the people in it, and the tick that it was made."""

    title = "Payment"
    permission_required = ("referrals.view_rewardbatch",)
    template_name = "referrals/payment.html"
    csv_headers = CSV_HEADERS
    batch: RewardBatch

    def find_row(self) -> None:
        """Fetch the payment."""
        rows = RewardBatch.objects.select_related("created_by", "closed_by")
        self.batch = get_object_or_404(rows, pk=self.kwargs["pk"])

    @property
    def csv_name(self) -> str:  # type: ignore[override]  # the name depends on the row
        """Name the file."""
        return f"payment {self.batch.pk}"

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List who gets how much."""
        return csv_rows(self.batch)

    def get_title(self) -> str:
        """Number the payment."""
        return f"Payment {self.batch.pk}"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to all of them."""
        return [Crumb("Payments", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of the rewards in it."""
        rewards = Reward.objects.filter(batch=self.batch).select_related(
            "contact", "program", "rule"
        )
        page = Paginator(rewards.order_by("contact", "pk"), PER_PAGE).get_page(
            self.request.GET.get("page")
        )
        return super().get_context_data(
            **tell(self.batch),
            page_obj=page,
            rewards=[
                {
                    "reward": reward,
                    "amount": amount_of(reward),
                    "state": state_badge(reward),
                    "why": why_of(reward),
                }
                for reward in page
            ],
            changed=changed_meanwhile(self.batch).count(),
            is_open=self.batch.state == RewardBatch.State.OPEN,
            may_change=self.user.has_perm(CHANGE),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Mark it as paid, or take it apart."""
        if not self.user.has_perm(CHANGE):
            raise PermissionDenied
        what_to_do, now = request.POST.get("do", ""), timezone.now()
        if what_to_do not in ("paid", "cancel"):
            raise Http404("There is no such button.")
        try:
            if what_to_do == "paid":
                mark_paid(batch=self.batch, user=self.user, now=now)
                count = number(self.batch.reward_count)
                messages.success(request, f"Paid: {count} in all.")
            else:
                cancel_batch(batch=self.batch, user=self.user, now=now)
                messages.success(
                    request, "Canceled. Its rewards wait for another payment."
                )
        except BatchClosed:
            messages.info(
                request, "This payment was closed before. Nothing was changed."
            )
        return HttpResponseRedirect(
            reverse("admin:referrals_payment", args=[self.batch.pk])
        )


register_pages(
    [
        path(
            "referrals/payments/",
            PaymentsPage.as_view(),
            name="referrals_payments",
        ),
        path(
            "referrals/payments/<int:pk>/",
            PaymentPage.as_view(),
            name="referrals_payment",
        ),
    ]
)
