"""Stages of a program: what events mean, who gets the credit, who is a customer already."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse

from audiences.conditions.errors import ConditionError
from audiences.conditions.happenings import parse_filters, say_filters
from audiences.forms import EventField
from audiences.models import Audience
from contacts.admin.base import Crumb
from contacts.admin.site import register_pages
from contacts.lists import unmark_customers
from contacts.models import ContactList, EventType, Source
from referrals.admin.program_tabs import ProgramTabPage
from referrals.attribution.settings import delete_rule, save_credit, save_rule
from referrals.models import Program, StageRule

TAB = "admin:referrals_program_stages"
RULE = "admin:referrals_program_stage"
CHANGE = "referrals.change_program"
MEANS = StageRule.Means
# What each meaning does, in the order of the way.
WAYS = (
    (
        MEANS.LEAD,
        "Joined",
        "The friend becomes a lead, and an advocate gets the credit.",
    ),
    (
        MEANS.QUALIFIED,
        "Qualified",
        "Somebody, or a rule of yours, found the lead good.",
    ),
    (MEANS.OPPORTUNITY, "Opportunity", "It gets serious: a trial, an offer."),
    (MEANS.WON, "Won", "An order or a closed deal. Each one counts, with its amount."),
    (MEANS.LOST, "Lost", "Nothing will come of it."),
    (MEANS.REFUND, "Refund", "An order, or a part of it, is paid back."),
    (MEANS.CANCEL, "Canceled", "An order is taken back as a whole."),
)


class CreditForm(forms.ModelForm):
    """Who gets the credit, and who is nobody's friend."""

    class Meta:
        model = Program
        fields = (
            "window_days",
            "click_choice",
            "code_beats_click",
            "excludes_paid_ads",
            "customers_list",
            "customers_audience",
            "customers_before",
            "counts_history",
        )
        labels = {
            "window_days": "Days between the visit and the sign-up",
            "click_choice": "Of several visits",
            "code_beats_click": "A typed code or coupon counts before a click",
            "excludes_paid_ads": "Who came through a paid ad is nobody's referral",
            "customers_list": "This list is of customers",
            "customers_audience": "This audience is of customers",
            "customers_before": "Whom we knew before this day is a customer",
            "counts_history": "Imported history may bring referrals",
        }
        help_texts = {
            "customers_list": "For example one that you import. Who was on it before"
            " signing up is nobody's referral.",
            "customers_audience": "Who was in it before signing up is nobody's referral.",
            "customers_before": "For example the day on which you begin to use Greenlight.",
            "counts_history": "History always tells who was a customer. Switch this on only"
            " to take over referrals from another tool.",
            "excludes_paid_ads": "Told by what ads add to an address: gclid, msclkid and"
            " the like.",
        }
        widgets = {
            "click_choice": forms.RadioSelect,
            "customers_before": forms.DateInput(attrs={"type": "date"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the lists and audiences that there are."""
        super().__init__(*args, **kwargs)
        lists, audiences = (
            self.fields["customers_list"],
            self.fields["customers_audience"],
        )
        lists.queryset = ContactList.objects.exclude(  # type: ignore[attr-defined]
            kind=ContactList.Kind.EVERYONE
        ).order_by("name")
        audiences.queryset = Audience.objects.filter(  # type: ignore[attr-defined]
            archived_at=None
        ).order_by("name")
        for field in (lists, audiences):
            field.empty_label = "None"  # type: ignore[attr-defined]


class RuleForm(forms.ModelForm):
    """What an event means."""

    happening = EventField(label="When this happens")

    class Meta:
        model = StageRule
        fields = ("means", "key_property", "amount_property", "currency_property")
        labels = {
            "means": "The friend’s stage",
            "key_property": "What tells one from another",
            "amount_property": "The amount",
            "currency_property": "The currency",
        }
        help_texts = {
            "key_property": "The property with the number of the order or the deal, like"
            " order_id: the same number counts once, however often it is sent. Leave it"
            " blank for what happens once.",
            "amount_property": "The property with the money, like total. Of several, like"
            " “total, revenue”, the first that is there counts. A refund without an amount"
            " is of the whole order.",
            "currency_property": "The property with a code like USD.",
        }
        widgets = {"means": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the event that is saved."""
        super().__init__(*args, **kwargs)
        rule = self.instance
        self.fields["happening"].initial = {"name": rule.event, "filters": rule.filters}
        self.fields["means"].choices = [  # type: ignore[attr-defined]
            (str(means), title) for means, title, _ in WAYS
        ]

    def save(self, commit: bool = True) -> StageRule:
        """Write it, with its event."""
        happening = self.cleaned_data["happening"]
        self.instance.event = happening["name"]
        self.instance.filters = happening["filters"]
        return save_rule(self.instance)


class StagesTab(ProgramTabPage):
    """What events mean in one program."""

    title = "Stages"
    tab = TAB
    template_name = "referrals/program_stages.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the meanings by stage, and what else decides about credit."""
        rules = self.program.stage_rules.order_by("position", "pk")
        seen = dict(
            EventType.objects.filter(name__in=rules.values("event"))
            .values_list("name")
            .annotate(Count("pk"))
        )
        by_means: dict[str, list[dict[str, Any]]] = {}
        for rule in rules:
            shown = {
                "rule": rule,
                "where": where_of(rule),
                "is_seen": rule.event in seen,
            }
            by_means.setdefault(rule.means, []).append(shown)
        return super().get_context_data(
            ways=[
                (title, about, by_means.get(means, [])) for means, title, about in WAYS
            ],
            untrusted=list(Source.objects.untrusted().order_by("name")),
            form=kwargs.pop("form", None) or CreditForm(instance=self.program),
            marked=list(
                ContactList.objects.exclude(customers_at=None).order_by("name", "pk")
            ),
            may_save=self.user.has_perm(CHANGE),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Save who gets the credit."""
        if not self.user.has_perm(CHANGE):
            raise PermissionDenied
        if chosen := request.POST.get("unmark", ""):
            return self.unmark(chosen)
        form = CreditForm(request.POST, instance=self.program)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        save_credit(form.instance)
        messages.success(request, "Saved. It counts for whoever joins from now on.")
        return HttpResponseRedirect(reverse(TAB, args=[self.program.pk]))

    def unmark(self, chosen: str) -> HttpResponseBase:
        """Take the people on a list no more for customers."""
        marked = ContactList.objects.exclude(customers_at=None)
        found = marked.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
        if found:
            unmark_customers(contact_list=found)
            messages.success(
                self.request,
                f"Who is on “{found.name}” is no customer by that any more.",
            )
        return HttpResponseRedirect(reverse(TAB, args=[self.program.pk]))


class StagePage(ProgramTabPage):
    """One meaning, new or known."""

    title = "What an event means"
    tab = TAB
    template_name = "referrals/program_stage.html"
    permission_required = (CHANGE,)

    def find_row(self) -> None:
        """Fetch the program and the meaning."""
        super().find_row()
        self.rule = StageRule(program=self.program, means=MEANS.WON)
        if pk := self.kwargs.get("rule"):
            found = StageRule.objects.filter(program=self.program, pk=pk).first()
            if found is None:
                raise Http404("There is no such meaning.")
            self.rule = found

    def get_title(self) -> str:
        """Say what is done."""
        return f"What “{self.rule.event}” means" if self.rule.pk else "A new meaning"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the stages."""
        own = Crumb(self.program.name, reverse(TAB, args=[self.program.pk]))
        return [*super().get_breadcrumbs(), own]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form."""
        kwargs.pop("rule", None)
        return super().get_context_data(
            form=kwargs.pop("form", None) or RuleForm(instance=self.rule),
            rule=self.rule,
            ways=WAYS,
            back=reverse(TAB, args=[self.program.pk]),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Save it, or let the event mean nothing any more."""
        if request.POST.get("do") == "delete" and self.rule.pk:
            delete_rule(self.rule)
            return self.done("It means nothing any more. What was reached stays.")
        form = RuleForm(request.POST, instance=self.rule)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        form.save()
        return self.done("Saved. It counts from now on.")

    def done(self, sentence: str) -> HttpResponseBase:
        """Say what was done, on the page of all stages."""
        messages.success(self.request, sentence)
        return HttpResponseRedirect(reverse(TAB, args=[self.program.pk]))


def where_of(rule: StageRule) -> str:
    """Say which of the events count; blank if all do."""
    try:
        filters = parse_filters({"filters": rule.filters}, ())
    except ConditionError:
        return "with filters that can’t be understood any more"
    return say_filters(filters).strip()


register_pages(
    [
        path(
            "referrals/program/<int:pk>/stages/",
            StagesTab.as_view(),
            name="referrals_program_stages",
        ),
        path(
            "referrals/program/<int:pk>/stages/add/",
            StagePage.as_view(),
            name="referrals_program_stage_add",
        ),
        path(
            "referrals/program/<int:pk>/stages/<int:rule>/",
            StagePage.as_view(),
            name="referrals_program_stage",
        ),
    ]
)
