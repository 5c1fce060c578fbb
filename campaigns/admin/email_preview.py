"""A mail as a certain person would get it: the preview, its frame, and test mails."""

from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from django.utils import timezone

from audiences.models import Membership
from campaigns.admin.email import MailPage
from campaigns.channels.base import ChannelError, OutcomeUnknown
from campaigns.emails.document import variant_locale
from campaigns.emails.liquid import TemplateError
from campaigns.messaging.compile import ContentError
from campaigns.messaging.preview import Preview, preview, sample_contact
from campaigns.messaging.test_send import NotStaff, send_test
from contacts.admin.site import register_pages
from contacts.models import Contact

PEOPLE_SHOWN = 8
# Nothing runs and nothing is loaded but pictures; the frame itself is sandboxed too.
FRAME_POLICY = (
    "default-src 'none'; img-src https: data: {site}; style-src 'unsafe-inline';"
    " sandbox allow-popups; frame-ancestors 'self'"
)


class ShownMailPage(MailPage):
    """A page that shows the mail to a chosen person."""

    def chosen_contact(self) -> Contact:
        """
        Find the chosen person, else somebody of the audience, else somebody made up.

        Who may not see people reads it as somebody made up.
        """
        if not self.may_see_people:
            return sample_contact()
        text = self.request.GET.get("contact") or self.request.POST.get("contact") or ""
        if text.isascii() and text.isdigit() and len(text) < 19:
            chosen = Contact.objects.filter(pk=int(text)).first()
            if chosen is not None:
                return chosen
        members = Membership.objects.filter(
            audience_id=self.document["trigger"]["audience"] or 0
        )
        member = members.select_related("contact").order_by("pk").first()
        return member.contact if member else sample_contact()

    def render_mail(self, contact: Contact) -> tuple[Preview | None, str]:
        """Render the mail for the person; or say why it can't be."""
        try:
            return (
                preview(
                    self.content,
                    contact=contact,
                    program=self.campaign.program,
                    campaign_settings=self.document["settings"],
                    ask=self.step["ask"],
                    locale=self.locale,
                ),
                "",
            )
        except (ContentError, TemplateError) as error:
            return None, str(error)


class PreviewPanel(ShownMailPage):
    """What the mailbox shows, what is missing for this person, and the frame of the mail."""

    title = "Preview"
    results_only = True
    results_template_name = "campaigns/_email_preview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the mail."""
        contact = self.chosen_contact()
        shown, problem = self.render_mail(contact)
        return super().get_context_data(
            contact=contact,
            shown=shown,
            problem=problem,
            locale=self.locale,
            own_locale=variant_locale(self.content, contact.locale),
            frame_url=f"{self.mail_url('campaigns_email_frame')}"
            f"&contact={contact.pk or ''}&revision={self.campaign.revision}",
            findings=[],
            **kwargs,
        )


class FramePage(ShownMailPage):
    """The mail itself, for a sandboxed frame."""

    title = "Mail"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the mail and nothing around it."""
        shown, _ = self.render_mail(self.chosen_contact())
        response = HttpResponse(shown.mail.html if shown else "")
        response["Content-Security-Policy"] = FRAME_POLICY.format(
            site=settings.SITE_URL
        )
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response


class PeoplePage(MailPage):
    """People to preview the mail as."""

    title = "People"
    shows_people = True
    results_only = True
    results_template_name = "campaigns/_email_people.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add who fits what was typed."""
        people = find_people(self.request.GET.get("q", ""))
        return super().get_context_data(
            people=people[:PEOPLE_SHOWN],
            preview_url=self.mail_url("campaigns_email_preview"),
            findings=[],
            **kwargs,
        )


class TestSendPage(ShownMailPage):
    """Sends the mail to the user's own address."""

    title = "Test mail"
    http_method_names = ["post"]
    results_only = True
    results_template_name = "campaigns/_email_test.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send it, and say where it went or why it did not."""
        address, problem = "", ""
        try:
            address = send_test(
                self.content,
                contact=self.chosen_contact(),
                program=self.campaign.program,
                campaign_settings=self.document["settings"],
                user=self.user,
                ask=self.step["ask"],
                locale=self.locale,
                now=timezone.now(),
            )
        except NotStaff as error:
            problem = str(error)
        except (ContentError, TemplateError) as error:
            problem = f"Mend this first: {error}"
        except OutcomeUnknown:
            problem = "The mail server did not say whether it took the mail. Look in your mailbox."
        except ChannelError as error:
            problem = f"The mail server did not take it: {error}"
        return self.render_to_response(
            self.get_context_data(address=address, problem=problem, findings=[])
        )


def find_people(query: str) -> QuerySet[Contact]:
    """Find people by the beginning of a name or an address; the newest without one."""
    people = Contact.objects.order_by("-pk")
    words = query.replace("\0", "").split()
    for word in words[:4]:
        people = people.filter(
            Q(email__istartswith=word)
            | Q(first_name__istartswith=word)
            | Q(last_name__istartswith=word)
        )
    return people


register_pages(
    [
        path(
            f"campaigns/campaign/<int:pk>/email/<str:key>/{name}/",
            page.as_view(),
            name=f"campaigns_email_{name}",
        )
        for name, page in (
            ("preview", PreviewPanel),
            ("frame", FramePage),
            ("people", PeoplePage),
            ("test", TestSendPage),
        )
    ]
)
