"""
Demo of a shop, "Fernweh Coffee": its customers, and what its website and servers send.

The same seed makes the same people; their dates count back from now. People are written by
COPY, so five thousand contacts with half a year of events take a few seconds; the traffic of
the last days takes the way of all messages, through the drain.
"""

import random
from datetime import datetime

from django.db import transaction

from contacts.demo.funnels import load_funnels
from contacts.demo.loyalty import stay
from contacts.demo.people import load_people, make_people
from contacts.demo.traffic import load_traffic
from contacts.models import Contact


class HouseNotEmpty(ValueError):
    """There are contacts already; demo people would mix with them."""


@transaction.atomic
def load(*, seed: int, contacts: int, days: int, now: datetime) -> None:
    """
    Write the demo people with ``days`` of events up to ``now``, and their newest traffic.

    :raises HouseNotEmpty: if there are contacts already
    """
    if Contact.objects.exists():
        raise HouseNotEmpty
    chance = random.Random(seed)  # noqa: S311 - the same seed makes the same people
    people = make_people(chance, contacts=contacts, days=days, now=now)
    stay(people, days=days, now=now)
    load_people(chance, people, now=now)
    load_traffic(chance, people=people, now=now)
    load_funnels(now=now)
