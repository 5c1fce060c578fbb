"""
A make-believe shop that a referral leads to, for the demo.

It does what a customer's own site would: keeps the click id of the address, and tells
Greenlight from its server, with a key, who signed up and who ordered.
"""

import json
import logging
import uuid
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from referrals.links import CLICK_PARAMETER

SESSION_KEY = "demo_shop"
TIMEOUT_SECONDS = 10

log = logging.getLogger(__name__)


class SignUpForm(forms.Form):
    """Who wants to try the coffee."""

    first_name = forms.CharField(max_length=80, label="First name")
    email = forms.EmailField(label="Email")
    code = forms.CharField(
        max_length=40, label="A friend's code, if you have one", required=False
    )


@require_http_methods(["GET", "HEAD", "POST"])
def show_shop(request: HttpRequest) -> HttpResponse:
    """Show the landing page; a sign-up is reported and leads to the welcome page."""
    visit = remember_visit(request)
    form = SignUpForm(request.POST or None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        person = {name: text for name, text in form.cleaned_data.items() if text}
        problem = report(visit | person, event="signed_up")
        if not problem:
            request.session[SESSION_KEY] = visit | person
            return redirect("demo_shop_welcome")
    context = {"form": form, "problem": problem, "is_invited": "click_id" in visit}
    return render(request, "demo_shop/landing.html", context)


@require_http_methods(["GET", "HEAD"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Greet who has signed up."""
    visit = request.session.get(SESSION_KEY, {})
    if "email" not in visit:
        return redirect("demo_shop")
    return render(request, "demo_shop/welcome.html", {"visit": visit})


@require_POST
def place_order(request: HttpRequest) -> HttpResponse:
    """Place the first order, and report it."""
    visit = request.session.get(SESSION_KEY, {})
    if "email" not in visit:
        return redirect("demo_shop")
    order_id = visit.get("order_id") or f"FW-{uuid.uuid4().hex[:8].upper()}"
    order = {"order_id": order_id, "value": 24.5, "currency": "USD"}
    problem = report(visit | order, event="order_completed")
    if not problem:
        visit["order_id"] = order_id
        request.session[SESSION_KEY] = visit
    context = {"visit": visit, "problem": problem}
    return render(request, "demo_shop/welcome.html", context)


def remember_visit(request: HttpRequest) -> dict[str, Any]:
    """Keep the click id that the address carries, until another visit's."""
    click_id = request.GET.get(CLICK_PARAMETER, "")
    if click_id:
        request.session[SESSION_KEY] = {"click_id": click_id}
    visit = request.session.get(SESSION_KEY, {})
    return {"click_id": visit["click_id"]} if "click_id" in visit else {}


def report(facts: dict[str, Any], *, event: str) -> str:
    """
    Tell Greenlight what happened, as a shop's server does.

    :returns: what went wrong, for the page; empty if nothing did
    """
    request = Request(  # noqa: S310 – our own address
        f"{settings.SITE_URL}/v1/conversions",
        data=json.dumps({**facts, "event": event}).encode(),
        headers={
            "Authorization": f"Bearer {settings.DEMO_KEY}",
            "Content-Type": "application/json",
        },
    )
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310 – our own address
            return ""
    except HTTPError as error:
        log.warning("Greenlight refused: %s %s", error.code, error.read(500))
        return f"Greenlight refused the report ({error.code})."
    except OSError as error:
        log.warning("The conversion endpoint does not answer: %s", error)
        return "The shop can't reach Greenlight. Try again in a moment."
