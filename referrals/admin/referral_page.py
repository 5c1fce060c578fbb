"""The page of one referral: a receipt that anybody can read, and what can be done by hand."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from contacts.admin.base import AdminPage, Crumb
from referrals.admin.credit_forms import MoveForm, WithdrawForm
from referrals.admin.referral_names import advocate_name, stage_badge, with_advocate
from referrals.admin.referral_sections import sections_of
from referrals.attribution.by_hand import CreditRefused, move_credit, withdraw_credit
from referrals.attribution.stories import (
    STAGE_WORDS,
    as_text,
    read_time,
    tell_claims,
    tell_decisions,
    tell_hand,
    tell_milestones,
    tell_rule,
)
from referrals.models import Advocate, Referral, StageRule

LIST_URL = "admin:referrals_referral_changelist"
PAGE_URL = "admin:referrals_referral_change"
CHANGE = "referrals.change_referral"


class ReferralPage(AdminPage):
    """One referral: the two people, how far it came, and why it is so."""

    title = "Referral"
    permission_required = ("referrals.view_referral",)
    template_name = "referrals/referral.html"

    def find_row(self) -> None:
        """Fetch the referral with what names its advocate."""
        pk = str(self.kwargs["pk"])
        rows = with_advocate(Referral.objects.select_related("contact", "program"))
        found = pk.isdecimal() and len(pk) < 19 and rows.filter(pk=int(pk)).first()
        if not found:
            raise Http404("There is no such referral.")
        self.referral = found

    def get_title(self) -> str:
        """Name both people."""
        name = advocate_name(self.referral)
        return f"{self.referral.contact.name}, brought by {name}"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Referrals", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the receipt in words, what others know of it, and all of it as text."""
        referral = self.referral
        claims = tell_claims(referral.receipt)
        by_hand = tell_hand(referral.receipt)
        milestones = tell_milestones(referral)
        decisions = tell_decisions(referral.contact_id, referral.program_id)
        sections = sections_of(referral, self.user)
        rule = tell_rule(referral, referral.program)
        return super().get_context_data(
            referral=referral,
            advocate=Advocate.objects.filter(
                contact=referral.advocate_contact_id, pk=referral.advocate_id
            ).first(),
            advocate_name=advocate_name(referral),
            stage=stage_badge(referral),
            stages=stages_of(referral),
            event=say_event(referral),
            event_at=read_time(referral.receipt.get("event_at")),
            decided_at=read_time(referral.receipt.get("decided_at")),
            claims=[*claims, *by_hand],
            rule=rule,
            milestones=milestones,
            decisions=decisions,
            sections=sections,
            copy=as_text(
                self.get_title(),
                [
                    (f"Why: {rule}", [*claims, *by_hand]),
                    ("What happened", milestones),
                    ("Decided by hand", decisions),
                    *((one.title, one.lines) for one in sections),
                ],
            ),
            may_decide=self.user.has_perm(CHANGE),
            move_form=kwargs.pop("move_form", None)
            or MoveForm(program=referral.program, prefix="move"),
            withdraw_form=kwargs.pop("withdraw_form", None)
            or WithdrawForm(prefix="withdraw"),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Move the credit to another advocate, or withdraw it."""
        if not self.user.has_perm(CHANGE):
            raise PermissionDenied
        if request.POST.get("do") == "withdraw":
            return self.withdraw()
        return self.move()

    def move(self) -> HttpResponseBase:
        """Let another advocate have it."""
        form = MoveForm(self.request.POST, program=self.referral.program, prefix="move")
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(move_form=form))
        try:
            move_credit(
                referral=self.referral,
                **form.cleaned_data,
                user=self.user,
                now=timezone.now(),
            )
        except CreditRefused as error:
            form.add_error("advocate", str(error))
            return self.render_to_response(self.get_context_data(move_form=form))
        return self.done("The credit was moved. Rewards follow within a minute.")

    def withdraw(self) -> HttpResponseBase:
        """Take it away."""
        form: forms.Form = WithdrawForm(self.request.POST, prefix="withdraw")
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(withdraw_form=form))
        try:
            withdraw_credit(
                referral=self.referral,
                **form.cleaned_data,
                user=self.user,
                now=timezone.now(),
            )
        except CreditRefused as error:
            form.add_error("reason", str(error))
            return self.render_to_response(self.get_context_data(withdraw_form=form))
        return self.done("The credit was withdrawn. Rewards follow within a minute.")

    def done(self, sentence: str) -> HttpResponseBase:
        """Say what was done, on the page as it is now."""
        messages.success(self.request, sentence)
        return HttpResponseRedirect(reverse(PAGE_URL, args=[self.referral.pk]))


def stages_of(referral: Referral) -> list[tuple[str, Any]]:
    """List how far it came, and when; what never was is left out at the end."""
    always = [
        ("Joined", referral.lead_at),
        ("Qualified", referral.qualified_at),
        ("Opportunity", referral.opportunity_at),
        ("Ordered", referral.won_at),
    ]
    ends = [
        ("Lost", referral.lost_at),
        ("Taken back", referral.reversed_at),
        ("Withdrawn", referral.withdrawn_at),
    ]
    return [*always, *(end for end in ends if end[1])]


def say_event(referral: Referral) -> str:
    """Say in a word what the friend did when it was decided."""
    event = referral.receipt.get("event", "")
    rules = StageRule.objects.filter(program=referral.program_id, event=event)
    means = rules.values_list("means", flat=True).first() if event else None
    words = {"lead": "signed up"}
    return words.get(means or "", STAGE_WORDS.get(means or "", "did something").lower())
