"""The rewards of a program: what is promised, what it may cost, and what an order would earn."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import Crumb
from contacts.admin.site import register_pages
from referrals.admin.program_tabs import ProgramTabPage
from referrals.models import Delivery, RewardBudget, RewardRule, Stage
from referrals.money import NoAmount, from_minor, read_currency, say_money, to_minor
from referrals.reward_forms import BudgetForm, RewardRuleForm
from referrals.rewards.budgets import BudgetTooSmall, remove_budget, set_budget
from referrals.rewards.coupons import low_pools
from referrals.rewards.numbers import liability
from referrals.rewards.owed import Refused
from referrals.rewards.promises import (
    RuleEnded,
    end_rule,
    make_rule,
    paid_on,
    replace_rule,
    would_earn,
)
from referrals.rewards.reasons import say_reason
from referrals.rewards.say import say_limits, say_rule

TAB = "admin:referrals_program_rewards"
CHANGE = "referrals.change_rewardrule"
ADD = "referrals.add_rewardrule"
GONE = "Somebody else has changed or ended this rule."


def tell(rule: RewardRule) -> dict[str, Any]:
    """Say a rule in sentences."""
    return {"rule": rule, "sentence": say_rule(rule), "limits": say_limits(rule)}


class RewardsTab(ProgramTabPage):
    """What a program promises."""

    title = "Rewards"
    tab = TAB
    template_name = "referrals/program_rewards.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the rules in words, the budgets, and what an order would earn."""
        rules = RewardRule.objects.filter(program=self.program).select_related(
            "audience", "coupon_pool", "webhook", "ended_by"
        )
        current = list(rules.current().order_by("position", "pk"))
        kwargs.setdefault("budget_form", BudgetForm())
        pools = {pool.pk for pool in low_pools()}
        return super().get_context_data(
            rules=[tell(rule) for rule in current],
            ended=[
                tell(rule)
                for rule in rules.exclude(ended_at=None).order_by("-ended_at", "-pk")[
                    :50
                ]
            ],
            budgets=self.tell_budgets(),
            sums=liability(program=self.program),
            low_pools=[
                rule.coupon_pool
                for rule in current
                if rule.delivery == Delivery.COUPON and rule.coupon_pool_id in pools
            ],
            may_change=self.user.has_perms([CHANGE, ADD]),
            preview=self.preview(current),
            asked_amount=self.request.GET.get("amount", "60"),
            asked_currency=self.request.GET.get("currency", "").upper()
            or next((rule.currency for rule in current if rule.currency), "USD"),
            **kwargs,
        )

    def tell_budgets(self) -> list[dict[str, Any]]:
        """Write each budget with what is left."""
        rows = RewardBudget.objects.filter(program=self.program).order_by("currency")
        return [
            {
                "budget": one,
                "amount": say_money(one.amount_minor, one.currency),
                "booked": say_money(one.booked_minor, one.currency),
                "left": say_money(one.left_minor, one.currency),
                "plain": from_minor(one.amount_minor, one.currency),
            }
            for one in rows
        ]

    def preview(self, rules: list[RewardRule]) -> list[dict[str, Any]]:
        """Say what an order of today would earn; nothing is written."""
        now = timezone.now()
        try:
            currency = read_currency(
                self.request.GET.get("currency", "")
                or next((rule.currency for rule in rules if rule.currency), "USD")
            )
            minor = to_minor(self.request.GET.get("amount", "60"), currency)
        except NoAmount:
            return []
        found = []
        for rule in rules:
            if rule.stage != Stage.WON or rule.counting != RewardRule.Counting.EACH:
                continue
            earned = would_earn(rule, amount_minor=minor, currency=currency, now=now)
            row = {"who": rule.get_role_display(), "on": paid_on(rule, now=now)}
            if isinstance(earned, Refused):
                why = say_reason(earned.reason, earned.numbers)
                found.append({**row, "what": "", "why": why})
            else:
                worth = say_money(earned, rule.currency) if rule.currency else ""
                found.append(
                    {**row, "what": worth or rule.label or "Thanks", "why": ""}
                )
        return found

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """End a rule, or set or remove a budget."""
        if not self.user.has_perms([CHANGE, ADD]):
            raise PermissionDenied
        if "end" in request.POST:
            self.end()
        elif "remove_budget" in request.POST:
            budget = RewardBudget.objects.filter(
                program=self.program, pk=number_in(request.POST["remove_budget"])
            ).first()
            if budget:
                remove_budget(budget=budget, now=timezone.now())
                messages.success(request, "The program has no budget any more.")
        else:
            form = BudgetForm(request.POST)
            if not (form.is_valid() and self.save_budget(form)):
                return self.render_to_response(self.get_context_data(budget_form=form))
        return HttpResponseRedirect(reverse(TAB, args=[self.program.pk]))

    def end(self) -> None:
        """End a rule and say what that means."""
        rule = RewardRule.objects.filter(
            program=self.program, pk=number_in(self.request.POST["end"])
        ).first()
        if rule is None:
            raise Http404("There is no such rule.")
        try:
            end_rule(rule=rule, user=self.user, now=timezone.now())
        except RuleEnded:
            messages.info(self.request, GONE)
        else:
            messages.success(
                self.request,
                "The rule has ended. What was earned until now stays earned.",
            )

    def save_budget(self, form: BudgetForm) -> bool:
        """Set the budget, or say why not."""
        currency = form.cleaned_data["currency"]
        try:
            set_budget(
                program=self.program,
                currency=currency,
                amount_minor=to_minor(form.cleaned_data["amount"], currency),
                low_percent=form.cleaned_data["low_percent"],
                user=self.user,
                now=timezone.now(),
            )
        except BudgetTooSmall as error:
            granted = say_money(error.args[0], currency)
            form.add_error(
                "amount", f"{granted} has been granted already. Write at least that."
            )
            return False
        except NoAmount:
            form.add_error("amount", "Expected an amount like 5000.")
            return False
        messages.success(self.request, "The budget is set.")
        return True


