"""The links of a program: tags, places, conditions, a pause, and codes of other tools."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.site import register_pages
from contacts.templatetags.greenlight import number
from referrals.admin.program_tabs import ProgramTabPage
from referrals.link_forms import BringForm, LinkSettingsForm, PlaceForm
from referrals.links import DestinationError, friend_url
from referrals.models import LandingPlace, ReferralCode
from referrals.naming import bring_codes
from referrals.programs import pause_program, resume_program

REFUSED_SHOWN = 50
STATES = {
    "": ("Friends see the offer", "good"),
    "ended": ("Ended", "idle"),
    "expired": ("The offer is over", "warn"),
    "paused": ("Paused", "warn"),
    "spent": ("Paused: the budget is used up", "warn"),
}


class ProgramLinksPage(ProgramTabPage):
    """All about where links of the program lead, and what friends find there."""

    tab = "admin:referrals_program_links"
    template_name = "referrals/program_links.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the forms, the places, and an example of what the shop sees."""
        program = self.program
        kwargs.setdefault("form", LinkSettingsForm(instance=program))
        kwargs.setdefault("place_form", PlaceForm())
        kwargs.setdefault("bring_form", BringForm())
        kinds = ReferralCode.objects.filter(program=program).exclude(
            kind=ReferralCode.Kind.DRAWN
        )
        chosen = kinds.filter(kind=ReferralCode.Kind.CHOSEN).count()
        return super().get_context_data(
            state=STATES[program.stop_at(timezone.now())],
            may_change=self.user.has_perm("referrals.change_program"),
            places=LandingPlace.objects.filter(program=program).order_by("name", "pk"),
            example=self.get_example(),
            chosen_names=chosen,
            brought_codes=kinds.count() - chosen,
            **kwargs,
        )

    def get_example(self) -> str:
        """Write where a friend goes who comes from WhatsApp."""
        try:
            return friend_url(
                self.program,
                click_id="x7Kp…",
                channel="whatsapp",
                asset="poster-1",
                language="en",
            ).replace("x7Kp%E2%80%A6", "x7Kp…")
        except DestinationError:
            return ""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Do what was asked for."""
        if not request.user.has_perm("referrals.change_program"):
            raise PermissionDenied
        does = {
            "save": self.save,
            "place": self.add_place,
            "remove": self.remove_place,
            "pause": self.pause,
            "resume": self.resume,
            "bring": self.bring,
        }.get(request.POST.get("what", ""))
        if does is None:
            raise Http404("There is no such button.")
        return does() or HttpResponseRedirect(reverse(self.tab, args=[self.program.pk]))

    def save(self) -> HttpResponseBase | None:
        """Keep the settings."""
        form = LinkSettingsForm(self.request.POST, instance=self.program)
        if not form.is_valid():
            self.program.refresh_from_db()
            return self.render_to_response(self.get_context_data(form=form))
        form.save()
        messages.success(self.request, "The links are saved.")
        return None

    def add_place(self) -> HttpResponseBase | None:
        """Add a place."""
        form = PlaceForm(self.request.POST, instance=LandingPlace(program=self.program))
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(place_form=form))
        form.instance.created_at = timezone.now()
        place = form.save()
        messages.success(self.request, f"Links may lead to “{place.name}” now.")
        return None

    def remove_place(self) -> None:
        """Take a place away; its links lead to the usual address from then on."""
        pk = self.request.POST.get("place", "")
        places = LandingPlace.objects.filter(program=self.program)
        if pk.isdecimal() and places.filter(pk=int(pk[:18])).delete()[0]:
            messages.success(
                self.request, "Its links lead to the usual address from now on."
            )

    def pause(self) -> None:
        """Offer friends nothing until it goes on."""
        if pause_program(program=self.program, user=self.user, now=timezone.now()):
            messages.success(
                self.request, "Paused. Friends who open a link are told so, kindly."
            )

    def resume(self) -> None:
        """Go on."""
        if resume_program(program=self.program):
            messages.success(self.request, "Friends see the offer again.")

    def bring(self) -> HttpResponseBase | None:
        """Take the codes of another tool."""
        form = BringForm(self.request.POST, self.request.FILES)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(bring_form=form))
        brought = bring_codes(
            program=self.program, rows=form.cleaned_data["pairs"], now=timezone.now()
        )
        said = f"{number(brought.new)} new, {number(brought.known)} known before"
        messages.success(self.request, f"The codes are here: {said}.")
        if not brought.refused:
            return None
        return self.render_to_response(
            self.get_context_data(
                refused=brought.refused[:REFUSED_SHOWN],
                refused_count=len(brought.refused),
            )
        )


register_pages(
    [
        path(
            "referrals/program/<int:pk>/links/",
            ProgramLinksPage.as_view(),
            name="referrals_program_links",
        ),
    ]
)
