"""What may be wrong with a draft as far as only the database knows: what is handed on and named."""

from collections.abc import Iterator

from django.contrib.auth import get_user_model

from audiences import catalog, selection
from campaigns.emails import liquid
from campaigns.engine import watch
from campaigns.flows.definition import Document, Step, walk_steps
from campaigns.flows.findings import Finding, error, named, warning
from campaigns.flows.ladder import SMS, text_of
from campaigns.flows.mentions import conditions_of
from campaigns.flows.text_length import measure
from campaigns.flows.triggers import EVENT, trigger_of
from campaigns.models import Connection
from contacts.models import Event

MOST_PARTS = 2


def check_handed_on(document: Document) -> list[Finding]:
    """Find what is wrong with the tasks and webhooks of a draft; a query for each of them."""
    checks = {"task": _check_task, "webhook": _check_webhook, "email": _check_text}
    return [
        finding
        for step in walk_steps(document["steps"])
        if step["kind"] in checks
        for finding in checks[step["kind"]](step)
    ]


def check_seen(document: Document) -> list[Finding]:
    """Warn of events that nobody has ever sent: a name may be wrong; a query for each of them."""
    trigger = trigger_of(document)
    mentions = [("", "goal", document["goal"]["condition"])]
    mentions += [("", "goal", goal["condition"]) for goal in document["goals"]]
    mentions.append(("", "exit", document["exit"]["condition"]))
    mentions += [
        (step["key"], "flow", condition)
        for step in walk_steps(document["steps"])
        for condition in conditions_of(step).values()
    ]
    places: dict[str, tuple[str, str]] = {}
    if trigger["kind"] == EVENT and trigger["event"]["name"]:
        places[trigger["event"]["name"]] = ("", "trigger")
    for key, part, condition in mentions:
        if condition and not selection.check(condition):
            for name in watch.named_by([condition])[0]:
                places.setdefault(name, (key, part))
    return [
        Finding(
            "warning",
            f"The event “{name}” has never been seen. Check its name, or let it be sent"
            " first.",
            part=part,
            step_key=key,
        )
        for name, (key, part) in sorted(places.items())
        if name not in catalog.KNOWN_EVENTS
        and not Event.objects.filter(name=name).exists()
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
    if step["connection"]:
        yield from _check_connection(step, step["connection"], "webhook")


def _check_text(step: Step) -> Iterator[Finding]:
    """The connection of a short text must be there; a long one costs several."""
    way = text_of(step)
    if not way:
        return
    if way["connection"]:
        yield from _check_connection(step, way["connection"], way["channel"])
    for words in way["variants"].values():
        size = measure(words["text"])
        if way["channel"] == SMS and size.parts > MOST_PARTS:
            yield warning(
                step,
                f"{named(step)}: the text message is sent in {size.parts} parts or more, and"
                " each of them costs. Shorten it.",
            )


def _check_connection(step: Step, pk: int, purpose: str) -> Iterator[Finding]:
    """A connection must be there, for the purpose; one that is off is worth a look."""
    found = Connection.objects.filter(pk=pk).first()
    if found is None or found.purpose != purpose:
        yield error(step, f"{named(step)}: the connection is gone. Choose another one.")
    elif found.disabled_at:
        yield warning(
            step,
            f"{named(step)}: “{found}” is switched off. What it is told waits until"
            " somebody switches it on.",
        )
