"""The documentation of the endpoint for servers without Segment's clients."""

from dataclasses import dataclass
from typing import Any

from django.urls import path, reverse

from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from contacts.admin.sources.snippets import (
    KEY_PLACEHOLDER,
    address_values,
    write_code,
)
from contacts.tracking.answers import REASON_STATUS
from contacts.tracking.messages import BATCH_SIZE
from contacts.tracking.reasons import MESSAGE_REASONS, REQUEST_REASONS
from contacts.tracking.trust import reserved_names

# What can't happen at this address.
FOREIGN = {"no_type", "unknown_type", "no_group", "no_previous_id", "internal_error"}


@dataclass(frozen=True)
class Field:
    """A field of an event."""

    name: str
    kind: str
    text: str


# fmt: off
FIELDS = (
    Field("event", "text", "What happened, such as Order Completed. Required; without it, and with traits, the request says who somebody is."),
    Field("user_id", "text or number", "Whose it is, by the id in your database. One of user_id, email and anonymous_id is required."),
    Field("email", "text", "Whose it is, by the address. With a user id beside it the user id counts; to say that both are one person, send traits once."),
    Field("anonymous_id", "text", "Whose it is, by the id that a browser or an app made up."),
    Field("at", "text or number", "When it happened: ISO 8601, in UTC if it names no zone, or seconds or milliseconds since 1970. The time of arrival if it is missing."),
    Field("properties", "object", "What else is to be known about it."),
    Field("id", "text", "Names the event, such as your order number. The same id of the same source counts once, so sending again is safe. Always give one."),
    Field("traits", "object", "Without an event: what is to be known about the person, such as plan or first_name."),
    Field("historical", "true", "It is long over: audiences take it into account, and no campaign begins because of it."),
)
# fmt: on


class EndpointPage(AdminPage):
    """How a server sends events without a client."""

    title = "Send events by HTTP"
    permission_required = ("contacts.view_source",)
    shows_people = False
    template_name = "contacts/sources/endpoint.html"
    http_method_names = ["get"]

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the sources."""
        return [Crumb("Sources", reverse("admin:contacts_sources"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the example, the fields, and what can be wrong."""
        values = address_values(KEY_PLACEHOLDER)
        return super().get_context_data(
            address=f"{values['address']}/v1/events",
            example=write_code("events", values),
            fields=FIELDS,
            reserved=sorted(reserved_names()),
            most=BATCH_SIZE,
            refused=[
                (reason, text)
                for reason, text in MESSAGE_REASONS.items()
                if reason not in FOREIGN
            ],
            answers=[
                (REASON_STATUS.get(reason, 400), reason, text)
                for reason, text in REQUEST_REASONS.items()
            ],
            **kwargs,
        )


register_pages(
    [path("data/sources/http/", EndpointPage.as_view(), name="contacts_endpoint")]
)
