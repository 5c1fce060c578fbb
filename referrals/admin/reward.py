"""Rewards: the list, bulk approval, and each reward with its ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from contacts.admin.base import AdminPage, Crumb, ListAdmin
from contacts.admin.site import register_pages
from contacts.models import Contact
from contacts.templatetags.greenlight import badge, number
from referrals.admin.reward_file import RewardResource
from referrals.models import Delivery, Reward, RewardEntry
from referrals.money import say_money
from referrals.rewards.approving import (
    NotDecided,
    approve_reward,
    reject_reward,
    write_off,
)
from referrals.rewards.batches import BatchClosed, take_out
from referrals.rewards.claiming import address_of, reward_url
from referrals.rewards.credit import send_again
from referrals.rewards.delivering import NotDelivered, choose_charity, mark_sent
from referrals.rewards.numbers import liability
from referrals.rewards.reasons import say_reason
from referrals.rewards.say import say_rule, what
from referrals.rewards.states import State
from referrals.texts import texts_for

LIST_URL = "admin:referrals_reward_changelist"
CHANGE = "referrals.change_reward"
TONES = {
    State.PENDING: "warn",
    State.ON_HOLD: "info",
    State.AWAITING: "warn",
    State.APPROVED: "good",
    State.SENDING: "info",
    State.FULFILLED: "good",
    State.FAILED: "bad",
    State.REJECTED: "bad",
    State.REVERSED: "idle",
    State.EXPIRED: "idle",
    State.OWED_BACK: "warn",
}
MOST_AT_ONCE = 500


def state_badge(reward: Reward) -> SafeString:
    """Show how far it is."""
    return badge(reward.get_state_display(), TONES[State(reward.state)])


def amount_of(reward: Reward) -> str:
    """Write what it is worth; what it is, where nothing can be counted."""
    if not reward.currency:
        return what(reward.rule).capitalize()
    return say_money(reward.amount_minor or reward.wanted_minor, reward.currency)


def why_of(reward: Reward) -> str:
    """Say why it stands where it stands; blank where the state says it."""
    return say_reason(reward.because) if reward.because else ""


@admin.register(Reward)
class RewardAdmin(ListAdmin):
    """Rewards, latest first."""

    list_display = ("who", "amount", "state_shown", "role", "program", "why", "earned")
    list_select_related = ("contact", "program", "rule")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("program", RelatedDropdownFilter),
        ("role", ChoicesDropdownFilter),
        ("rule__delivery", ChoicesDropdownFilter),
    )
    search_fields = ("contact__email",)
    search_help_text = "The beginning of a name or address, or a coupon"
    ordering = ("-earned_at", "-pk")
    actions = ("approve_chosen", "send_chosen")
    export_resource = RewardResource
    change_list_template = "referrals/reward_list.html"
    empty_title = "Nobody has earned a reward yet"
    empty_text = (
        "What a program promises stands on its page “Rewards”. When a friend does what a"
        " rule speaks of, the reward shows here, with all that becomes of it."
    )
    empty_link_title = "See your programs"
    empty_url_name = "admin:referrals_program_changelist"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Reward], search_term: str
    ) -> tuple[QuerySet[Reward], bool]:
        """Find by what names the person, or by a coupon."""
        text = search_term.strip()
        if not text:
            return queryset, False
        people = Contact.objects.matching(text).values("pk")
        found = queryset.filter(contact__in=people)
        return found | queryset.filter(coupon_code=text), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Add what rewards come to."""
        context = {"sums": liability(), **(extra_context or {})}
        return super().changelist_view(request, context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: what happens makes rewards."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Reward | None = None
    ) -> bool:
        """Refuse: a ledger is for ever."""
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer approval to those who may."""
        if not request.user.has_perm(CHANGE):
            return {}
        return super().get_actions(request)

    @admin.action(description="Approve", permissions=["change"])
    def approve_chosen(self, request: HttpRequest, queryset: QuerySet[Reward]) -> None:
        """Approve what was ticked, each as on its page."""
        approve_many(request, list(queryset.order_by("pk")[:MOST_AT_ONCE]))

    @admin.action(description="Mark gifts as sent", permissions=["change"])
    def send_chosen(self, request: HttpRequest, queryset: QuerySet[Reward]) -> None:
        """Say that the gifts that were ticked have been sent."""
        user: Any = request.user
        done = 0
        problems: dict[str, int] = {}
        for reward in queryset.order_by("pk")[:MOST_AT_ONCE]:
            try:
                mark_sent(reward=reward, user=user, now=timezone.now())
            except NotDelivered as error:
                problems[str(error)] = problems.get(str(error), 0) + 1
                continue
            done += 1
        if done:
            noun = "gift is" if done == 1 else "gifts are"
            messages.success(request, f"{number(done)} {noun} marked as sent.")
        for problem, count in problems.items():
            messages.warning(request, f"{number(count)} not marked: {problem}")

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Show the reward with its ledger."""
        return RewardPage.as_view()(request, pk=object_id)

    @display(description="Who")
    def who(self, reward: Reward) -> str:
        """Name the person."""
        return reward.contact.name

    @display(description="Worth", ordering="amount_minor")
    def amount(self, reward: Reward) -> str:
        """Write what it is worth."""
        return amount_of(reward)

    @display(description="State", ordering="state")
    def state_shown(self, reward: Reward) -> SafeString:
        """Show how far it is."""
        return state_badge(reward)

    @display(description="Why")
    def why(self, reward: Reward) -> str:
        """Say why it stands there."""
        return why_of(reward)

    @display(description="Earned", ordering="earned_at")
    def earned(self, reward: Reward) -> datetime:
        """Say when what it is for happened."""
        return reward.earned_at


