"""
All ways to the members of an audience lead to the same people, for random rules.

Live judgment, the full refresh, the preview's count and sample, the check of single people,
the list and its file, a question about this very moment as if it were past, and the
explanation, against the oracle.
"""

import csv
import io
from random import Random

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from audiences import selection
from audiences.explain import explain
from audiences.memberships.judge import Happening, judge
from audiences.memberships.ledger import News
from audiences.memberships.refresh import find_difference, refresh_audience
from audiences.models import Audience, Membership
from audiences.models.membership import Cause
from tests.audiences.conditions.oracle.judgment import holds, is_selected
from tests.audiences.conditions.populations import make_world
from tests.audiences.conditions.stored import store, store_names
from tests.audiences.conditions.strategies import conditions

WORLDS = 5
PEOPLE = 16
RULES = 10
EXAMPLES = 4
PROMISED = 200

asked = {}


def members(audience):
    rows = Membership.objects.filter(audience=audience).order_by("contact_id")
    return list(rows.values_list("contact_id", flat=True))


def make_audiences(documents, world):
    return Audience.objects.bulk_create(
        Audience(name=f"Rule {place}", rule=document, depth=1)
        for place, document in enumerate(documents)
    )


def judge_all(audiences, world):
    """As if something had happened to everybody."""
    ids = [person.id for person in world.people]
    judge(
        [
            Happening(pk, audience.pk, News(Cause.EVENT))
            for audience in audiences
            for pk in ids
        ],
        now=world.now,
        versions={audience.pk: 1 for audience in audiences},
    )


def asked_singly(document, world):
    """Whom each function of the selection selects."""
    ids = [person.id for person in world.people]
    sample = selection.sample_contacts(document, as_of=world.now, size=1_000)
    found = selection.matching_ids(document, as_of=world.now, contact_ids=ids)
    return [sorted(contact.pk for contact in sample), sorted(found)]


def leaves(document):
    if document["kind"] in ("all", "any"):
        for child in document["conditions"]:
            yield from leaves(child)
    elif document["kind"] == "not":
        yield from leaves(document["condition"])
    else:
        yield document


def check(documents, world, admin_client):
    right = [
        sorted(p.id for p in world.people if is_selected(document, p, world))
        for document in documents
    ]
    audiences = make_audiences(documents, world)
    with transaction.atomic():
        judge_all(audiences, world)
        live = [members(audience) for audience in audiences]
        left_over = [list(find_difference(a, as_of=world.now)) for a in audiences]
        transaction.set_rollback(True)
    assert live == right
    assert left_over == [[] for _ in audiences]

    for audience, document, people in zip(audiences, documents, right, strict=True):
        refresh_audience(audience, now=world.now, cause=Cause.FILLED)
        audience.refresh_from_db()
        count = selection.count_contacts(document, as_of=world.now)
        assert (audience.size, count) == (len(people), len(people))
        assert [members(audience), *asked_singly(document, world)] == [people] * 3
    check_explanation(documents[0], world)
    check_file(audiences[0], right[0], admin_client)


def check_explanation(document, world):
    for person in world.people[:4]:
        explained = explain(document, person.id, as_of=world.now)
        assert [leaf.holds for leaf in explained.leaves] == [
            holds(leaf, person, world) for leaf in leaves(document)
        ]
        assert explained.holds == is_selected(document, person, world)


def check_file(audience, people, admin_client):
    url = reverse("admin:audiences_audience_change", args=[audience.pk])
    answer = admin_client.get(url, {"format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    assert len(rows) == len(people) + 1


@pytest.mark.parametrize("seed", range(WORLDS))
def test_all_ways_lead_to_the_same_people(db, admin_client, seed):
    store_names()
    world = make_world(Random(1_000 + seed), PEOPLE)
    world.is_past, world.since = False, None
    store(world)
    asked[seed] = 0

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(documents=st.lists(conditions, min_size=RULES, max_size=RULES))
    def ask(documents):
        world.remembered.clear()
        with transaction.atomic():
            check(documents, world, admin_client)
            transaction.set_rollback(True)
        asked[seed] += len(documents)

    ask()


def test_nobody_lowered_the_number_of_rules():
    assert WORLDS * RULES * EXAMPLES >= PROMISED
    if len(asked) == WORLDS:
        assert sum(asked.values()) >= PROMISED
