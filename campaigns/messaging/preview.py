"""A draft as a certain person would get it, and what is missing for that person."""

from dataclasses import dataclass, replace
from typing import Any

from campaigns.emails import liquid
from campaigns.emails.checks import parts_of
from campaigns.emails.document import Content, Variant, variant_locale
from campaigns.messaging.compile import compile_variant
from campaigns.messaging.links import sample_links
from campaigns.messaging.news import NOTHING, SAMPLE
from campaigns.messaging.render import Rendered, prepare, render, sender_for
from campaigns.messaging.variables import KNOWN, value_of, variables_for
from contacts.models import Contact
from referrals.models import Advocate, Program


@dataclass(frozen=True)
class Preview:
    """
    A mail as the contact would get it.

    ``missing`` names the variables of the mail that have no value for the contact; what
    stands behind ``default:`` is shown in their place.
    """

    mail: Rendered
    preheader: str
    from_name: str
    missing: list[str]


def sample_contact() -> Contact:
    """Make somebody who is in no table, for a preview before there are contacts."""
    values = {known.name: known.sample for known in KNOWN}
    return Contact(
        first_name=values["contact.first_name"],
        last_name=values["contact.last_name"],
        email=values["contact.email"],
    )


def preview(
    content: Content,
    *,
    contact: Contact,
    program: Program,
    campaign_settings: dict[str, Any],
    ask: bool = True,
    locale: str = "",
) -> Preview:
    """
    Render a draft for a contact, in the contact's language unless another is named.

    Its links do nothing when clicked, except for the person's own. One query.

    :raises ContentError: if the draft can't be compiled
    :raises TemplateError: if it can't be rendered for this contact
    """
    chosen = variant_locale(content, locale or contact.locale)
    variant = content["variants"][chosen]
    sender = sender_for(campaign_settings, brand=program.brand)
    advocate = (
        Advocate.objects.filter(contact_id=contact.pk, program=program).first()
        if contact.pk
        else None
    )
    variables = variables_for(
        contact=contact,
        program=program,
        links=sample_links(is_ask=ask, code=advocate.code if advocate else ""),
        locale=chosen,
        from_name=sender.name,
        news=NOTHING if ask else SAMPLE,
    )
    subject = variant["subject"].strip() or "(No subject)"
    compiled = compile_variant(
        variant, chosen, tagging=campaign_settings.get("tagging")
    )
    prepared = prepare(subject, compiled, chosen)
    mail = render(prepared, variables)
    preheader = liquid.parse(variant["preheader"], is_html=False)
    return Preview(
        mail=replace(mail, html=open_elsewhere(mail.html)),
        preheader=liquid.render(preheader, variables),
        from_name=sender.name,
        missing=missing_values(variant, variables),
    )


def missing_values(variant: Variant, variables: dict[str, Any]) -> list[str]:
    """Name the variables that a variant uses and that have no value."""
    used = {
        name
        for part in parts_of(variant)
        for name, _ in liquid.variables_used(part.text)
    }
    return sorted(name for name in used if value_of(variables, name) in (None, "", []))


def open_elsewhere(html: str) -> str:
    """Let links of a preview open outside of its frame."""
    return html.replace("<head>", '<head><base target="_blank">', 1)
