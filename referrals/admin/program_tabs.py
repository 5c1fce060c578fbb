"""The pages of a program, as tabs; each part of the program adds its line."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.http import Http404
from django.urls import NoReverseMatch, reverse

from contacts.admin.base import AdminPage, Crumb
from referrals.models import Program

LIST_URL = "admin:referrals_program_changelist"
VIEW = "referrals.view_program"
# Title, name of the address (it takes the program's id), and permission, in the order shown.
# What is not mounted, or not for this user, is left out.
PROGRAM_TABS = (
    ("Offer", "admin:referrals_program_change", VIEW),
    ("Rewards", "admin:referrals_program_rewards", VIEW),
    ("Links", "admin:referrals_program_links", VIEW),
    ("Stages", "admin:referrals_program_stages", VIEW),
    ("Introductions", "admin:referrals_program_intros", VIEW),
    ("Texts & look", "admin:referrals_program_texts", VIEW),
    ("Fraud", "admin:referrals_program_fraud", VIEW),
    ("Messages", "admin:referrals_program_messages", VIEW),
    ("Preview", "admin:referrals_program_pages", VIEW),
)


@dataclass(frozen=True)
class Tab:
    """A page of the program."""

    title: str
    link: str
    is_current: bool


def tabs_of(
    program: Program,
    user: AbstractBaseUser | AnonymousUser | PermissionsMixin,
    current: str,
) -> list[Tab]:
    """List the pages of a program that the user may open; ``current`` is one's address name."""
    tabs = []
    for title, name, permission in PROGRAM_TABS:
        try:
            link = reverse(name, args=[program.pk])
        except NoReverseMatch:
            continue
        if isinstance(user, PermissionsMixin) and user.has_perm(permission):
            tabs.append(Tab(title, link, name == current))
    return tabs


class ProgramTabPage(AdminPage):
    """
    One of the pages of a program, mounted at ``referrals/program/<int:pk>/<part>/``.

    Subclasses give ``tab``, the name of their address, and a template that begins the block
    "page" with ``{% include "referrals/_program_tabs.html" %}``.
    """

    tab: str
    permission_required: tuple[str, ...] = (VIEW,)
    shows_people = False

    def find_row(self) -> None:
        """Fetch the program before anything else is done."""
        program = Program.objects.filter(pk=self.kwargs["pk"]).first()
        if program is None:
            raise Http404("There is no such program.")
        self.program = program

    def get_title(self) -> str:
        """Name the program; the tab says which page it is."""
        return self.program.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Programs", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the program and its tabs."""
        return super().get_context_data(
            program=self.program,
            program_tabs=tabs_of(self.program, self.user, self.tab),
            **kwargs,
        )
