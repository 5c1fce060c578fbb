"""What is wrong with a draft: what has to be mended before it is published, and what is worth a look."""

from django.conf import settings

from audiences import selection
from audiences.models import Audience
from campaigns.draft_checks import check_handed_on, check_seen
from campaigns.emails import liquid
from campaigns.emails.checks import check_content
from campaigns.engine import watch
from campaigns.flows.checks import check_document
from campaigns.flows.definition import Document, Step, walk_steps
from campaigns.flows.findings import Finding
from campaigns.flows.ladder import needs_mail, texts_of
from campaigns.flows.mentions import conditions_of
from campaigns.flows.triggers import ANSWER, AUDIENCE, EVENT, LEFT, Trigger, trigger_of
from campaigns.messaging.compile import ContentError, compile_content
from campaigns.messaging.variables import known_variables
from campaigns.models import Campaign
from campaigns.triggers.event import event_condition
from contacts.models import ContactList


def review(document: Document) -> list[Finding]:
    """Find everything that is wrong with a draft, what blocks it first."""
    findings = [
        *check_document(document),
        *_check_trigger(trigger_of(document)),
        *_check_conditions(document),
        *_check_tracked(document),
        *_check_lists(document),
        *check_handed_on(document),
        *check_seen(document),
        *_check_mails(document),
        *_check_sender(document),
    ]
    return sorted(findings, key=lambda finding: not finding.blocks)


def _check_trigger(trigger: Trigger) -> list[Finding]:
    """What the trigger names must exist and be understood."""
    condition = trigger["condition"]
    findings = [
        Finding("error", f"Who enters: {error.message}", part="trigger")
        for error in (selection.check(condition) if condition else [])
    ]
    if trigger["kind"] in (AUDIENCE, LEFT):
        findings += _check_audience(trigger["audience"])
    if trigger["kind"] == ANSWER:
        findings += _check_asking_campaign(trigger["answer"]["campaign"])
    if trigger["kind"] == EVENT and trigger["event"]["name"]:
        findings += [
            Finding("error", f"The event: {error.message}", part="trigger")
            for error in selection.check(event_condition(trigger))
        ]
    return findings


def _check_asking_campaign(campaign_id: int | None) -> list[Finding]:
    """The campaign whose answers are waited for must be there; none means any."""
    if not campaign_id or Campaign.objects.filter(pk=campaign_id).exists():
        return []
    message = "The campaign whose answers are waited for is gone. Choose another."
    return [Finding("error", message, part="trigger")]


def _check_audience(audience_id: int | None) -> list[Finding]:
    """The audience of the trigger must exist and know its members."""
    if not audience_id:
        return []
    audience = Audience.objects.filter(pk=audience_id).first()
    if audience is None or audience.archived_at:
        name = f"“{audience}”" if audience else "The audience of the trigger"
        message = f"{name} was deleted. Choose another audience."
        return [Finding("error", message, part="trigger")]
    if not audience.is_filled:
        message = f"“{audience}” is still being filled. Wait until its size is known."
        return [Finding("error", message, part="trigger")]
    if not audience.size:
        message = f"“{audience}” is empty at the moment, so nobody would enter now."
        return [Finding("warning", message, part="trigger")]
    return []


def _check_sender(document: Document) -> list[Finding]:
    """The law wants a postal address in the footer of each mail."""
    sends = any(step["kind"] == "email" for step in walk_steps(document["steps"]))
    if not sends or settings.POSTAL_ADDRESS:
        return []
    message = (
        "The footer of your emails has no postal address, which the law wants."
        " Whoever runs this site can set GREENLIGHT_POSTAL_ADDRESS."
    )
    return [Finding("warning", message)]


def _check_conditions(document: Document) -> list[Finding]:
    """Each condition must be understood, and what it names must exist."""
    named = [
        (f"“{step['name']}”", "flow", step["key"], condition)
        for step in walk_steps(document["steps"])
        for condition in conditions_of(step).values()
    ]
    named.append(("The goal", "goal", "", document["goal"]["condition"]))
    named.append(("The exit", "exit", "", document["exit"]["condition"]))
    named += [
        (f"“{goal['name']}”", "goal", "", goal["condition"])
        for goal in document["goals"]
    ]
    return [
        Finding("error", f"{name}: {error.message}", part, key)
        for name, part, key, condition in named
        if condition
        for error in selection.check(condition)
    ]


def _check_tracked(document: Document) -> list[Finding]:
    """A tracked goal must be told by something that happens: nobody is looked at for it."""
    return [
        Finding(
            "error",
            f"“{goal['name']}” names nothing that happens. Say it with an event, or with an"
            " audience that people enter.",
            part="goal",
        )
        for goal in document["goals"]
        if goal["condition"] and not selection.check(goal["condition"])
        if not any(watch.named_by([goal["condition"]]))
    ]


def _check_lists(document: Document) -> list[Finding]:
    """A list that a step changes must be there, and be one that can be changed."""
    every = walk_steps(document["steps"])
    steps = [step for step in every if step["kind"] == "list" and step["list"]]
    named = ContactList.objects.filter(pk__in={step["list"] for step in steps})
    own = named.exclude(kind=ContactList.Kind.EVERYONE)
    known = set(own.values_list("pk", flat=True))
    return [
        Finding(
            "error",
            f"“{step['name']}”: the list is gone. Choose another one.",
            step_key=step["key"],
        )
        for step in steps
        if step["list"] not in known
    ]


def _check_mails(document: Document) -> list[Finding]:
    """Each mail must be complete, and it must be possible to make it."""
    return [
        finding
        for step in walk_steps(document["steps"])
        if step["kind"] == "email"
        for finding in [
            *(_check_mail(step) if step["content"] and needs_mail(step) else []),
            *_check_words(step),
        ]
    ]


def _check_words(step: Step) -> list[Finding]:
    """What is shown in the product or stands in a task must be understood, too."""
    findings = []
    for words in texts_of(step):
        try:
            liquid.parse(words, is_html=False)
        except liquid.TemplateError as error:
            message = f"“{step['name']}”: “{words[:40]}”: {error}."
            findings.append(Finding("error", message, step_key=step["key"]))
    return findings


def _check_mail(step: Step) -> list[Finding]:
    """Check one mail; name the language where there is more than one."""
    content = step["content"]
    several = len(content["variants"]) > 1
    found = check_content(content, known_variables(), ask=step["ask"])
    findings = [
        Finding(
            "error" if one.is_error else "warning",
            f"“{step['name']}”{f' ({one.locale})' if several else ''}: {one.sentence}",
            step_key=step["key"],
        )
        for one in found
    ]
    if not any(finding.blocks for finding in findings):
        findings += _check_compiled(step)
    return findings


def _check_compiled(step: Step) -> list[Finding]:
    """Make the mail once, for errors that only show then."""
    try:
        compile_content(step["content"], ask=step["ask"])
    except ContentError as error:
        message = f"“{step['name']}”: {error}"
        return [Finding("error", message, step_key=step["key"])]
    return []
