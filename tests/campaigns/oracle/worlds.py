"""Random worlds: campaigns, people, and a story in which things happen and the clock ticks."""

import random
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.campaigns.oracle.flows import EVENTS, LISTS, PLANS, Author

BEGIN = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
ZONES = ("", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Mars/Olympus")
GAPS = (
    timedelta(minutes=2),
    timedelta(minutes=11),
    timedelta(minutes=55),
    timedelta(hours=5),
    timedelta(hours=11),
    timedelta(hours=27),
    timedelta(days=3),
    timedelta(days=10),
    timedelta(days=33),
)


@dataclass
class World:
    """What both sides are given: the campaigns, the people, and what happens when."""

    seed: int
    # Name: priority and document.
    campaigns: dict
    # Number: zone, attributes, lists, whether he agreed.
    people: list
    story: list


class Teller:
    """Makes up one world by chance."""

    def __init__(self, seed, *, families, people, ticks):
        self.draw = random.Random(seed)
        self.seed = seed
        self.story = []
        self.campaigns = {}
        self.families = []
        self.states = {}
        self.episodes = {}
        self.inside = set()
        self.keys = 0
        for number in range(families):
            # Most people have one campaign to themselves; some are wanted by several.
            size = 3 if number % 4 == 3 else 1
            self.families.append(self.make_family(f"c{number}", size))
        self.people = [self.make_person(number) for number in range(people)]
        # Who turns out to be whom: one of the same family, like him in the beginning.
        self.twins = {
            number: number + families
            for number in range(min(families, people - families))
            if self.draw.random() < 0.5
        }
        self.gone = set()
        for one, other in self.twins.items():
            self.people[other] = self.people[one]
        self.tell(ticks)

    def make_family(self, name, size):
        """Make campaigns that want the same people, each with a priority of its own."""
        names = [f"{name}{'abc'[one]}" for one in range(size)]
        audience = f"{name} audience"
        for index, one in enumerate(names):
            author = Author(self.draw, [audience])
            trigger = self.make_trigger(author, name, audience)
            document = author.document(trigger, calm=size > 1)
            self.campaigns[one] = (90 - 20 * index, document, author)
            self.states[one] = "running"
        return names, audience

    def make_trigger(self, author, family, audience):
        """Say what lets people in."""
        draw = self.draw
        kind = draw.choice(("event", "event", "event", "audience", "left", "manual"))
        which = draw.choice(("first", "every", "every", "key"))
        large = [{"name": "size", "operator": "is", "value": "large"}]
        return {
            "kind": kind,
            "audience": audience,
            "event": {"name": f"{family} began", "filters": draw.choice(([], large))},
            "which": which,
            "key": "account",
            "max_age_hours": draw.choice((24, 2, None)),
            "condition": author.condition(1) if draw.random() < 0.4 else None,
            "grace_minutes": draw.choice((0, 0, 10, 60)),
            "frequency": draw.choice(
                ("once", "every_entry", "every_entry", "every_days")
            ),
            "every_days": 30,
        }

    def make_person(self, number):
        """Make somebody."""
        draw = self.draw
        attributes = {"plan": draw.choice(PLANS), "score": draw.randrange(10)}
        if draw.random() < 0.6:
            day = BEGIN + timedelta(days=draw.randrange(60))
            attributes["renews_on"] = day.date().isoformat()
        agreed = draw.choice((True, True, True, True, True, None, False))
        return draw.choice(ZONES), attributes, agreed

    def tell(self, ticks):
        """Let time pass, with whatever happens in between."""
        now = BEGIN
        for _ in range(ticks):
            gap = self.draw.choice(GAPS)
            happenings = self.happenings(now, gap)
            happenings += self.handling(now, gap)
            happenings += self.merges(now + gap)
            self.story += sorted(happenings, key=lambda one: one[0])
            now += gap + timedelta(seconds=self.draw.randrange(60))
            self.story.append((now, "tick", self.draw.random() < 0.8))

    def moment_in(self, now, gap):
        """Choose a moment in a gap."""
        seconds = int(gap.total_seconds())
        return now + timedelta(seconds=self.draw.randrange(1, seconds))

    def happenings(self, now, gap):
        """Let things happen to people; each at most one thing in a gap, some two."""
        found = []
        for number in range(len(self.people)):
            if number in self.gone:
                continue
            times = self.draw.choices((0, 1, 2), (5, 4, 2))[0]
            for at in sorted(self.moment_in(now, gap) for _ in range(times)):
                found.append((at, *self.happening(number, at)))
        return found

    def happening(self, number, at):
        """Choose what happens to somebody."""
        draw = self.draw
        names, audience = self.families[number % len(self.families)]
        kind = draw.choices(
            (
                "begin",
                "event",
                "change",
                "enlist",
                "enter",
                "let_in",
                "answer",
                "agree",
            ),
            (8, 5, 3, 2, 3, 2, 4, 1),
        )[0]
        if kind in ("begin", "event"):
            family = names[0][:-1]
            name = f"{family} began" if kind == "begin" else draw.choice(EVENTS)
            late = draw.choice((0, 0, 0, 1, 5, 40)) * timedelta(minutes=37)
            properties = {"size": draw.choice(("small", "large", "large"))}
            if draw.random() < 0.8:
                properties["account"] = draw.choice("pq")
            return "record", number, name, at - late, properties
        if kind == "change":
            name, values = draw.choice(
                (("plan", PLANS), ("score", range(10)), ("stage", ("new", None)))
            )
            return "change", number, name, draw.choice(values)
        if kind == "enlist":
            return "enlist", number, draw.choice(LISTS), draw.random() < 0.6
        is_twin = number in {*self.twins, *self.twins.values()}
        if kind == "enter" and not is_twin:
            return self.crossing(number, audience)
        if kind == "let_in":
            self.keys += 1
            return "let_in", number, draw.choice(names), f"k{self.keys}"
        if kind == "answer":
            said = draw.choice(("yes", "not_now", "not_now", "never"))
            return "answer", number, said
        return "agree", number, draw.random() < 0.7

    def merges(self, at):
        """Let some of those be found out who are two by mistake."""
        found = []
        for one, other in self.twins.items():
            if other not in self.gone and self.draw.random() < 0.1:
                self.gone.add(other)
                found.append((at, "merge", one, other))
        return found

    def crossing(self, number, audience):
        """Let somebody enter an audience, or leave it; each stay is an episode."""
        if number in self.inside:
            self.inside.discard(number)
            return "leave", number, audience, self.episodes[number]
        self.inside.add(number)
        self.episodes[number] = self.episodes.get(number, 0) + 1
        return "enter", number, audience, self.episodes[number]

    def handling(self, now, gap):
        """Let a marketer pause, resume, stop or publish."""
        found = []
        for name, state in list(self.states.items()):
            chance = self.draw.random()
            at = self.moment_in(now, gap)
            if state == "paused" and chance < 0.5:
                found.append((at, "resume", name))
                self.states[name] = "running"
            elif state == "running" and chance < 0.06:
                found.append((at, "pause", name))
                self.states[name] = "paused"
            elif state != "stopped" and 0.06 < chance < 0.12:
                found.append((at, "publish", name, self.republished(name)))
            elif state != "stopped" and 0.12 < chance < 0.13:
                found.append((at, "stop", name))
                self.states[name] = "stopped"
        return found

    def republished(self, name):
        """Write another flow for a campaign; the trigger stays."""
        _, document, author = self.campaigns[name]
        changed = deepcopy(document)
        calm = not name.endswith("a") or f"{name[:-1]}b" in self.campaigns
        changed["steps"] = author.flow(calm)
        return changed


def make_world(seed, *, families=10, people=60, ticks=18):
    """Make up a world."""
    teller = Teller(seed, families=families, people=people, ticks=ticks)
    campaigns = {
        name: (priority, document)
        for name, (priority, document, _) in teller.campaigns.items()
    }
    return World(seed, campaigns, teller.people, teller.story)
