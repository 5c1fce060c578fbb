"""What may be wrong with steps that hand something on, as far as only the database knows."""

from collections.abc import Iterator

from django.contrib.auth import get_user_model

from campaigns.emails import liquid
from campaigns.flows.definition import Document, Step, walk_steps
from campaigns.flows.findings import Finding, error, named, warning
from campaigns.models import Connection


def check_handed_on(document: Document) -> list[Finding]:
    """Find what is wrong with the tasks and webhooks of a draft; a query for each of them."""
    checks = {"task": _check_task, "webhook": _check_webhook}
    return [
        finding
        for step in walk_steps(document["steps"])
        if step["kind"] in checks
        for finding in checks[step["kind"]](step)
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


def _check_webhook(step: Step) -> Iterator[Finding]:
    """Its connection must be there, and be one for webhooks."""
    if not step["connection"]:
        return
    found = Connection.objects.filter(pk=step["connection"]).first()
    if found is None or found.purpose != Connection.Purpose.WEBHOOK:
        yield error(step, f"{named(step)}: the connection is gone. Choose another one.")
    elif found.disabled_at:
        yield warning(
            step,
            f"{named(step)}: “{found}” is switched off. What it is told waits until"
            " somebody switches it on.",
        )
