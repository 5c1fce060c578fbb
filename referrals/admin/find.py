"""Find a referral: whoever asks, the whole story, and credit by hand."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from contacts.models import Contact
from referrals.admin.credit_forms import GiveForm
from referrals.admin.referral_names import STAGE_NAMES, stage_badge
from referrals.attribution.by_hand import CreditRefused, give_credit
from referrals.attribution.finding import find_people, tell_advocate, tell_friend
from referrals.attribution.stories import as_text, names_of, tell_decisions
from referrals.models import Program

FIND = "admin:referrals_find"
STORY = "admin:referrals_find_story"
VIEW, CHANGE = "referrals.view_referral", "referrals.change_referral"


class FindPage(AdminPage):
    """A field for whatever somebody has at hand, and who may be meant."""

    title = "Find a referral"
    permission_required = (VIEW,)
    template_name = "referrals/find.html"
    results_template_name = "referrals/_find_results.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add who may be meant."""
        text = self.request.GET.get("q", "").replace("\0", "").strip()[:254]
        return super().get_context_data(
            text=text,
            matches=find_people(text),
            results_url=reverse("admin:referrals_find_results"),
            **kwargs,
        )


class StoryPage(AdminPage):
    """All that is known of one person: as a friend, and as an advocate."""

    title = "The whole story"
    permission_required = (VIEW,)
    template_name = "referrals/find_story.html"

    def find_row(self) -> None:
        """Fetch the contact."""
        found = Contact.objects.filter(pk=self.kwargs["pk"], erased_at=None).first()
        if found is None:
            raise Http404("There is no such contact.")
        self.contact = found

    def get_title(self) -> str:
        """Name the person."""
        return f"The whole story of {self.contact.name}"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the search."""
        return [Crumb("Find a referral", reverse(FIND))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell it."""
        now = timezone.now()
        story = tell_friend(self.contact, now=now)
        decisions = tell_decisions(self.contact.pk)
        names = names_of(one.advocate_contact_id for one in story.referrals)
        own = [
            (advocate, [(line, STAGE_NAMES[line.badge]) for line in lines])
            for advocate, lines in tell_advocate(self.contact)
        ]
        since = timezone.localdate()
        return super().get_context_data(
            contact=self.contact,
            story=story,
            referrals=[
                (
                    one,
                    names.get(one.advocate_contact_id, "an erased contact"),
                    stage_badge(one),
                )
                for one in story.referrals
            ],
            decisions=decisions,
            own=own,
            copy=as_text(
                self.get_title(),
                [
                    ("Verdict", story.verdicts),
                    ("What came along", story.clues),
                    ("Refused", story.refusals),
                    ("Refunds without an order", story.orphans),
                    ("Decided by hand", decisions),
                ],
            ),
            may_decide=self.user.has_perm(CHANGE) and Program.objects.exists(),
            give_form=kwargs.pop("give_form", None)
            or GiveForm(prefix="give", initial={"since": since}),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Give the credit by hand."""
        if not self.user.has_perm(CHANGE):
            raise PermissionDenied
        form = GiveForm(request.POST, prefix="give")
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(give_form=form))
        chosen = form.cleaned_data
        try:
            referral = give_credit(
                friend_contact_id=self.contact.pk,
                advocate=chosen["advocate"],
                counts_from=chosen["since"],
                reason=chosen["reason"],
                user=self.user,
                now=timezone.now(),
            )
        except CreditRefused as error:
            form.add_error("advocate", str(error))
            return self.render_to_response(self.get_context_data(give_form=form))
        messages.success(
            request, "The credit was given. Rewards follow within a minute."
        )
        return HttpResponseRedirect(
            reverse("admin:referrals_referral_change", args=[referral.pk])
        )


register_pages(
    [
        path("referrals/find/", FindPage.as_view(), name="referrals_find"),
        path(
            "referrals/find/results/",
            FindPage.as_view(results_only=True),
            name="referrals_find_results",
        ),
        path(
            "referrals/find/<int:pk>/", StoryPage.as_view(), name="referrals_find_story"
        ),
    ]
)
