"""Every message, what became of it, and why."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from import_export.fields import Field
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from campaigns.channels.causes import LABELS, OF_A_CONNECTION
from campaigns.flows.ladder import LABELS as RUNG_LABELS
from campaigns.guardrails import reasons
from campaigns.models import Message
from contacts.addresses import normalize_address
from contacts.admin.base import ListAdmin
from contacts.exports import CsvResource
from contacts.templatetags.greenlight import badge, register_tones

register_tones(
    {
        Message.State.ACCEPTED: "good",
        Message.State.CLAIMED: "info",
        Message.State.HANDING_OVER: "info",
        Message.State.CANCELED: "idle",
    }
)
ELSEWHERE = {str(cause): label for cause, label in OF_A_CONNECTION.items()}
WORDS = {**{str(cause): label for cause, label in LABELS.items()}, **reasons.LABELS}


# The ways that messages take.
WAYS = {**RUNG_LABELS, "webhook": "Webhook", "log": "Log"}
BY_MAIL = " by the mail server"


def cause_of(message: Message) -> str:
    """Say why a message is not on its way; blank if nothing is wrong."""
    words = WORDS | ELSEWHERE if message.connection_id else WORDS
    return words.get(message.cause, message.cause)


def state_of(message: Message) -> str:
    """Say where it is; only mail has a mail server on the other side."""
    words = message.get_state_display()
    return words if message.channel == "email" else words.removesuffix(BY_MAIL)


class MessageResource(CsvResource):
    """Messages with what became of them."""

    campaign = Field(attribute="campaign__name", column_name="campaign")
    state = Field(column_name="state")
    cause = Field(column_name="cause")

    class Meta:
        model = Message
        fields = (
            "address",
            "campaign",
            "subject",
            "state",
            "cause",
            "details",
            "created_at",
            "handed_over_at",
            "finished_at",
            "attempts",
            "tag",
        )
        export_order = fields

    def dehydrate_state(self, message: Message) -> str:
        """Say where it is, in words."""
        return state_of(message)

    def dehydrate_cause(self, message: Message) -> str:
        """Say why, in words."""
        return cause_of(message)


@admin.register(Message)
class MessageAdmin(ListAdmin):
    """The log of messages, newest first; nothing here can be changed."""

    list_display = (
        *("to", "way", "campaign", "subject", "where", "why", "written", "left"),
    )
    fields = readonly_fields = (
        "person",
        "way",
        "campaign",
        "subject",
        "where",
        "why",
        "details",
        "created_at",
        "handed_over_at",
        "finished_at",
        "attempts",
    )
    list_select_related = ("campaign", "contact")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("campaign", RelatedDropdownFilter),
    )
    search_fields = ("contact__email",)
    search_help_text = "The beginning of an address"
    ordering = ("-pk",)
    export_resource = MessageResource
    empty_title = "No message has been written yet"
    empty_text = (
        "A running campaign writes them as people reach its email steps. Each one is listed"
        " here, with what became of it."
    )
    empty_link_title = "Go to campaigns"
    empty_url_name = "admin:campaigns_campaign_changelist"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find by the beginning of the contact's address."""
        text = normalize_address(search_term)
        if not text:
            return queryset, False
        return queryset.filter(contact__email__startswith=text), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: campaigns write messages."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Message | None = None
    ) -> bool:
        """Refuse: a message is what happened."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Message | None = None
    ) -> bool:
        """Refuse, for the same reason."""
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer none."""
        return {}

    @display(description="To", ordering="address")
    def to(self, message: Message) -> str:
        """Show where it goes; the list leads from here to the message."""
        return message.address

    @display(description="By", ordering="channel")
    def way(self, message: Message) -> str:
        """Say by which way."""
        return WAYS.get(message.channel, message.channel)

    @display(description="To")
    def person(self, message: Message) -> SafeString:
        """Lead to the contact."""
        url = reverse("admin:contacts_contact_change", args=[message.contact_id])
        return format_html('<a class="gl-link" href="{}">{}</a>', url, message.address)

    @display(description="State", ordering="state")
    def where(self, message: Message) -> SafeString:
        """Show where it is."""
        return badge(state_of(message), message.state)

    @display(description="Why", ordering="cause", empty_value="")
    def why(self, message: Message) -> SafeString:
        """Say why it is not on its way, and what the server said."""
        return format_html(
            '<span title="{}">{}</span>', message.details, cause_of(message)
        )

    @display(description="Written", ordering="created_at")
    def written(self, message: Message) -> Any:
        """Show when it was decided."""
        return message.created_at

    @display(description="Handed over", ordering="handed_over_at")
    def left(self, message: Message) -> Any:
        """Show when it left."""
        return message.handed_over_at
