"""Is somebody a customer already, by what we know of him now?"""

from datetime import datetime

from contacts.models import Contact
from referrals.attribution.facts import read_facts
from referrals.attribution.judging import MEANS, refusal_of_known
from referrals.models import Program


def is_customer(contact: Contact, program: Program, *, now: datetime) -> bool:
    """Tell whether an offer for newcomers is not for him; by the rules of the program."""
    [facts] = read_facts([contact], {program.pk: program}, now=now)
    if any(one.means == MEANS.WON for one in facts.steps.get(program.pk, [])):
        return True
    return bool(refusal_of_known(facts, program, now)[0])
