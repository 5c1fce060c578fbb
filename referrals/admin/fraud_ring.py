"""Who is linked with whom around a referral, and by what: a drawing and the same as a list."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any

from django.http import Http404
from django.urls import path, reverse

from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from contacts.models import Contact
from referrals.fraud.rings import MOST_PEOPLE, Link, links_among, people_around
from referrals.fraud.words import say_link, say_list
from referrals.models import Referral

WIDTH, HEIGHT = 760, 520
RADIUS = 9
LONGEST = 18


@dataclass(frozen=True)
class Node:
    """A person of the drawing, and where he stands."""

    contact_id: int
    name: str
    x: int
    y: int
    is_own: bool

    @property
    def short(self) -> str:
        """The name as it fits under the dot."""
        return self.name if len(self.name) <= LONGEST else f"{self.name[:LONGEST]}…"

    @property
    def below(self) -> int:
        """Where the name stands."""
        return self.y + RADIUS + 16


@dataclass(frozen=True)
class Line:
    """A link of the drawing."""

    x1: int
    y1: int
    x2: int
    y2: int
    is_referral: bool


@dataclass(frozen=True)
class Told:
    """A link in words."""

    from_id: int
    from_name: str
    to_id: int
    to_name: str
    words: str
    referral_id: int


def place(people: Sequence[int], names: dict[int, str], own: set[int]) -> list[Node]:
    """Stand people in a circle, or two in a row."""
    nodes = []
    for number, contact_id in enumerate(people):
        angle = 2 * pi * number / len(people) - pi / 2
        nodes.append(
            Node(
                contact_id,
                names.get(contact_id, "An erased contact"),
                round(WIDTH / 2 + cos(angle) * (WIDTH / 2 - 90)),
                round((HEIGHT - 20) / 2 + sin(angle) * (HEIGHT / 2 - 50)),
                contact_id in own,
            )
        )
    return nodes


def draw(nodes: Sequence[Node], links: Sequence[Link]) -> list[Line]:
    """Draw the links between people, each from the edge of one dot to that of the other."""
    where = {node.contact_id: node for node in nodes}
    lines = []
    for link in links:
        one, other = where[link.from_id], where[link.to_id]
        length = max(1.0, ((other.x - one.x) ** 2 + (other.y - one.y) ** 2) ** 0.5)
        back = (RADIUS + 5) / length
        dx, dy = (other.x - one.x) * back, (other.y - one.y) * back
        is_referral = link.by == "referral"
        # What is shared stands beside the referral between the same two.
        aside = 0 if is_referral else 5
        lines.append(
            Line(
                round(one.x + dx) + aside,
                round(one.y + dy) + aside,
                round(other.x - dx) + aside,
                round(other.y - dy) + aside,
                is_referral,
            )
        )
    return lines


def tell(links: Sequence[Link], names: dict[int, str]) -> list[Told]:
    """Say the links in words; all that two people share in one sentence."""
    told = []
    shared: dict[tuple[int, int], list[str]] = defaultdict(list)
    for link in links:
        if link.by == "referral":
            told.append(_told(link, names, "brought"))
        else:
            shared[link.from_id, link.to_id].append(say_link(link.by))
    for (one, other), words in shared.items():
        told.append(
            _told(Link(one, other, ""), names, f"shares {say_list(words)} with")
        )
    return told


def _told(link: Link, names: dict[int, str], words: str) -> Told:
    """Say one link."""
    gone = "An erased contact"
    return Told(
        link.from_id,
        names.get(link.from_id, gone),
        link.to_id,
        names.get(link.to_id, gone),
        words,
        link.referral_id,
    )


class RingPage(AdminPage):
    """Everybody within five steps of the two people of a referral."""

    title = "Who is linked with whom"
    permission_required = ("referrals.view_fraudcase",)
    template_name = "referrals/fraud_ring.html"

    def find_row(self) -> None:
        """Fetch the referral."""
        rows = Referral.objects.select_related("contact", "program")
        referral = rows.filter(pk=self.kwargs["pk"]).first()
        if referral is None:
            raise Http404("There is no such referral.")
        self.referral = referral

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the queue."""
        return [Crumb("Fraud review", reverse("admin:referrals_fraud_review"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add people, links, and both in words."""
        referral = self.referral
        own = {referral.contact_id, referral.advocate_contact_id}
        people = people_around(contact_ids=own, program_id=referral.program_id)
        links = links_among(contact_ids=people, program_id=referral.program_id)
        linked = {*(link.from_id for link in links), *(link.to_id for link in links)}
        people = [one for one in people if one in linked]
        contacts = Contact.objects.in_bulk(people)
        names = {pk: contact.name for pk, contact in contacts.items()}
        nodes = place(people, names, own)
        return super().get_context_data(
            referral=referral,
            nodes=nodes,
            lines=draw(nodes, links),
            told=tell(links, names),
            width=WIDTH,
            height=HEIGHT,
            radius=RADIUS,
            is_cut=len(people) >= MOST_PEOPLE,
            **kwargs,
        )


register_pages(
    [
        path(
            "referrals/fraud/<int:pk>/ring/",
            RingPage.as_view(),
            name="referrals_fraud_ring",
        ),
    ]
)
