"""Conditions about the contacts of an account, in SQL."""

from dataclasses import replace

from audiences.conditions.happenings import among
from audiences.conditions.kind import Setting
from audiences.conditions.sql import Fragment, combine

QUANTIFIERS = {
    "any": "somebody is among those",
    "all": "everybody is among those",
    "none": "nobody is among those",
}
# Whether an account is looked for that has somebody of whom the condition holds, or does
# not, and whether there must be one.
SEARCHES = {"any": (True, True), "all": (False, False), "none": (True, False)}


def inside(setting: Setting) -> Setting:
    """Compile for colleagues, of whom nothing has been computed."""
    return replace(setting, trait_columns={})


def compile_account(
    quantifier: str, condition: Fragment, setting: Setting, *, holds: bool
) -> Fragment:
    """
    Look for an account of the contact with somebody for whom the condition holds, or without.

    ``condition`` is over an alias contact of its own. Leans on account_member_once and
    contacts_of_account.
    """
    wanted, is_there = SEARCHES[quantifier]
    colleagues = combine(
        "FROM contacts_accountmember AS colleague"
        " JOIN contacts_contact AS contact ON contact.id = colleague.contact_id"
        " WHERE contact.erased_at IS NULL AND ({}) IS {}TRUE",
        condition,
        Fragment("" if wanted else "NOT "),
    )
    sign = Fragment("" if is_there else "NOT ")
    if setting.few:
        found = combine(
            "EXISTS (SELECT 1 FROM contacts_accountmember AS belongs"
            " WHERE belongs.contact_id = contact.id AND {}EXISTS"
            " (SELECT 1 {} AND colleague.account_id = belongs.account_id))",
            sign,
            colleagues,
        )
    else:
        members = combine(
            "SELECT belongs.contact_id FROM contacts_accountmember AS belongs"
            " WHERE {}EXISTS (SELECT 1 FROM (SELECT colleague.account_id {}) AS reached"
            " WHERE reached.account_id = belongs.account_id)",
            sign,
            colleagues,
        )
        return among(members, holds=holds)
    return found if holds else found.format("NOT ({})")
