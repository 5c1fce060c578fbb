"""What may be wrong with steps that hand something on, as far as only the database knows."""

from collections.abc import Iterator

from django.contrib.auth import get_user_model

from campaigns.emails import liquid
from campaigns.flows.definition import Document, Step, walk_steps
from campaigns.flows.findings import Finding, error, named, warning


def check_handed_on(document: Document) -> list[Finding]:
    """Find what is wrong with the tasks of a draft; one query for each that names a user."""
    return [
        finding
        for step in walk_steps(document["steps"])
        if step["kind"] == "task"
        for finding in _check_task(step)
    ]


def _check_task(step: Step) -> Iterator[Finding]:
    """Its words must be understood, and its owner be there."""
    for part in ("title", "text"):
        try:
            liquid.parse(step[part], is_html=False)
        except liquid.TemplateError as problem:
            message = f"{named(step)}: “{step[part][:40]}”: {problem}."
            yield error(step, message)
    if step["owner"]["rule"] == "user":
        staff = get_user_model().objects.filter(is_active=True, is_staff=True)
        if not staff.filter(pk=step["owner"]["user"]).exists():
            yield warning(
                step,
                f"{named(step)}: who is to do it no longer works here, so the task is"
                " everybody’s. Choose somebody else.",
            )
