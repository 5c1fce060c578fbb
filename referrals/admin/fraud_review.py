"""Fraud review: what checks hold, the evidence side by side, and the decision."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import AdminPage
from contacts.admin.site import register_pages
from contacts.templatetags.greenlight import register_tones
from referrals.admin.referral_names import advocate_name, with_advocate
from referrals.fraud.checks.registry import CHECKS, label_of
from referrals.fraud.decide import ReasonUnfit, decide, reason_groups
from referrals.fraud.effects import money_at_stake, say_all
from referrals.fraud.queue import errors_since, held_cases, items_of
from referrals.models import FraudDecision, Program, Referral

PAGE_URL = "admin:referrals_fraud_review"
MAY_DECIDE = "referrals.add_frauddecision"
PER_PAGE = 10
DECIDED_PER_PAGE = 25
ERRORS_OVER = timedelta(days=90)

register_tones(
    {
        "clear": "good",
        "rejected": "bad",
        "approved": "good",
        "unjudged": "idle",
    }
)


class DecisionForm(forms.Form):
    """Which referrals, which way, and why."""

    referral = forms.TypedMultipleChoiceField(coerce=int)
    verdict = forms.ChoiceField(choices=FraudDecision.Verdict.choices)
    reason = forms.ChoiceField(choices=FraudDecision.Reason.choices)
    note = forms.CharField(required=False, max_length=2000)

    def __init__(self, *args: Any, numbers: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["referral"]
        assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101 - as declared
        field.choices = [
            (number, number)
            for number in numbers
            if number.isdecimal() and len(number) < 19
        ]


class FraudReviewPage(AdminPage):
    """What waits for a decision, or what was decided."""

    title = "Fraud review"
    permission_required = ("referrals.view_fraudcase",)
    template_name = "referrals/fraud_review.html"

    @property
    def shows_decided(self) -> bool:
        """Whether the page shows what is over."""
        return self.request.GET.get("show") == "decided"

    @property
    def program_id(self) -> int | None:
        """Which program the page is narrowed to."""
        number = self.request.GET.get("program", "")
        return int(number) if number.isdecimal() and len(number) < 19 else None

    @property
    def check(self) -> str:
        """Which check the page is narrowed to."""
        kind = self.request.GET.get("check", "")
        return kind if kind in CHECKS else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of what is shown."""
        now = timezone.now()
        held = held_cases(program_id=self.program_id, check=self.check)
        context = self.get_decided() if self.shows_decided else self.get_held(held)
        return super().get_context_data(
            shows_decided=self.shows_decided,
            held_count=held.count(),
            late_count=held.filter(review_due_at__lt=now).count(),
            errors=errors_since(now - ERRORS_OVER, self.program_id),
            programs=Program.objects.order_by("name"),
            program_id=self.program_id,
            checks=[(kind, label_of(kind)) for kind in CHECKS],
            check=self.check,
            reasons=reason_groups(),
            may_decide=self.user.has_perm(MAY_DECIDE),
            now=now,
            **context,
            **kwargs,
        )

    def get_held(self, held: QuerySet) -> dict[str, Any]:
        """List what waits for a decision."""
        page = Paginator(held, PER_PAGE).get_page(self.request.GET.get("page"))
        items = items_of([case.referral_id for case in page])
        return {"page_obj": page, "items": items}

    def get_decided(self) -> dict[str, Any]:
        """List what was decided, newest first."""
        rows = FraudDecision.objects.select_related("decided_by", "program")
        if self.program_id:
            rows = rows.filter(program=self.program_id)
        if self.check:
            rows = rows.filter(checks__contains=[self.check])
        page = Paginator(
            rows.order_by("-decided_at", "-pk"), DECIDED_PER_PAGE
        ).get_page(self.request.GET.get("page"))
        known = {
            row.pk: row
            for row in with_advocate(
                Referral.objects.filter(
                    pk__in=[row.referral_id for row in page.object_list]
                ).select_related("contact")
            )
        }
        decisions: list[Any] = list(page)
        for row in decisions:
            row.referral = known.get(row.referral_id)
            row.advocate = advocate_name(row.referral) if row.referral else ""
            row.labels = ", ".join(label_of(kind) for kind in row.checks)
        return {"page_obj": page, "decisions": decisions}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Decide about one or several, and go on with the rest."""
        if not self.user.has_perm(MAY_DECIDE):
            raise PermissionDenied
        form = DecisionForm(request.POST, numbers=request.POST.getlist("referral"))
        if form.is_valid():
            self.carry_out(form.cleaned_data)
        elif "referral" in form.errors:
            messages.error(request, "Choose at least one referral.")
        else:
            messages.error(request, "Choose a reason.")
        return HttpResponseRedirect(self.where_next())

    def where_next(self) -> str:
        """Lead back to the referral on whose page it was decided, or go on with the queue."""
        number = self.request.POST.get("back", "")
        if number.isdecimal() and len(number) < 19:
            return reverse("admin:referrals_referral_change", args=[number])
        query = self.request.GET.urlencode()
        return f"{reverse(PAGE_URL)}?{query}" if query else reverse(PAGE_URL)

    def carry_out(self, chosen: dict[str, Any]) -> None:
        """Decide, and say so."""
        try:
            count = decide(
                referral_ids=chosen["referral"],
                verdict=chosen["verdict"],
                reason=chosen["reason"],
                note=chosen["note"],
                user=self.user,
                now=timezone.now(),
            )
        except ReasonUnfit as error:
            messages.error(self.request, str(error))
            return
        what = "Approved" if chosen["verdict"] == "approved" else "Rejected"
        if count:
            many = "1 referral" if count == 1 else f"{count} referrals"
            messages.success(self.request, f"{what} {many}. Rewards follow.")
        else:
            messages.info(self.request, "That was decided already.")


class ChosenEffectPage(AdminPage):
    """What hangs on the referrals that are ticked; it writes nothing."""

    title = "Effect"
    permission_required = ("referrals.view_fraudcase",)
    results_only = True
    results_template_name = "referrals/_fraud_chosen.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Add up."""
        numbers = [
            int(number)
            for number in request.POST.getlist("referral")
            if number.isdecimal() and len(number) < 19
        ]
        referrals = list(Referral.objects.filter(pk__in=numbers))
        return self.render_to_response(
            self.get_context_data(
                count=len(referrals), money=say_all(money_at_stake(referrals))
            )
        )


register_pages(
    [
        path(
            "referrals/fraud/",
            FraudReviewPage.as_view(),
            name="referrals_fraud_review",
        ),
        path(
            "referrals/fraud/chosen/",
            ChosenEffectPage.as_view(),
            name="referrals_fraud_chosen",
        ),
    ]
)
