"""Where credit is booked: addresses of your product, their secrets, and a test."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from contacts.outgoing import signed
from referrals.delivery_forms import WebhookForm
from referrals.models import Reward, RewardWebhook
from referrals.rewards.credit import create_webhook, send_again
from referrals.rewards.delivering import NotDelivered
from referrals.rewards.states import State

LIST_URL = "admin:referrals_credit"
CHANGE = "referrals.change_rewardwebhook"
MOST_AT_ONCE = 500
SHOWN = 100
BODY = """\
{
  "type": "reward.credit",
  "timestamp": "2026-11-22T10:00:00+00:00",
  "data": {
    "reward": "reward_17_2000",
    "program": "Friends",
    "role": "advocate",
    "user_id": "u-1001",
    "email": "ada@example.com",
    "amount_minor": 2000,
    "amount": "20.00",
    "currency": "USD"
  }
}"""


class CreditPage(AdminPage):
    """The addresses, and a new one."""

    title = "Account credit"
    shows_people = False
    permission_required = ("referrals.view_rewardwebhook",)
    template_name = "referrals/credit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the addresses and an empty form."""
        kwargs.setdefault("form", WebhookForm())
        return super().get_context_data(
            webhooks=RewardWebhook.objects.order_by("name", "pk"),
            may_change=self.user.has_perm(CHANGE),
            body=BODY,
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Make one, and show its secret, this once."""
        if not self.user.has_perm(CHANGE):
            raise PermissionDenied
        form = WebhookForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        made, secret = create_webhook(
            name=form.cleaned_data["name"],
            url=form.cleaned_data["url"],
            user=self.user,
            now=timezone.now(),
        )
        page = WebhookPage()
        page.setup(request, pk=made.pk)
        page.webhook = made
        return page.show(secret=secret)


class WebhookPage(AdminPage):
    """One address: its secret, a test, and what it did not take."""

    title = "Account credit"
    permission_required = ("referrals.view_rewardwebhook",)
    template_name = "referrals/credit_webhook.html"
    webhook: RewardWebhook

    def find_row(self) -> None:
        """Fetch the address."""
        self.webhook = get_object_or_404(RewardWebhook, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        """Name it."""
        return self.webhook.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to all of them."""
        return [Crumb(self.title, reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what it did not take."""
        lost = Reward.objects.filter(rule__webhook=self.webhook, state=State.FAILED)
        return super().get_context_data(
            webhook=self.webhook,
            total=lost.count(),
            lost=lost.select_related("contact").order_by("earned_at", "pk")[:SHOWN],
            may_change=self.user.has_perm(CHANGE),
            body=BODY,
            **kwargs,
        )

    def show(self, **context: Any) -> HttpResponse:
        """Render the page with what is shown this once; nobody may keep the answer."""
        response = self.render_to_response(self.get_context_data(**context))
        response["Cache-Control"] = "no-store"
        return response

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Do what the button says."""
        if not self.user.has_perm(CHANGE):
            raise PermissionDenied
        now, what_to_do = timezone.now(), request.POST.get("do", "")
        if what_to_do == "test":
            return self.show(trial=signed.try_out(receiver=self.webhook, now=now))
        if what_to_do == "secret":
            secret = signed.rotate_secret(receiver=self.webhook, now=now)
            return self.show(secret=secret, is_new=True)
        if what_to_do == "switch":
            signed.switch(receiver=self.webhook, user=self.user, now=now)
        elif what_to_do == "retry":
            self.retry()
        return HttpResponseRedirect(
            reverse("admin:referrals_credit_webhook", args=[self.webhook.pk])
        )

    def retry(self) -> None:
        """Let all that was not taken leave again."""
        lost = Reward.objects.filter(rule__webhook=self.webhook, state=State.FAILED)
        again = 0
        for reward in lost.order_by("pk")[:MOST_AT_ONCE]:
            try:
                send_again(reward=reward, user=self.user, now=timezone.now())
            except NotDelivered:
                continue
            again += 1
        noun = "reward leaves" if again == 1 else "rewards leave"
        messages.success(self.request, f"{again} {noun} again.")


register_pages(
    [
        path("settings/credit/", CreditPage.as_view(), name="referrals_credit"),
        path(
            "settings/credit/<int:pk>/",
            WebhookPage.as_view(),
            name="referrals_credit_webhook",
        ),
    ]
)
