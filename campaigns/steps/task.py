"""Give a colleague something to do."""

from collections import defaultdict
from collections.abc import Sequence
from typing import ClassVar

from django.db import connection

from campaigns.asks.holds import Candidate
from campaigns.flows.definition import Step
from campaigns.handwork.make import Assignment, TaskMaker
from campaigns.models import Task
from campaigns.steps.base import Batch, Outcome, Then
from campaigns.steps.waits import began, say_length, stay_or_end

# Finds the tasks of runs of the step. Waits for whoever closes one at this instant: he leaves a
# pass alone that is in a batch's hands, so the batch has to see it.
# Leans on one_task_per_step_run.
TASKS = """
SELECT task.enrollment_id, task.state
FROM campaigns_task AS task
JOIN unnest(%s::bigint[], %s::bigint[], %s::int[]) AS run (contact_id, enrollment_id, visit)
    ON task.contact_id = run.contact_id AND task.enrollment_id = run.enrollment_id
    AND task.visit = run.visit
ORDER BY task.contact_id, task.id
FOR SHARE OF task
"""
WORDS = {
    Task.State.DONE: "done",
    Task.State.DISMISSED: "dismissed",
    Task.State.WITHDRAWN: "dismissed",
}


class TaskStep:
    """
    A task with ready words, which is no ask: one for each run of the step.

    The pass goes on at once; or when the task is done or dismissed, and in any case when the
    time is over. The task stays open then.
    """

    kind: ClassVar[str] = "task"
    label: ClassVar[str] = "Task"

    def run(self, batch: Batch) -> list[Outcome]:
        """Write the tasks that are not there yet; look after those that are waited for."""
        if not batch.step["wait"]:
            _write(batch, batch.candidates)
            return [Outcome("made", batch.candidates)]
        states = _states(batch)
        _write(
            batch,
            [one for one in batch.candidates if one.enrollment_id not in states],
        )
        closed: dict[str, list[Candidate]] = defaultdict(list)
        waiting = []
        for one in batch.candidates:
            word = WORDS.get(Task.State(states.get(one.enrollment_id, Task.State.OPEN)))
            if word:
                closed[word].append(one)
            else:
                waiting.append(one)
        stays = stay_or_end(
            batch,
            waiting,
            began(waiting),
            Then.NEXT,
            word="given_up",
            longest=batch.step["wait"],
        )
        return [*(Outcome(word, group) for word, group in closed.items()), *stays]

    def describe(self, step: Step) -> str:
        """Say what is to be done, and whether it is waited for."""
        if not step["title"].strip():
            return "Nothing to do yet"
        days = step["due_days"]
        due = (
            f"due within {days} day{'' if days == 1 else 's'}" if days else "due today"
        )
        words = f"“{step['title'].strip()}”, {due}"
        if step["wait"]:
            words += f"; waits until it is done, for at most {say_length(step['wait'])}"
        return words


def _write(batch: Batch, candidates: Sequence[Candidate]) -> None:
    """Write a task for each."""
    if not candidates:
        return
    TaskMaker(
        batch.campaign, batch.version, batch.step["key"], batch.step, batch.now
    ).write(
        [Assignment(one.contact_id, one.enrollment_id, one.visit) for one in candidates]
    )


def _states(batch: Batch) -> dict[int, str]:
    """Say how the tasks of a batch stand, by enrollment; who has none yet is not in it."""
    with connection.cursor() as cursor:
        cursor.execute(
            TASKS,
            [
                [one.contact_id for one in batch.candidates],
                [one.enrollment_id for one in batch.candidates],
                [one.visit for one in batch.candidates],
            ],
        )
        return dict(cursor.fetchall())
