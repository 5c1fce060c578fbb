"""The links of one person in one mail."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from contacts.tokens import make_token
from contacts.views.unsubscribe import unsubscribe_url
from referrals.links import link_url, share_url
from referrals.models import Advocate
from referrals.traps import trap_url

ASK_PURPOSE = "ask"
EMAIL = "email"
# Stands for a token in previews and test mails; its page shows and does nothing.
SAMPLE = "sample"


@dataclass(frozen=True)
class Links:
    """
    Where the links of a mail lead; ``ask`` is blank in a mail that asks for nothing.

    An answer's address only opens the page with that answer in front: GET decides nothing.
    """

    link: str
    share_page: str
    ask: str
    unsubscribe: str
    # No person sees it: who follows it follows every link.
    trap: str = ""

    def answer(self, word: str) -> str:
        """Write the address of the page for one answer."""
        mark = "&" if "?" in self.ask else "?"
        return f"{self.ask}{mark}answer={word}" if self.ask else ""


def ask_url(contact_id: int, ask_id: int, via: str = EMAIL) -> str:
    """
    Write the address of the page on which an ask is answered; it works for years.

    ``via`` is the channel on which it is sent; the page notes which one the answer came by.
    """
    token = make_token(ASK_PURPOSE, contact_id, ask_id)
    page = f"{settings.SITE_URL}/ask/{token}"
    return page if via == EMAIL else f"{page}?via={via}"


def links_for(
    advocate: Advocate,
    *,
    ask_id: int | None,
    message_id: int,
    via: str = EMAIL,
    mailed_at: datetime | None = None,
    is_service: bool = False,
) -> Links:
    """
    Make the links of a message to an advocate on a channel; ``mailed_at`` if it is a mail.

    Who unsubscribes from a service message stops everything.
    """
    contact_id = advocate.contact_id
    return Links(
        link=link_url(advocate.code, via, mailed_at=mailed_at),
        share_page=share_url(contact_id, advocate.pk),
        ask=ask_url(contact_id, ask_id, via) if ask_id else "",
        unsubscribe=unsubscribe_url(
            contact_id, message_id, from_all=is_service, via=via
        ),
        trap=trap_url(contact_id),
    )


def sample_links(*, is_ask: bool, code: str = "") -> Links:
    """Make links that do nothing, for previews and tests; a preview shows the real code."""
    page = f"{settings.SITE_URL}/ask/{SAMPLE}"
    return Links(
        link=link_url(code) if code else f"{page}?answer=yes",
        share_page=f"{page}?answer=yes",
        ask=page if is_ask else "",
        unsubscribe=page,
        trap=page,
    )