def approve_many(request: HttpRequest, rewards: Sequence[Reward]) -> None:
    """Approve rewards and say what came of it, each reason once."""
    done = proposed = 0
    problems: dict[str, int] = {}
    for reward in rewards:
        try:
            user: Any = request.user
            approved = approve_reward(reward=reward, user=user, now=timezone.now())
        except NotDecided as error:
            problems[str(error)] = problems.get(str(error), 0) + 1
            continue
        if approved.state == State.AWAITING:
            proposed += 1
        else:
            done += 1
    if done:
        noun = "reward is" if done == 1 else "rewards are"
        messages.success(request, f"{number(done)} {noun} approved.")
    if proposed:
        noun = "reward has" if proposed == 1 else "rewards have"
        messages.success(
            request,
            f"{number(proposed)} {noun} your approval. Now a second person has to approve.",
        )
    for problem, count in problems.items():
        messages.warning(request, f"{number(count)} not approved: {problem}")


class RewardPage(AdminPage):
    """One reward: what it is for, what became of it, and what can be done."""

    title = "Reward"
    permission_required = ("referrals.view_reward",)
    template_name = "referrals/reward.html"
    reward: Reward

    def find_row(self) -> None:
        """Fetch the reward."""
        pk = str(self.kwargs["pk"])
        if not (pk.isdecimal() and len(pk) < 19):
            raise Http404("There is no such reward.")
        rows = Reward.objects.select_related(
            "contact", "program", "rule", "rule__audience", "batch"
        )
        self.reward = get_object_or_404(rows, pk=int(pk))

    def get_title(self) -> str:
        """Say what it is and whose."""
        return f"{amount_of(self.reward)} for {self.reward.contact.name}"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Rewards", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the ledger in words; five queries."""
        reward = self.reward
        friend = Contact.objects.filter(pk=reward.referral_contact_id).first()
        address = None
        if reward.rule.delivery == Delivery.GIFT:
            address = address_of(reward)
        return super().get_context_data(
            reward=reward,
            state=state_badge(reward),
            why=why_of(reward),
            amount=amount_of(reward),
            balance=say_money(reward.balance_minor, reward.currency)
            if reward.currency
            else "",
            sentence=say_rule(reward.rule),
            friend=friend,
            address=address,
            country=texts_for("en").country(address.country) if address else "",
            claim_url=reward_url(reward),
            entries=ledger_of(reward),
            may_change=self.user.has_perm(CHANGE),
            may_approve=reward.state == State.AWAITING,
            may_reject=reward.state
            in (
                State.PENDING,
                State.ON_HOLD,
                State.AWAITING,
                State.APPROVED,
                State.FAILED,
            ),
            may_write_off=reward.state == State.OWED_BACK,
            may_send_again=reward.state == State.FAILED
            and reward.rule.delivery == Delivery.CREDIT,
            may_mark_sent=reward.state == State.APPROVED
            and reward.rule.delivery == Delivery.GIFT,
            may_take_out=reward.state == State.SENDING and reward.batch_id is not None,
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Do what the button says."""
        if not self.user.has_perm(CHANGE):
            raise PermissionDenied
        what_to_do = request.POST.get("do", "")
        if what_to_do == "approve":
            approve_many(request, [self.reward])
        else:
            self.decide(what_to_do, request.POST.get("note", ""))
        return HttpResponseRedirect(
            reverse("admin:referrals_reward_change", args=[self.reward.pk])
        )

    def decide(self, what_to_do: str, note: str) -> None:
        """Refuse, write off, send again, mark as sent, take out or give to charity."""
        reward, user, now = self.reward, self.user, timezone.now()
        try:
            if what_to_do == "reject":
                reject_reward(reward=reward, user=user, note=note, now=now)
            elif what_to_do == "write_off":
                write_off(reward=reward, user=user, note=note, now=now)
            elif what_to_do == "send_again":
                send_again(reward=reward, user=user, now=now)
            elif what_to_do == "sent":
                mark_sent(reward=reward, user=user, now=now)
            elif what_to_do == "take_out":
                take_out(reward=reward, user=user, now=now)
            elif what_to_do == "charity":
                choose_charity(reward=reward, charity=note, by=user, now=now)
        except (NotDecided, NotDelivered) as error:
            messages.error(self.request, str(error))
        except BatchClosed:
            messages.info(self.request, "The payment was closed meanwhile.")
        else:
            messages.success(self.request, "Done.")


def ledger_of(reward: Reward) -> list[dict[str, Any]]:
    """Write the ledger in words, with what was left to deliver after each entry."""
    entries = RewardEntry.objects.filter(
        contact=reward.contact_id, reward_id=reward.pk
    ).select_related("by")
    rows, balance = [], 0
    for entry in entries.order_by("number"):
        balance += entry.amount_minor
        amount = ""
        if entry.currency and entry.amount_minor:
            sign = "+" if entry.amount_minor > 0 else ""
            amount = sign + say_money(entry.amount_minor, entry.currency)
        rows.append(
            {
                "entry": entry,
                "title": entry.get_kind_display(),
                "amount": amount,
                "balance": say_money(balance, entry.currency) if entry.currency else "",
                "why": say_reason(entry.reason),
                "payment": entry.other_id
                if entry.reason in ("in_payment", "paid", "payment_canceled")
                else None,
                "other": entry.other_id if entry.reason == "set_off" else None,
            }
        )
    return rows


register_pages(
    [
        path(
            "referrals/reward/<int:pk>/do/",
            RewardPage.as_view(http_method_names=["post"]),
            name="referrals_reward_do",
        ),
    ]
)
