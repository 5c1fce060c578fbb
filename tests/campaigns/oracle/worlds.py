"""Random worlds: campaigns, people, and a story in which things happen and the clock ticks."""

import random
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from campaigns.flows.definition import walk_steps
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
        self.first = {}
        self.families = []
        self.states = {}
        self.episodes = {}
        self.inside = set()
        self.keys = 0
        for number in range(families):
            # Most people have one campaign to themselves; some are wanted by several, and some
            # by one more that begins with what they say to the first.
            size = (1, 1, 2, 3)[number % 4]
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
            if size == 2 and index:
                trigger |= self.after_an_ask(names[0])
            document = author.document(trigger, calm=size > 1)
            self.campaigns[one] = (90 - 20 * index, document, author)
            self.first[one] = (90 - 20 * index, document)
            self.states[one] = "running"
        return names, audience

    def make_trigger(self, author, family, audience):
        """Say what lets people in."""
        draw = self.draw
        kind = draw.choice(
            ("event", "event", "event", "audience", "left", "manual", "date")
        )
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
            "date": {
                "attribute": "renews_on",
                "offset_days": draw.choice((-7, 0, 2)),
                "at": draw.choice(("00:00", "09:00", "23:30")),
                "yearly": draw.random() < 0.3,
            },
        }

    def after_an_ask(self, name):
        """Let in who answers an ask, or none, or has rested after it."""
        draw = self.draw
        answers = draw.sample(("yes", "not_now", "none"), draw.randrange(3))
        return {
            "kind": "answer",
            "answer": {
                "campaign": draw.choice((None, name)),
                "answers": answers,
                "after_days": draw.choice((1, 5)),
                "snooze_ended": not answers or draw.random() < 0.5,
            },
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
                "visit",
                "task",
            ),
            (8, 5, 3, 2, 3, 2, 4, 1, 3, 1),
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
                (
                    ("plan", PLANS),
                    ("score", range(10)),
                    ("stage", ("new", None)),
                    ("renews_on", self.days(at)),
                )
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
        if kind == "visit":
            return "visit", number, draw.choice(("look", "see", "see", "close"))
        if kind == "task":
            return "task", number, draw.random() < 0.7
        return "agree", number, draw.random() < 0.7

    def days(self, at):
        """Give days around a moment, and what is none."""
        near = [at + timedelta(days=days) for days in (-300, -1, 0, 1, 9, 40)]
        return [*(f"{day:%Y-%m-%d}" for day in near), "soon", None]

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
                found.append((at, "resume", name, self.draw.random() < 0.4))
                self.states[name] = "running"
            elif state == "running" and chance < 0.06:
                found.append((at, "pause", name))
                self.states[name] = "paused"
            elif state != "stopped" and 0.06 < chance < 0.12:
                found.append((at, "publish", name, *self.republished(name)))
            elif state != "stopped" and 0.12 < chance < 0.13:
                found.append((at, "stop", name))
                self.states[name] = "stopped"
        return found

    def republished(self, name):
        """Write another flow for a campaign; the trigger stays."""
        priority, document, author = self.campaigns[name]
        changed = deepcopy(document)
        calm = not name.endswith("a") or f"{name[:-1]}b" in self.campaigns
        old = list(walk_steps(document["steps"]))
        if self.draw.random() < 0.5:
            self.retime(changed, author)
        else:
            changed["steps"] = author.flow(calm)
        keys = [step["key"] for step in walk_steps(changed["steps"])]
        wishes = {
            step["key"]: {
                "kind": self.draw.choice(("carry", "carry", "map", "exit")),
                "target": self.draw.choice(keys),
                "times": self.draw.choice(("keep", "anew")),
            }
            for step in old
            if self.draw.random() < 0.7
        }
        self.campaigns[name] = (priority, changed, author)
        return changed, wishes

    def retime(self, document, author):
        """Let the steps of a flow wait for another time than they did."""
        for step in walk_steps(document["steps"]):
            if step["kind"] == "delay":
                step |= {"at": "", "until": None} | author.delay_values()
            if step["kind"] == "window":
                step |= author.window_values()
            if step["kind"] in ("wait_until", "wait_answer"):
                step["amount"] = self.draw.choice((1, 3, 12))


def may_be_called(number):
    """Whether somebody has agreed to be written to in person."""
    return number % 3 > 0


def make_world(seed, *, families=10, people=60, ticks=18):
    """Make up a world."""
    teller = Teller(seed, families=families, people=people, ticks=ticks)
    return World(seed, teller.first, teller.people, teller.story)
