"""Random flows: every kind of step, nested, with conditions and jumps."""

from copy import deepcopy

from campaigns.flows.blanks import BLANKS
from campaigns.flows.definition import empty_document, sides_of, walk_steps

EVENTS = ("ordered", "logged_in", "invited")
LISTS = ("guests", "partners")
PLANS = ("free", "pro", "team")
WEEKDAYS = ([1, 2, 3, 4, 5], [6, 7], [1, 3], [7])
KINDS = (
    "delay",
    "delay",
    "branch",
    "split",
    "cohort",
    "window",
    "wait_until",
    "wait_answer",
    "attribute",
    "list",
    "note",
    "email",
    "email",
    "email",
    "continue_at",
    "exit",
)


class Author:
    """Writes the documents of one world, by chance."""

    def __init__(self, draw, audiences):
        self.draw = draw
        self.audiences = audiences
        self.count = 0

    def condition(self, depth=2):
        """Write a condition, not too deep."""
        draw = self.draw
        kind = draw.choice(("leaf", "leaf", "all", "any", "not"))
        if kind == "leaf" or depth == 0:
            return draw.choice((self.attribute, self.happened, self.listed))()
        if kind == "not":
            return {"kind": "not", "condition": self.condition(depth - 1)}
        return {
            "kind": kind,
            "conditions": [self.condition(depth - 1) for _ in range(2)],
        }

    def attribute(self):
        """Ask for an attribute."""
        draw = self.draw
        return {"kind": "attribute"} | draw.choice(
            (
                {"name": "plan", "operator": "is", "value": draw.choice(PLANS)},
                {"name": "plan", "operator": "is_not", "value": draw.choice(PLANS)},
                {
                    "name": "score",
                    "operator": "greater_than",
                    "value": draw.randrange(9),
                },
                {"name": "stage", "operator": "is_set"},
            )
        )

    def happened(self):
        """Ask for events."""
        draw = self.draw
        window = draw.choice(
            (
                {"kind": "ever"},
                {"kind": "last", "amount": draw.choice((1, 7, 30)), "unit": "days"},
            )
        )
        return {
            "kind": "event",
            "name": draw.choice(EVENTS),
            "operator": draw.choice(("at_least", "at_least", "at_most", "exactly")),
            "count": draw.choice((1, 1, 2)),
            "window": window,
            "filters": draw.choice(
                ([], [{"name": "size", "operator": "is", "value": "large"}])
            ),
        }

    def listed(self):
        """Ask for a list, or an audience."""
        draw = self.draw
        if self.audiences and draw.random() < 0.4:
            name = draw.choice(self.audiences)
            operator = draw.choice(("in", "not_in"))
            return {"kind": "audience", "audience": name, "operator": operator}
        operator = draw.choice(("on", "not_on"))
        return {"kind": "list", "list": draw.choice(LISTS), "operator": operator}

    def steps(self, size, depth=2, calm=False):
        """Write some steps; ``calm`` lets time pass before each ask."""
        result = []
        for _ in range(size):
            kind = self.draw.choice(KINDS)
            if kind == "exit" and self.draw.random() < 0.6:
                continue
            step = self.step(kind, depth, calm)
            if step is None:
                continue
            if calm and kind == "email":
                result.append(self.new("delay", amount=1, unit="hours"))
            result.append(step)
            if kind in ("exit", "continue_at"):
                break
        return result

    def new(self, kind, **changes):
        """Make a step with a key of its own."""
        self.count += 1
        blank = deepcopy(BLANKS[kind])
        return {"key": f"s{self.count}", "kind": kind} | blank | changes

    def step(self, kind, depth, calm):
        """Write one step; None if it would be too deep."""
        if kind in ("branch", "split", "cohort", "wait_until", "wait_answer"):
            return getattr(self, kind)(depth - 1, calm) if depth else None
        if kind == "continue_at":
            # The target is chosen when all steps are there.
            return self.new(kind) if depth < 2 else None
        return self.new(kind, **getattr(self, f"{kind}_values", dict)())

    def side(self, depth, calm):
        """Write the steps of a side."""
        return self.steps(self.draw.choice((0, 1, 1, 2)), depth, calm)

    def delay_values(self):
        draw = self.draw
        until = {
            "attribute": draw.choice(("renews_on", "stage")),
            "offset_days": draw.choice((-7, 0, 3)),
        }
        return draw.choice(
            (
                {"amount": draw.choice((3, 45)), "unit": "minutes"},
                {"amount": draw.choice((1, 5, 30)), "unit": "hours"},
                {"amount": draw.choice((1, 2, 10)), "unit": "days"},
                {"amount": draw.choice((0, 1, 3)), "unit": "calendar_days"},
                {
                    "amount": draw.choice((1, 2)),
                    "unit": "calendar_days",
                    "at": draw.choice(("02:30", "09:00")),
                },
                {"until": until, "at": draw.choice(("", "10:00"))},
            )
        )

    def window_values(self):
        begin, end = self.draw.choice((("09:00", "17:00"), ("20:00", "02:00")))
        return {"days": self.draw.choice(WEEKDAYS), "from": begin, "until": end}

    def email_values(self):
        draw = self.draw
        return {
            "ask": draw.random() < 0.75,
            "if_held": draw.choice(("wait", "skip", "exit")),
            "freshness_hours": draw.choice((None, None, 6, 48, 500)),
            "fresh_from": draw.choice(("step", "moment")),
        }

    def attribute_values(self):
        return {"attribute": "stage"} | self.draw.choice(
            (
                {"type": "text", "value": "invited"},
                {"type": "number", "value": 7},
                {"type": "flag", "value": True},
                {"type": "today"},
                {"type": "nothing"},
            )
        )

    def list_values(self):
        action = self.draw.choice(("add", "remove"))
        return {"list": self.draw.choice(LISTS), "action": action}

    def branch(self, depth, calm):
        return self.new(
            "branch",
            condition=self.condition(),
            yes=self.side(depth, calm),
            no=self.side(depth, calm),
        )

    def split(self, depth, calm):
        step = self.new("split", otherwise=self.side(depth, calm))
        for way in step["branches"]:
            way |= {"condition": self.condition(), "steps": self.side(depth, calm)}
        return step

    def cohort(self, depth, calm):
        step = self.new("cohort")
        for arm in step["arms"]:
            weight = self.draw.choice((1, 30, 50))
            arm |= {"weight": weight, "steps": self.side(depth, calm)}
        return step

    def wait_until(self, depth, calm):
        return self.new(
            "wait_until",
            condition=self.condition(),
            since=self.draw.choice(("here", "ever")),
            amount=self.draw.choice((2, 20)),
            unit=self.draw.choice(("hours", "days")),
            met=self.side(depth, calm),
            timeout=self.side(depth, calm),
        )

    def wait_answer(self, depth, calm):
        return self.new(
            "wait_answer",
            amount=self.draw.choice((2, 7)),
            unit="days",
            yes=self.side(depth, calm),
            not_now=self.side(depth, calm),
            none=self.side(depth, calm),
        )

    def flow(self, calm=False):
        """Write a flow, with the targets of its jumps."""
        steps = self.steps(self.draw.choice((2, 4, 6)), calm=calm)
        if not any(step["kind"] == "email" for step in walk_steps(steps)):
            if calm:
                steps.append(self.new("delay", amount=1, unit="hours"))
            steps.append(self.new("email", **self.email_values()))
        keys = [step["key"] for step in walk_steps(steps)]
        self._aim(steps, keys)
        return steps

    def _aim(self, steps, keys):
        """Give each jump a target further on; take away what has none."""
        for step in list(steps):
            for side in sides_of(step).values():
                self._aim(side, keys)
            if step["kind"] == "continue_at":
                further = keys[keys.index(step["key"]) + 1 :]
                if further:
                    step["target"] = self.draw.choice(further)
                else:
                    steps.remove(step)

    def document(self, trigger, calm=False):
        """Write a whole document."""
        draw = self.draw
        document = empty_document()
        document["trigger"] |= trigger
        document["steps"] = self.flow(calm)
        document["goal"]["window_days"] = draw.choice((3, 30))
        if draw.random() < 0.4:
            document["goal"]["condition"] = self.condition(1)
        if draw.random() < 0.3:
            document["exit"]["condition"] = self.condition(1)
        document["settings"]["time_zone"] = draw.choice(("UTC", "Asia/Kolkata"))
        quiet = draw.choice(
            (("20:00", "08:00"), ("00:00", "00:00"), ("12:00", "14:30"))
        )
        document["settings"]["quiet_from"], document["settings"]["quiet_until"] = quiet
        return document
