"""What keeps people from being asked: where each sign is read from, and how fast mails leave."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from audiences import selection
from audiences.catalog import event_label
from audiences.conditions.words import readable
from audiences.forms import ConditionField
from audiences.previews.limits import TookTooLong, limited
from campaigns.guardrails.effects import (
    Effect,
    count_inside,
    effect_of,
    people_held,
)
from campaigns.guardrails.rates import set_rate
from campaigns.guardrails.reasons import THROTTLED
from campaigns.guardrails.rules import (
    BY_CODE,
    Rule,
    events_named,
    events_that_happened,
    prune,
    read_rules,
    set_rule,
)
from campaigns.models import Message, SendingRate
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from contacts.models import Contact

PAGE_URL = "admin:campaigns_guardrails"
MAY_CHANGE = "campaigns.change_guardrail"
# A page waits no longer for its numbers.
PATIENCE_SECONDS = 8.0

# What holds always, in the order in which it is asked, and where it is set.
ALWAYS = (
    ("Consent", "Each channel needs a permission of its own.", "Set for each person"),
    (
        "Suppression",
        "Addresses that bounced, complained or unsubscribed get nothing.",
        "Set for each address",
    ),
    ("Incidents", "While something goes wrong, and for a while after.", "Incidents"),
    ("Never", "Who asked never to be asked again is not.", "Set by the person"),
    ("Not now", "Rests for 60 to 90 days.", "Set by the person"),
    (
        "One ask in 90 days",
        "Over all campaigns and channels, by the calendar of the person.",
        "The same for everybody",
    ),
    (
        "Priority",
        "Of two campaigns that want the same person within a day, the higher one asks.",
        "Set in each campaign",
    ),
    (
        "Fresh moments",
        "An ask comes in time or not at all, also if it would have to wait too long.",
        "Set in each ask",
    ),
    (
        "Quiet hours",
        "Nothing arrives at night, by the clock of the person.",
        "Set in each campaign",
    ),
)


class SignForm(forms.Form):
    """Whether a sign counts, and where it is read from."""

    is_on = forms.BooleanField(label="Who shows this sign is not asked", required=False)
    condition = ConditionField(label="Shown by people for whom this holds")


class RateForm(forms.Form):
    """How many messages may leave each minute by a channel."""

    channel = forms.ChoiceField(
        choices=(
            ("email", "Email"),
            ("sms", "Text message"),
            ("push", "Push notification"),
            ("webhook", "Webhook"),
        )
    )
    per_minute = forms.IntegerField(
        label="Messages a minute",
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text="Blank: as fast as the other side takes them.",
        error_messages={"invalid": "Write a whole number, such as 600."},
    )


@dataclass(frozen=True)
class Line:
    """A sign on the page: in words, whether it can hold anybody, and how many it would."""

    rule: Rule
    words: str
    missing: str
    count: int | None


class GuardrailsPage(AdminPage):
    """Signs with whom they would hold today, what holds always, and the sending rates."""

    title = "Guardrails"
    shows_people = False
    permission_required = ("campaigns.view_guardrail",)
    template_name = "campaigns/guardrails.html"
    results_template_name = "campaigns/_guardrail_signs.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the signs; their numbers come after the page."""
        rules = read_rules()
        effect = self.effect(rules) if self.results_only else None
        kwargs.setdefault("rate_form", RateForm())
        waiting = Message.objects.filter(
            state=Message.State.QUEUED, cause=THROTTLED
        ).aggregate(count=Count("pk"))
        return super().get_context_data(
            lines=lines_of(rules, effect),
            effect=effect,
            took_too_long=self.results_only and effect is None,
            results_url=reverse("admin:campaigns_guardrails_results"),
            always=ALWAYS,
            rates=SendingRate.objects.select_related("changed_by").order_by("channel"),
            throttled=waiting["count"],
            may_change=self.request.user.has_perm(MAY_CHANGE),
            **kwargs,
        )

    def effect(self, rules: list[Rule]) -> Effect | None:
        """Count whom each would hold; None if that takes too long for a page."""
        try:
            with limited(seconds=PATIENCE_SECONDS):
                return effect_of(rules, now=timezone.now())
        except TookTooLong:
            return None

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Set the rate of a channel."""
        if not request.user.has_perm(MAY_CHANGE):
            raise PermissionDenied
        form = RateForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(rate_form=form))
        set_rate(user=self.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, "The rate holds from the next message on.")
        return HttpResponseRedirect(reverse(PAGE_URL))


class SignPage(AdminPage):
    """Where one sign is read from; shows whom it would hold while it is changed."""

    shows_people = False
    permission_required = ("campaigns.view_guardrail",)
    template_name = "campaigns/guardrail.html"
    results_template_name = "campaigns/_guardrail_effect.html"

    @cached_property
    def rule(self) -> Rule:
        """The sign of the address."""
        return next(one for one in read_rules() if one.code == self.kwargs["code"])

    def find_row(self) -> None:
        """Answer 404 for what is no sign."""
        if self.kwargs["code"] not in BY_CODE:
            raise Http404

    def get_title(self) -> str:
        """Name the sign."""
        return self.rule.sign.title

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to all guardrails."""
        return [Crumb("Guardrails", reverse(PAGE_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form."""
        initial = {"is_on": self.rule.is_on, "condition": self.rule.condition}
        kwargs.setdefault("form", SignForm(initial=initial))
        return super().get_context_data(
            rule=self.rule,
            may_change=self.request.user.has_perm(MAY_CHANGE),
            effect_url=reverse(
                "admin:campaigns_guardrail_effect", args=[self.rule.code]
            ),
            **kwargs,
        )

    def post(self, request: HttpRequest, code: str) -> HttpResponseBase:
        """Count for what is in the form, or save it."""
        if self.results_only:
            return self.show_effect(SignForm(request.POST))
        if not request.user.has_perm(MAY_CHANGE):
            raise PermissionDenied
        if "reset" in request.POST:
            self.save(is_on=self.rule.is_on, condition=None)
            messages.success(request, f"“{self.get_title()}” is read as it came.")
            return HttpResponseRedirect(request.path)
        form = SignForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        self.save(**form.cleaned_data)
        messages.success(request, f"“{self.get_title()}” holds from now on.")
        return HttpResponseRedirect(reverse(PAGE_URL))

    def save(self, *, is_on: bool, condition: dict[str, Any] | None) -> None:
        """Set the sign."""
        set_rule(
            code=self.rule.code,
            is_on=is_on,
            condition=condition,
            user=self.user,
            now=timezone.now(),
        )

    def show_effect(self, form: SignForm) -> HttpResponseBase:
        """Say whom the form would hold, in a fragment; nothing is written."""
        context: dict[str, Any] = {"held": None, "people": []}
        if form.is_valid():
            condition, now = form.cleaned_data["condition"], timezone.now()
            try:
                with limited(seconds=PATIENCE_SECONDS):
                    context["held"], context["inside"] = count_inside(
                        condition, now=now
                    )
                    if self.may_see_people:
                        context["people"] = people_held(condition, now=now)
            except TookTooLong:
                context["took_too_long"] = True
        return self.render_to_response(context)


def lines_of(rules: list[Rule], effect: Effect | None) -> list[Line]:
    """Put each sign into words, and say what it waits for if it can't hold anybody yet."""
    names = selection.all_names()
    named = {rule.code: events_named(rule.condition) for rule in rules}
    happened = events_that_happened(
        {name for those in named.values() for name in those}
    )
    return [
        Line(
            rule,
            selection.describe_saved(rule.condition, names),
            _missing(rule, named[rule.code] - happened, happened),
            effect.held[rule.code] if effect else None,
        )
        for rule in rules
    ]


def _missing(rule: Rule, never: set[str], happened: set[str]) -> str:
    """Name what would have to arrive for a sign to hold anybody; blank if nothing is missing."""
    needed = [f"the event “{event_label(name)}”" for name in sorted(never)]
    left = prune(rule.condition, happened)
    if left is not None:
        names = _attributes_named(left)
        if not names or events_named(left) or _is_known(names):
            return ""
        needed += [f"the attribute “{readable(name)}”" for name in sorted(names)]
    return " or ".join(needed)


def _attributes_named(condition: dict[str, Any]) -> set[str]:
    """Name the attributes if a condition is of attributes only; nothing else can be said."""
    kind = condition["kind"]
    if kind in ("all", "any"):
        inside = [_attributes_named(child) for child in condition["conditions"]]
        return set().union(*inside) if all(inside) else set()
    if kind == "attribute" and condition["name"] not in FIELDS:
        return {condition["name"]}
    return set()


def _is_known(names: set[str]) -> bool:
    """Whether anybody has one of some attributes; stops at the first."""
    has_one = Q()
    for name in names:
        has_one |= Q(attributes__has_key=name)
    return Contact.objects.filter(has_one).exists()


# What every contact has.
FIELDS = frozenset(
    {"email", "first_name", "last_name", "locale", "time_zone", "created_at"}
)

register_pages(
    [
        path(
            "campaigns/guardrails/",
            GuardrailsPage.as_view(),
            name="campaigns_guardrails",
        ),
        path(
            "campaigns/guardrails/effects/",
            GuardrailsPage.as_view(results_only=True),
            name="campaigns_guardrails_results",
        ),
        path(
            "campaigns/guardrails/signs/<slug:code>/",
            SignPage.as_view(),
            name="campaigns_guardrail",
        ),
        path(
            "campaigns/guardrails/signs/<slug:code>/effect/",
            SignPage.as_view(results_only=True),
            name="campaigns_guardrail_effect",
        ),
    ]
)
