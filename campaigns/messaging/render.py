"""Render one mail for one person; templates are parsed once per version and worker."""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

from django.conf import settings
from liquid import BoundTemplate

from campaigns.channels.mime import one_line
from campaigns.emails import liquid
from campaigns.emails.document import Content, variant_locale
from campaigns.flows.definition import find_step
from campaigns.models import CampaignVersion

BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Sender:
    """Who a mail is from."""

    name: str
    address: str
    reply_to: str = ""


@dataclass(frozen=True)
class Prepared:
    """One variant of a published mail, parsed; rendered any number of times."""

    locale: str
    subject: BoundTemplate
    html: BoundTemplate
    text: BoundTemplate


@dataclass(frozen=True)
class Rendered:
    """A mail as one person gets it."""

    locale: str
    subject: str
    html: str
    text: str


class MailMissing(LookupError):
    """The version has no such mail."""


def sender_for(campaign_settings: dict[str, Any], *, brand: str) -> Sender:
    """
    Take the sender's name and answers' address from a campaign, the rest from the site.

    Without a name of its own a campaign speaks as the program's brand, as the public pages do.
    """
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return Sender(
        name=campaign_settings["from_name"] or brand,
        address=address,
        reply_to=campaign_settings["reply_to"],
    )


@lru_cache(maxsize=64)
def published_version(version_id: int) -> CampaignVersion:
    """Read a version, which never changes, and its program's brand, once per worker."""
    versions = CampaignVersion.objects.select_related("campaign__program")
    return versions.get(pk=version_id)


@lru_cache(maxsize=256)
def published_mail(version_id: int, step_key: str) -> tuple[Content, Sender]:
    """
    Read a mail of a published version and its sender; one query per version.

    :raises MailMissing: if the version has no such step
    """
    version = published_version(version_id)
    step = find_step(version.definition, step_key)
    if step is None or "content" not in step:
        raise MailMissing(f"Version {version_id} has no mail '{step_key}'")
    brand = version.campaign.program.brand
    return step["content"], sender_for(version.definition["settings"], brand=brand)


@lru_cache(maxsize=256)
def prepared_mail(version_id: int, step_key: str, locale: str) -> Prepared:
    """
    Parse the variant that somebody of this locale gets.

    :raises MailMissing: if the version has no such step
    :raises TemplateError: if it can't be parsed
    """
    content, _ = published_mail(version_id, step_key)
    chosen = variant_locale(content, locale)
    subject = content["variants"][chosen]["subject"]
    return prepare(subject, content["compiled"][chosen], chosen)


def prepare(subject: str, compiled: dict[str, str], locale: str) -> Prepared:
    """
    Parse the parts of a compiled variant.

    :raises TemplateError: if one can't be parsed
    """
    return Prepared(
        locale=locale,
        subject=liquid.parse(subject, is_html=False),
        html=liquid.parse(compiled["html"], is_html=True),
        text=liquid.parse(compiled["text"], is_html=False),
    )


def render(mail: Prepared, variables: dict[str, Any]) -> Rendered:
    """
    Render a mail for one person.

    :raises TemplateError: if a limit is hit, or nothing is left of the subject
    """
    subject = one_line(liquid.render(mail.subject, variables))[:250]
    if not subject:
        raise liquid.TemplateError("nothing is left of the subject")
    return Rendered(
        locale=mail.locale,
        subject=subject,
        html=liquid.render(mail.html, variables),
        text=BLANK_LINES.sub("\n\n", liquid.render(mail.text, variables)),
    )