def number_in(text: str) -> int:
    """Read the id that a button carries; 0 where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


class RulePage(ProgramTabPage):
    """The form of a promise: a new one, or other words for one."""

    title = "Reward rule"
    tab = TAB
    template_name = "referrals/reward_rule.html"
    permission_required = ("referrals.view_program", CHANGE, ADD)

    def find_row(self) -> None:
        """Fetch the program, and the rule that is changed."""
        super().find_row()
        self.rule = None
        if "rule" in self.kwargs:
            self.rule = RewardRule.objects.filter(
                program=self.program, pk=self.kwargs["rule"]
            ).first()
            if self.rule is None:
                raise Http404("There is no such rule.")

    def get_title(self) -> str:
        """Say what the form does."""
        return "Change the rule" if self.rule else "New reward rule"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the program."""
        back = reverse(TAB, args=[self.program.pk])
        return [*super().get_breadcrumbs(), Crumb(self.program.name, back)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, and what it says now."""
        kwargs.pop("rule", None)
        form = kwargs.pop("form", None) or RewardRuleForm(
            program=self.program, rule=self.rule
        )
        return super().get_context_data(
            form=form,
            rule=self.rule,
            told=tell(self.rule) if self.rule else None,
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Save the promise."""
        form = RewardRuleForm(request.POST, program=self.program, rule=self.rule)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        now, rule = timezone.now(), form.to_rule()
        try:
            if self.rule:
                replace_rule(old=self.rule, rule=rule, user=self.user, now=now)
            else:
                is_past = form.cleaned_data["since"] == "begin"
                since = self.program.created_at if is_past else None
                make_rule(rule=rule, user=self.user, now=now, since=since)
        except RuleEnded:
            messages.info(request, GONE)
        else:
            messages.success(request, f"Saved. {say_rule(rule)}")
        return HttpResponseRedirect(reverse(TAB, args=[self.program.pk]))


class RuleSentence(RulePage):
    """What the form of a promise says, while it is written; it writes nothing."""

    results_only = True
    results_template_name = "referrals/_reward_sentence.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Say it, or what is missing."""
        form = RewardRuleForm(request.POST, program=self.program)
        told = tell(form.to_rule()) if form.is_valid() else None
        return self.render_to_response({"told": told, "form": form})


register_pages(
    [
        path(
            "referrals/program/<int:pk>/rewards/",
            RewardsTab.as_view(),
            name="referrals_program_rewards",
        ),
        path(
            "referrals/program/<int:pk>/rewards/new/",
            RulePage.as_view(),
            name="referrals_rewardrule_add",
        ),
        path(
            "referrals/program/<int:pk>/rewards/sentence/",
            RuleSentence.as_view(),
            name="referrals_rewardrule_sentence",
        ),
        path(
            "referrals/program/<int:pk>/rewards/<int:rule>/",
            RulePage.as_view(),
            name="referrals_rewardrule_change",
        ),
    ]
)
