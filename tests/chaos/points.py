"""The points at which a worker is killed, by name, and how a process kills itself there."""

import os
import signal
from dataclasses import dataclass
from functools import wraps
from importlib import import_module

COMMIT = "django.db.backends.base.base:BaseDatabaseWrapper._commit"


@dataclass(frozen=True)
class Point:
    """
    Before or after a call of a function, from a scene of the story on.

    ``inside`` counts only calls made inside of another function, ``step`` only those that are
    about one step of the flow, ``nth`` the how manieth of them. ``unknown`` is how many
    letters nobody can tell the outcome of afterwards.
    """

    name: str
    target: str
    when: str = "after"
    inside: str = ""
    step: str = ""
    scene: int = 0
    nth: int = 1
    unknown: int = 0

    def __str__(self):
        return self.name


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def find(target):
    """Find the place of a name: a module or a class in it."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    place = import_module(module)
    for owner in owners:
        place = getattr(place, owner)
    return place, name


def is_about(step, arguments):
    """Whether one of the arguments is, or stands before, a step."""
    keys = set()
    for argument in arguments:
        keys.add(getattr(argument, "step_key", None))
        own = getattr(argument, "step", None)
        if isinstance(own, dict):
            keys.add(own["key"])
    return step in keys


class Trap:
    """Kills this very process at a point."""

    def __init__(self, point):
        self.point = point
        self.scene = 0
        self.depth = 0
        self.count = 0

    def set(self):
        if self.point.inside:
            self.wrap(self.point.inside, self.enter)
        self.wrap(self.point.target, self.spring)

    def wrap(self, target, around):
        place, name = find(target)
        own = getattr(place, name)

        @wraps(own)
        def watched(*arguments, **options):
            return around(own, arguments, options)

        setattr(place, name, watched)

    def concerns(self, arguments, options):
        step = self.point.step
        return not step or is_about(step, [*arguments, *options.values()])

    def enter(self, own, arguments, options):
        concerned = self.concerns(arguments, options)
        self.depth += concerned
        try:
            return own(*arguments, **options)
        finally:
            self.depth -= concerned

    def spring(self, own, arguments, options):
        point = self.point
        counts = self.scene >= point.scene and (
            self.depth > 0 if point.inside else self.concerns(arguments, options)
        )
        self.count += counts
        is_now = counts and self.count == point.nth
        if is_now and point.when == "half":
            first, text = arguments
            own(first, text[: len(text) // 2])
            die()
        if is_now and point.when == "before":
            die()
        result = own(*arguments, **options)
        if is_now:
            die()
        return result


def around(name, target, **more):
    """Just before a call and just after it."""
    return [
        Point(f"{name}, before", target, "before", **more),
        Point(f"{name}, after", target, "after", **more),
    ]


def commit(name, inside, **more):
    """Just before the commit of an operation and just after it."""
    return [
        Point(f"{name}, before the commit", COMMIT, "before", inside, **more),
        Point(f"{name}, after the commit", COMMIT, "after", inside, **more),
    ]


# What a batch goes through, whatever its step.
BATCH = "campaigns.engine.advance:advance_batch"
MOMENTS = "campaigns.engine.enroll:enroll_moments_of"
MEMBERS = "campaigns.engine.enroll:enroll_members"
NOTICE = "campaigns.engine.notice:notice_changes"
HAND_OVER = "campaigns.messaging.send:hand_over"
PREPARE = "campaigns.channels.email:EmailChannel.prepare"
DELIVER = "campaigns.channels.email:EmailChannel.deliver"
NOTE = "campaigns.messaging.send:note"
PASS_ON = "campaigns.channels.passing_on:PassingOn.send"
RECOVER = "campaigns.messaging.outbox:recover_deserted"

# A chain is one story: whoever goes on where one was killed is killed at the next point. Only
# the last commits what the others tried, or each is at something that comes later.
Chain = list[Point]

ENTER: list[Chain] = [
    [
        Point("moments claimed", "campaigns.triggers.event:take_reactions"),
        Point("moments found", "campaigns.engine.enroll:let_in", "before"),
        Point("enrollments written", "campaigns.engine.entry:_enroll"),
        Point("waits written", "campaigns.engine.entry:_let_wait"),
        *commit("moments", MOMENTS),
        Point("waiting claimed", "campaigns.engine.enroll:_take_due", scene=1),
        *commit("waiting", MOMENTS, scene=1),
        Point("refusals written", "campaigns.engine.entry:_refuse", scene=2),
    ],
    [
        Point(
            "start claimed", "contacts.work:claim", inside="contacts.work:advance_one"
        ),
        *around("members written", "campaigns.engine.enroll:_insert_members"),
        Point("start noted", "campaigns.engine.enroll:beat"),
    ],
    [
        *commit("members", MEMBERS),
        *around("start finished", "contacts.work:finish"),
    ],
]


def batch(step: str, *, scene: int = 0, name: str = "") -> Chain:
    """From the claim of a batch to its commit."""
    title = name or step
    own = {"inside": BATCH, "step": step, "scene": scene}
    run, move = "campaigns.engine.advance:run_claimed", "campaigns.engine.advance:move"
    return [
        Point(f"{title}: claimed", run, "before", **own),
        Point(f"{title}: decided", move, "before", **own),
        Point(f"{title}: moved", move, **own),
        *commit(f"{title}:", **own),
    ]


ADVANCE: list[Chain] = [
    [
        point
        for step in ("mark", "join", "tell", "todo", "check", "plain", "answer")
        for point in batch(step)
    ],
    [
        *batch("ask"),
        *batch("ask", scene=4, name="second rung"),
        *batch("ask", scene=8, name="third rung"),
    ],
    [
        *batch("answer", scene=3, name="answered"),
        *batch("leave", scene=3),
        *batch("use", scene=3),
        *batch("use", scene=11, name="woken"),
        *batch("rest", scene=11),
        *batch("bye", scene=11),
    ],
]

LADDER = {"inside": BATCH, "step": "ask"}
EFFECTS: list[Chain] = [
    [
        Point("budgets locked", "campaigns.guardrails.budget:lock_budgets", **LADDER),
        Point("budgets taken", "campaigns.guardrails.budget:take", **LADDER),
        Point("advocates made", "campaigns.asks.make:enroll_advocates", **LADDER),
        Point("asks written", "campaigns.asks.ladder:write_asks"),
        Point("holds written", "campaigns.asks.holds:write_holds", **LADDER),
        Point("rungs written", "campaigns.asks.ladder:Ladder.write_rungs", scene=4),
        Point("rungs taken back", "campaigns.asks.ladder:take_back_rungs", scene=4),
        Point("tasks written", "campaigns.handwork.make:TaskMaker.write", scene=4),
        Point("units given back", "campaigns.guardrails.budget:refund", scene=4),
        Point("ladder ended", "campaigns.asks.ladder:Ladder.finish", scene=4),
    ],
    [
        Point("plain asks written", "campaigns.asks.make:write_asks"),
        Point("plain asks decided", "campaigns.steps.email:decide_batch"),
    ],
    [
        Point("attributes written", "campaigns.steps.attribute:assert_attributes"),
        Point("list joined", "contacts.lists:add_contacts"),
        Point("webhooks written", "campaigns.steps.webhook:write_webhooks"),
        Point("tasks given", "campaigns.handwork.make:TaskMaker.write"),
        Point("list left", "contacts.lists:remove_contacts", scene=3),
        Point("wait noted", "campaigns.steps.wait_until:stay_or_end", scene=10),
        Point("messages written", "campaigns.asks.make:_write_messages", scene=13),
    ],
]

ANSWER: list[Chain] = [
    [
        Point("shown in the product", "campaigns.asks.in_app:_hand_over"),
        *commit("shown", "campaigns.views.in_app:claim_offer"),
        *commit("seen", "campaigns.views.in_app:mark_seen"),
        Point("answer told", "campaigns.asks.answer:_tell"),
        Point("rungs closed", "campaigns.asks.answer:close_rungs"),
        Point("pass woken", "campaigns.asks.answer:wake"),
        *commit("answer in the product", "campaigns.views.in_app:answer_offer"),
    ],
    [
        *commit("answer on the page", "campaigns.views.ask:answer_ask"),
        *commit("share credited", "campaigns.tasks:credit_asks", scene=7),
    ],
    [
        Point("goal noticed", "campaigns.engine.goals:convert", "before", scene=9),
        Point("pass ended", "campaigns.engine.ending:end_enrollments", scene=9),
        Point("goal told", "campaigns.engine.goals:convert", scene=9),
        *commit("goal", NOTICE, scene=9),
        Point("wait ended", "campaigns.engine.waking:_wake", scene=11),
        *commit("wait", NOTICE, scene=11),
    ],
]

# Two letters leave in scene 4, one after the other; what is taken up there leaves in scene 5.
TWO = {"scene": 4, "nth": 2}
LOST = {"scene": 4, "unknown": 1}
SEND: list[Chain] = [
    [
        Point("letters claimed", "campaigns.messaging.outbox:claim", **TWO),
        *commit("claimed, taken up", RECOVER, scene=5),
        Point("hand-over, after the commit", COMMIT, "after", HAND_OVER, **LOST),
        *commit("handed over, taken up", RECOVER, scene=5),
    ],
    [
        Point("letters rendered", "campaigns.messaging.send:make_letters", scene=4),
        Point("before MAIL", PREPARE, "before", **LOST),
    ],
    [
        Point("connected", "campaigns.channels.email:EmailChannel.open", scene=4),
        Point("behind DATA", PREPARE, **LOST),
    ],
    [
        Point("looked at", "campaigns.messaging.send:look_at", scene=4),
        Point("half a letter", "smtplib:SMTP.send", "half", DELIVER, **LOST),
    ],
    [
        Point("hand-over, before the commit", COMMIT, "before", HAND_OVER, scene=4),
        Point("no answer yet", "smtplib:SMTP.getreply", "before", DELIVER, **LOST),
    ],
    [Point("behind the answer", DELIVER, **LOST)],
    [Point("second, before the commit", COMMIT, "before", HAND_OVER, **TWO, unknown=1)],
    [Point("second, after the commit", COMMIT, "after", HAND_OVER, **TWO, unknown=1)],
    [Point("outcome, before the commit", COMMIT, "before", NOTE, **LOST)],
    [Point("outcome, after the commit", COMMIT, "after", NOTE, scene=4)],
    # What another system is told may come twice, under the same name.
    [
        Point("before the request", PASS_ON, "before"),
        Point("behind the answer of another system", PASS_ON, scene=1),
    ],
]

FAMILIES = {
    "enter": ENTER,
    "advance": ADVANCE,
    "effects": EFFECTS,
    "answer": ANSWER,
    "send": SEND,
}
