"""The trait that a starter needs is made here, on the way to its audience."""

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode

from audiences.conditions.errors import ConditionError
from audiences.starters.begin import read_amount
from audiences.starters.gallery import STARTERS
from audiences.starters.spending import make_trait
from contacts.admin.base import AdminPage
from contacts.admin.site import register_pages


class StartPage(AdminPage):
    """Make the trait, or find one that computes the same, and go on to the rule."""

    title = "New audience"
    permission_required = ("audiences.change_audience", "audiences.add_trait")
    shows_people = False
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *, key: str) -> HttpResponseBase:
        """Lead back with the trait, or with what is missing."""
        starter = STARTERS.get(key)
        if starter is None or starter.spending is None:
            raise Http404
        event, amount = read_amount(request.POST.get("amount", ""))
        query = {"start": key}
        try:
            trait = make_trait(
                spending=starter.spending,
                event=event,
                amount=amount,
                now=timezone.now(),
                user=self.user,
            )
            query["trait"] = str(trait.pk)
        except ConditionError:
            messages.error(request, "Choose what somebody spends.")
        return redirect(f"{reverse('admin:audiences_audience_add')}?{urlencode(query)}")


register_pages(
    [
        path(
            "audiences/audience/start/<slug:key>/",
            admin.site.admin_view(StartPage.as_view()),
            name="audiences_audience_start",
        )
    ]
)
