"""The page "Fraud" of a program: what each check does, and what if it did something else."""

from datetime import timedelta
from math import inf
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path
from django.utils import timezone

from contacts.admin.site import register_pages
from referrals.admin.program_tabs import ProgramTabPage
from referrals.admin.referral_names import advocate_name, with_advocate
from referrals.fraud.checks.registry import label_of
from referrals.fraud.effects import say_all
from referrals.fraud.policies import policies_of, save_policy
from referrals.fraud.policy import Policy, default_setting
from referrals.fraud.queue import errors_by_check, errors_since
from referrals.fraud.whatif import Outcome, try_out
from referrals.fraud_form import FraudForm
from referrals.models import FraudPolicy, Referral

MAY_CHANGE = "referrals.change_fraudpolicy"
SHOWN = 10
PERIOD = timedelta(days=90)
# Seconds for which the newest referrals are tried out; all of them only if somebody wants it.
PATIENCE = 0.8


class FraudSettingPage(ProgramTabPage):
    """What each check does in this program, with how often it was wrong."""

    title = "Fraud"
    tab = "admin:referrals_program_fraud"
    permission_required = ("referrals.view_program", "referrals.view_fraudpolicy")
    template_name = "referrals/fraud_setting.html"

    @property
    def policy(self) -> Policy:
        """What the program does now."""
        return policies_of([self.program.pk])[self.program.pk]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form and what is known of each check."""
        form = kwargs.pop("form", None) or FraudForm(policy=self.policy)
        since = timezone.now() - PERIOD
        errors = errors_by_check(self.program.pk, since)
        rows = form.rows()
        for row in rows:
            row["errors"] = errors.get(row["check"].kind)
            row["default"] = default_setting(row["check"])
        return super().get_context_data(
            form=form,
            rows=rows,
            errors=errors_since(since, self.program.pk),
            saved=FraudPolicy.objects.filter(program=self.program)
            .select_related("changed_by")
            .first(),
            may_change=self.user.has_perm(MAY_CHANGE),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Save, or show what is wrong."""
        if not self.user.has_perm(MAY_CHANGE):
            raise PermissionDenied
        form = FraudForm(request.POST, policy=self.policy)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        save_policy(
            program=self.program,
            policy=form.policy(),
            user=self.user,
            now=timezone.now(),
        )
        messages.success(
            request, "Saved. The referrals of the last 90 days are checked again."
        )
        return HttpResponseRedirect(request.path)


class WhatIfPage(ProgramTabPage):
    """What the settings on the form would have done in the last 90 days; it writes nothing."""

    title = "What if"
    tab = "admin:referrals_program_fraud"
    permission_required = ("referrals.view_program", "referrals.view_fraudpolicy")
    results_only = True
    results_template_name = "referrals/_fraud_what_if.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Judge the last 90 days with the form as it is."""
        present = policies_of([self.program.pk])[self.program.pk]
        form = FraudForm(request.POST, policy=present)
        if not form.is_valid():
            return self.render_to_response(
                self.get_context_data(problems=form.problems())
            )
        outcome = try_out(
            program=self.program,
            present=present,
            changed=form.policy(),
            now=timezone.now(),
            patience=inf if request.POST.get("all") else PATIENCE,
        )
        return self.render_to_response(self.get_context_data(**self.tell(outcome)))

    def tell(self, outcome: Outcome) -> dict[str, Any]:
        """Bring it to words, with examples for who may see people."""
        return {
            "outcome": outcome,
            "verdicts": [
                (label, outcome.before[key], outcome.after[key])
                for key, label in (
                    ("clear", "Clear"),
                    ("held", "Held"),
                    ("rejected", "Rejected"),
                )
            ],
            "found": [
                (label_of(kind), outcome.found_before[kind], outcome.found_after[kind])
                for kind in {**outcome.found_before, **outcome.found_after}
                if outcome.found_before[kind] != outcome.found_after[kind]
            ],
            "held": say_all(outcome.money_held),
            "saved": say_all(outcome.money_saved),
            "freed": say_all(outcome.money_freed),
            "hurt": self.examples(outcome.hurt),
            "missed": self.examples(outcome.missed),
            "changed": self.examples(
                [*outcome.newly_rejected, *outcome.newly_held, *outcome.newly_free]
            ),
        }

    def examples(self, referral_ids: list[int]) -> list[Any]:
        """Name some, if the user may see people."""
        if not self.may_see_people:
            return []
        rows = with_advocate(
            Referral.objects.filter(pk__in=referral_ids[:SHOWN]).select_related(
                "contact"
            )
        )
        found: list[Any] = list(rows.order_by("-lead_at", "-pk"))
        for row in found:
            row.advocate = advocate_name(row)
        return found


register_pages(
    [
        path(
            "referrals/program/<int:pk>/fraud/",
            FraudSettingPage.as_view(),
            name="referrals_program_fraud",
        ),
        path(
            "referrals/program/<int:pk>/fraud/what-if/",
            WhatIfPage.as_view(),
            name="referrals_program_fraud_what_if",
        ),
    ]
)
