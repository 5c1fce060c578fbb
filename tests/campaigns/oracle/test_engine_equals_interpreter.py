"""The engine does what the interpreter says: every step, time, word and refusal."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import pytest
from django.db import connection

from tests.campaigns.oracle.interpreter import Interpreter, Running
from tests.campaigns.oracle.people import Person
from tests.campaigns.oracle.runner import Runner, replace_the_outside
from tests.campaigns.oracle.telling import trace_of
from tests.campaigns.oracle.worlds import make_world

# A world has some campaigns and many people: each flow and each history is a run, more than
# 2,000 in eight worlds. ORACLE_WORLDS=1000 ORACLE_SEED=500 for a night.
WORLDS = int(os.environ.get("ORACLE_WORLDS", "8"))
FIRST = int(os.environ.get("ORACLE_SEED", "1"))


def interpret(world, runner):
    """Let the interpreter live through the story."""
    people = [
        Person(number, contact.pk, zone, dict(attributes), agreed=agreed)
        for number, (contact, (zone, attributes, agreed)) in enumerate(
            zip(runner.contacts, world.people, strict=True)
        )
    ]
    campaigns = [
        Running(name, priority, [document])
        for name, (priority, document) in world.campaigns.items()
    ]
    interpreter = Interpreter(campaigns, people)
    interpreter.live(deepcopy(world.story))
    return interpreter


def describe(world, who, ours, theirs):
    """Say where the two differ about one person in one campaign, to be read."""
    number, name = who
    story = [
        f"{at:%m-%d %H:%M:%S} {what} {values}"
        for at, what, *values in world.story
        if what == "tick" or number in values[:2] or values[0] == name
    ]
    return "\n".join(
        [
            f"World {world.seed}, person {number} {world.people[number]}, campaign {name}",
            json.dumps(world.campaigns[name][1], indent=1, default=str),
            *story,
            "Only the interpreter:",
            *(row for row in ours if row not in theirs),
            "Only the engine:",
            *(row for row in theirs if row not in ours),
            "Both:",
            *(row for row in theirs if row in ours),
        ]
    )


class TwoWorkers(Runner):
    """Lets two workers do each slice at once, each on a connection of its own."""

    def drain(self, work):
        def elsewhere(_):
            try:
                while work():
                    pass
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(elsewhere, range(2)))
        super().drain(work)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(FIRST, FIRST + WORLDS))
def test_the_engine_does_what_the_interpreter_says(seed, monkeypatch):
    replace_the_outside(monkeypatch)
    world = make_world(seed, families=12, people=240, ticks=14)
    runner = Runner(world)

    runner.live()

    compare_traces(world, runner)


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_what_the_interpreter_says(monkeypatch):
    replace_the_outside(monkeypatch)
    # One campaign for each person: which of two asks first is the one whose turn it is.
    world = make_world(7, families=3, people=45, ticks=10)
    runner = TwoWorkers(world, trouble=0)

    runner.live()

    compare_traces(world, runner)


def compare_traces(world, runner):
    """Fail with the shortest story about which the two differ."""
    ours, theirs = trace_of(interpret(world, runner)), runner.trace()
    different = sorted(
        who for who in ours.keys() | theirs.keys() if ours.get(who) != theirs.get(who)
    )
    if different:
        who = min(different, key=lambda one: len(theirs.get(one, [])))
        message = describe(world, who, ours.get(who, []), theirs.get(who, []))
        pytest.fail(f"{len(different)} of {len(theirs)} differ.\n{message}")
