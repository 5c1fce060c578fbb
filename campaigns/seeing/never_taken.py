"""
Sides of a flow that nobody takes, found in what has happened.

Asked are the people who had the moment of the trigger in the last 90 days, as they are today:
whose condition would send them to each side? A side on a side is for those only who would come
there, and the condition for entering counts, so that rules that contradict each other show. What
a campaign that runs has really done in these days is counted, too, and beats the guess: a side
that somebody took is not spoken of. Waits and answers are taken for granted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count

from audiences import selection
from audiences.conditions.errors import ConditionError
from audiences.conditions.sql import Fragment, combine
from audiences.previews.limits import TookTooLong, limited
from campaigns.flows.definition import (
    Document,
    Step,
    find_step,
    side_titles,
    sides_of,
    walk_steps,
)
from campaigns.flows.triggers import AUDIENCE, DATE, Trigger, takes_existing, trigger_of
from campaigns.models import Campaign, StepRun
from campaigns.triggers.registry import trigger_kind

SPAN = timedelta(days=90)
WINDOW = timedelta(days=30)
SECONDS = 4
# Of fewer people "nobody" says nothing.
LEAST = 10
# So many are asked at most.
MOST = 50_000

# Selects who came into an audience. Leans on newest_membership_changes.
CAME = """
SELECT contact_id FROM audiences_membershipchange
WHERE audience_id = %s AND change = 'entered' AND changed_at > %s AND changed_at <= %s
"""
OF_A_PART = "SELECT contact_id FROM ({}) AS part"
MEMBERS = " UNION SELECT contact_id FROM audiences_membership WHERE audience_id = %s"

# Answers every condition once for each of the people, and counts who takes which side.
JUDGE = """
WITH people AS MATERIALIZED (
    SELECT DISTINCT contact_id FROM ({people}) AS had LIMIT {most}
), judged AS MATERIALIZED (
    SELECT {answers}
    FROM people
    JOIN contacts_contact AS contact ON contact.id = people.contact_id
    WHERE contact.erased_at IS NULL
)
SELECT {counts} FROM judged
"""


@dataclass(frozen=True)
class Side:
    """
    A side of a step, and how many people would take it.

    ``fits`` is for how many it is, wherever they would be; ``comes`` for how many of those who
    would come there; ``enters`` for how many of these the condition for entering holds.
    """

    step: Step
    name: str
    fits: int
    comes: int
    enters: int
    took: int | None = None

    @property
    def title(self) -> str:
        """Title it."""
        return side_titles(self.step)[self.name]

    @property
    def is_never_taken(self) -> bool:
        """Whether nobody would take it, though it leads to something, and nobody has."""
        leads = bool(sides_of(self.step)[self.name])
        return leads and not self.enters and not self.took


@dataclass(frozen=True)
class History:
    """
    Of how many people history speaks, and the sides.

    ``entering`` are those for whom the condition for entering holds. ``problem`` says why
    nothing could be counted.
    """

    people: int = 0
    entering: int = 0
    sides: tuple[Side, ...] = ()
    problem: str = ""

    @property
    def never_taken(self) -> list[Side]:
        """List the sides that nobody takes."""
        if self.people < LEAST:
            return []
        return [side for side in self.sides if side.is_never_taken]


@dataclass
class Questions:
    """The conditions that are asked of everybody, each once; and what each side needs of them."""

    as_of: datetime
    conditions: list[Fragment] = field(default_factory=list)

    def ask(self, condition: dict[str, Any]) -> str:
        """Ask one more, and give the column that has the answer."""
        self.conditions.append(selection.predicate(condition, as_of=self.as_of))
        return f"c{len(self.conditions) - 1} IS TRUE"


def look_back(campaign: Campaign, *, now: datetime) -> History:
    """
    Count who would take which side of the draft; three queries, and those of the conditions.

    Ends after a few seconds, with a sentence instead.
    """
    document = campaign.draft
    trigger = trigger_of(document)
    if not any(True for _ in _sides(document["steps"], Questions(now), dry=True)):
        return History(problem="The flow has no branch, so there is nothing to count.")
    try:
        people = had_moment(trigger, now=now)
        if people is None:
            return History(
                problem="Nobody can say whom this trigger lets in, so history says nothing"
                " about its branches."
            )
        with limited(seconds=SECONDS):
            return _count(campaign, document, trigger, people, now)
    except ConditionError:
        return History(problem="Mend the conditions of the draft first.")
    except TookTooLong:
        return History(
            problem=f"Counting takes longer than {SECONDS} seconds here, so the branches were"
            " not compared with history."
        )


def had_moment(trigger: Trigger, *, now: datetime) -> Fragment | None:
    """Select the ``contact_id`` of who had the moment in the last 90 days, or will soon."""
    kind = trigger_kind(trigger)
    if trigger["kind"] == AUDIENCE:
        if not trigger["audience"]:
            return None
        came = Fragment(CAME, (trigger["audience"], now - SPAN, now))
        if not takes_existing(trigger):
            return came
        return Fragment(came.text + MEMBERS, (*came.params, trigger["audience"]))
    starts = (
        [now]
        if trigger["kind"] == DATE
        else [now - WINDOW * part for part in range(SPAN // WINDOW)]
    )
    found = [one for at in starts if (one := kind.population(trigger, at))]
    if not found:
        return None
    parts = [combine(OF_A_PART, one) for one in found]
    return combine(" UNION ".join(["{}"] * len(parts)), *parts)


def _count(
    campaign: Campaign,
    document: Document,
    trigger: Trigger,
    people: Fragment,
    now: datetime,
) -> History:
    """Ask everybody at once, and add up."""
    questions = Questions(now)
    condition = trigger["condition"]
    enters = questions.ask(condition) if condition else "TRUE"
    sides = list(_sides(document["steps"], questions))
    counts = ["TRUE", enters]
    for _, _, own, before in sides:
        counts += [own, f"{own} AND {before}", f"{own} AND {before} AND {enters}"]
    answers = [
        f"({one.text}) AS c{index}" for index, one in enumerate(questions.conditions)
    ]
    statement = JUDGE.format(
        people=people.text,
        most=MOST,
        answers=", ".join(answers) or "TRUE",
        counts=", ".join(f"count(*) FILTER (WHERE {one})" for one in counts),
    )
    values = [value for one in questions.conditions for value in one.params]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*people.params, *values])
        row = cursor.fetchone()
    taken = _taken(campaign, document, now)
    return History(
        row[0],
        row[1],
        tuple(
            Side(
                step,
                name,
                row[2 + 3 * index],
                row[3 + 3 * index],
                row[4 + 3 * index],
                took=taken.get(step["key"], {}).get(name, 0)
                if step["key"] in taken
                else None,
            )
            for index, (step, name, _, _) in enumerate(sides)
        ),
    )


def _sides(
    steps: Iterable[Step],
    questions: Questions,
    before: str = "TRUE",
    *,
    dry: bool = False,
) -> Iterator[tuple[Step, str, str, str]]:
    """Yield each side that a condition decides: what it needs, and what the way to it needs."""
    for step in steps:
        own = {} if dry else _needs(step, questions)
        for name, inner in sides_of(step).items():
            need = own.get(name, "TRUE")
            if name in own or (dry and step["kind"] in ("branch", "split")):
                yield step, name, need, before
            yield from _sides(inner, questions, f"{before} AND {need}", dry=dry)


def _needs(step: Step, questions: Questions) -> dict[str, str]:
    """Say what each side of a step needs; nothing of those that no condition decides."""
    if step["kind"] == "branch" and step["condition"]:
        holds = questions.ask(step["condition"])
        return {"yes": f"({holds})", "no": f"({holds}) IS FALSE"}
    if step["kind"] != "split":
        return {}
    needs, others = {}, "TRUE"
    for branch in step["branches"]:
        if not branch["condition"]:
            continue
        holds = questions.ask(branch["condition"])
        needs[branch["key"]] = f"({others} AND {holds})"
        others = f"{others} AND ({holds}) IS FALSE"
    return {**needs, "otherwise": f"({others})"}


def _taken(
    campaign: Campaign, document: Document, now: datetime
) -> dict[str, dict[str, int]]:
    """Count who took which side, of steps that ask the same in the version that runs."""
    published = campaign.published
    if published is None:
        return {}
    keys = [
        step["key"]
        for step in walk_steps(document["steps"])
        if step["kind"] in ("branch", "split")
        and _asks(find_step(published.definition, step["key"])) == _asks(step)
    ]
    runs = StepRun.objects.filter(
        campaign=campaign, step_key__in=keys, ran_at__gt=now - SPAN, ran_at__lte=now
    )
    found: dict[str, dict[str, int]] = {}
    for key, outcome, count in runs.values_list("step_key", "outcome").annotate(
        count=Count("pk")
    ):
        found.setdefault(key, {})[outcome] = count
    return found


def _asks(step: Step | None) -> Any:
    """Give what a step asks, to compare."""
    if step is None:
        return None
    if step["kind"] == "branch":
        return step["condition"]
    return [[side["key"], side["condition"]] for side in step.get("branches", [])]
