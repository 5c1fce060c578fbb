"""
The compiler against the oracle: random trees of all kinds on random populations.

Each population is stored once and asked very many trees, each in both of its shapes in one
statement; the count at the end keeps that number.
"""

import json
from dataclasses import replace
from random import Random

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from audiences import selection
from audiences.conditions.compiler import compile_node
from audiences.conditions.kinds import KINDS
from audiences.conditions.parse import dump_condition, parse_condition
from audiences.conditions.sql import combine, value
from tests.audiences.conditions import pools
from tests.audiences.conditions.oracle.judgment import LEAVES, is_selected
from tests.audiences.conditions.populations import make_world
from tests.audiences.conditions.stored import store, store_names
from tests.audiences.conditions.strategies import conditions

POPULATIONS = 50
PEOPLE = 40
# Trees in one statement, and statements for one population.
TREES = 10
STATEMENTS = 40
PROMISED = 20_000

asked = {}
HEALTH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture
def names(db):
    store_names()


# All that a rule may name, so that looking it up once is enough for a population.
EVERYTHING = {
    "kind": "any",
    "conditions": [
        {"kind": "list", "list": pools.EVERYONE, "operator": "on"},
        *(
            {"kind": "trait", "trait": pk, "operator": "is_set"}
            for pk in pools.TRAITS
            if "trait" in KINDS
        ),
    ],
}


def selected(documents, world, setting):
    """Whom each shape of each tree selects, in one round trip."""
    # Selects the ids of the contacts that fit: as a preview does, and as a judge does.
    everybody, among = (
        "ARRAY(SELECT contact.id FROM contacts_contact AS contact"
        " WHERE ({}) AND contact.erased_at IS NULL)",
        "ARRAY(SELECT contact.id FROM contacts_contact AS contact"
        " WHERE contact.id = ANY({}) AND ({}) AND contact.erased_at IS NULL)",
    )
    ids = value([person.id for person in world.people], "bigint[]")
    parts = []
    for node in map(parse_condition, documents):
        many, few = (replace(setting, few=is_few) for is_few in (False, True))
        parts.append(combine(everybody, compile_node(node, many)))
        parts.append(combine(among, ids, compile_node(node, few)))
    statement = combine("SELECT " + ", ".join(["{}"] * len(parts)), *parts)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '30s'")
        cursor.execute(statement.text, statement.params)
        found = [sorted(row) for row in cursor.fetchone()]
    return list(zip(found[::2], found[1::2], strict=True))


def expected(document, world):
    world.remembered.clear()
    return sorted(p.id for p in world.people if is_selected(document, p, world))


def explain(document, world, *answers):
    """Say on whom the answers differ: the document, and the first of these contacts."""
    everybody, few, right = map(set, answers)
    wrong = (everybody ^ right) | (few ^ right)
    person = next(person for person in world.people if person.id in wrong)
    words = json.dumps(document)
    return "\n".join(
        [
            f"Asked at {world.now.isoformat()}, past: {world.is_past},"
            f" events after {world.since}:",
            json.dumps(document, indent=2, ensure_ascii=False),
            f"Contact {person.id} of {len(wrong)}: everybody {person.id in everybody},"
            f" few {person.id in few}, oracle {person.id in right}",
            *(f"  {pk}: {one}" for pk, one in world.traits.items() if str(pk) in words),
            f"  fields {person.fields}, created {person.created_at.isoformat()}",
            f"  attributes {person.attributes}",
            f"  told {person.told}",
            f"  crossed {person.crossed}",
            f"  consents {person.consents}, suppressed {person.is_suppressed},"
            f" anonymous {person.is_anonymous}, erased {person.is_erased}",
            f"  lists {person.lists}, audiences {person.audiences}",
            *(f"  account {pk}: {world.accounts[pk]}" for pk in person.accounts),
            *(
                f"  event {one.name!r} {one.at - world.now} {one.properties}"
                for one in person.happened
            ),
        ]
    )


def disagreement(document, world, setting):
    """What is said of a document on which the answers differ, else nothing."""
    [(everybody, few)] = selected([document], world, setting)
    right = expected(document, world)
    if everybody == few == right:
        return ""
    return explain(document, world, everybody, few, right)


def simpler(document):
    """The same with less of it, one thing after the other."""
    if document["kind"] in ("not", "account"):
        yield document["condition"]
    for key in ("conditions", "filters", "then"):
        inside = document.get(key, [])
        for place, child in enumerate(inside):
            if key == "conditions":
                yield child
            if len(inside) > 1 or key == "filters":
                rest = [*inside[:place], *inside[place + 1 :]]
                yield document | {key: rest}


def smallest(document, world, setting):
    """The least part of a document on which the answers still differ."""
    for less in simpler(document):
        if disagreement(less, world, setting):
            return smallest(less, world, setting)
    return document


def agree(documents, world, setting):
    answers = selected(documents, world, setting)
    for document, (everybody, few) in zip(documents, answers, strict=True):
        if not everybody == few == expected(document, world):
            least = smallest(document, world, setting)
            pytest.fail(disagreement(least, world, setting))


def setting_of(world):
    _, setting = selection.prepare(
        EVERYTHING,
        as_of=world.now,
        counts_from=world.since,
        is_past=world.is_past,
    )
    return setting


@pytest.mark.parametrize("seed", range(POPULATIONS))
def test_compiler_selects_whom_the_oracle_selects(names, seed):
    world = make_world(Random(seed), PEOPLE)
    store(world)
    setting = setting_of(world)
    asked[seed] = 0

    # What differs is made smaller by ``smallest``, much faster.
    @settings(
        max_examples=STATEMENTS,
        phases=[Phase.reuse, Phase.generate],
        deadline=None,
        suppress_health_check=HEALTH,
    )
    @given(documents=st.lists(conditions, min_size=TREES, max_size=TREES))
    def ask(documents):
        agree(documents, world, setting)
        asked[seed] += len(documents)

    ask()


@settings(max_examples=150, deadline=None, suppress_health_check=HEALTH)
@given(document=conditions, random=st.randoms(use_true_random=False))
def test_compiler_selects_among_the_smallest_populations(names, document, random):
    with transaction.atomic():
        world = make_world(random, random.randint(1, 3))
        store(world)
        agree([document], world, setting_of(world))
        transaction.set_rollback(True)


def test_nobody_lowered_the_number_of_evaluations(request):
    assert POPULATIONS * STATEMENTS * TREES >= PROMISED
    if len(asked) == POPULATIONS:
        assert sum(asked.values()) >= PROMISED


def test_the_oracle_knows_all_kinds():
    assert {*KINDS, "account"} == set(LEAVES)


@settings(max_examples=200, deadline=None)
@given(document=conditions)
def test_a_document_survives_being_parsed_and_written(document):
    node = parse_condition(document)

    assert parse_condition(dump_condition(node)) == node
