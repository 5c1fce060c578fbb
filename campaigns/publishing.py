"""
From a draft to an immutable version.

Whoever saves or publishes names the revision he has seen. A newer one is a conflict that the
page shows, and nothing is overwritten. A revision becomes one version, however often and by
however many it is published.
"""

from copy import deepcopy
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from audiences import selection
from audiences.models import Audience
from campaigns.emails import liquid
from campaigns.emails.checks import check_content
from campaigns.engine import watch
from campaigns.engine.by_hand import look_up_dates
from campaigns.flows.checks import check_document
from campaigns.flows.definition import Document, Step, walk_steps
from campaigns.flows.findings import Finding
from campaigns.flows.ladder import needs_mail, texts_of
from campaigns.flows.mentions import conditions_of
from campaigns.flows.triggers import (
    ANSWER,
    AUDIENCE,
    DATE,
    EVENT,
    LEFT,
    Trigger,
    trigger_of,
)
from campaigns.messaging.compile import ContentError, compile_content
from campaigns.messaging.variables import known_variables
from campaigns.models import (
    Campaign,
    CampaignChange,
    CampaignVersion,
    DraftRevision,
    Moment,
)
from campaigns.triggers.event import event_condition
from contacts.models import ContactList


class DraftConflict(ValueError):
    """The draft was changed by somebody else; ``revision`` is the present one."""

    def __init__(self, revision: int) -> None:
        super().__init__(
            "Somebody else has changed this campaign in the meantime. Reload the page to see"
            " it; your last change was not saved."
        )
        self.revision = revision


class NothingToUndo(ValueError):
    """The draft is as it was at first."""


class NothingToRedo(ValueError):
    """No edit was undone since the last one."""


class NotPublishable(ValueError):
    """The draft has errors; ``findings`` are those that block."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(" ".join(finding.message for finding in findings))
        self.findings = findings


@transaction.atomic
def save_draft(
    *,
    campaign: Campaign,
    revision: int,
    document: Document,
    summary: str,
    user: AbstractBaseUser | None,
    now: datetime,
) -> Campaign:
    """
    Save an edit of the draft and keep what it was before.

    :raises DraftConflict: if the draft is not the one that was edited
    """
    locked = _lock(campaign, revision)
    # What was undone before belongs to another past.
    DraftRevision.objects.undone().filter(campaign=locked).delete()
    DraftRevision.objects.create(
        campaign=locked,
        number=locked.revision,
        draft=locked.draft,
        summary=summary[:200],
        made_at=now,
        made_by_id=user.pk if user else None,
    )
    locked.draft = document
    locked.revision += 1
    locked.save(update_fields=["draft", "revision"])
    return locked


@transaction.atomic
def undo_draft(*, campaign: Campaign, revision: int, now: datetime) -> str:
    """
    Take back the last edit of the draft; again for the one before.

    :returns: what the edit did, in words
    :raises DraftConflict: if the draft is not the one that was seen
    :raises NothingToUndo: if there is no edit left
    """
    locked = _lock(campaign, revision)
    edits = DraftRevision.objects.done().filter(campaign=locked)
    last = edits.order_by("-number").first()
    if last is None:
        raise NothingToUndo("There is nothing to undo.")
    _exchange(locked, last, undone_at=now)
    return last.summary


@transaction.atomic
def redo_draft(*, campaign: Campaign, revision: int) -> str:
    """
    Do the edit again that was undone last; again for the one that was undone before it.

    :returns: what the edit did, in words
    :raises DraftConflict: if the draft is not the one that was seen
    :raises NothingToRedo: if none was undone since the last edit
    """
    locked = _lock(campaign, revision)
    edits = DraftRevision.objects.undone().filter(campaign=locked)
    following = edits.order_by("number").first()
    if following is None:
        raise NothingToRedo("There is nothing to do again.")
    _exchange(locked, following, undone_at=None)
    return following.summary


def _exchange(
    campaign: Campaign, edit: DraftRevision, *, undone_at: datetime | None
) -> None:
    """Put the draft that an edit keeps in the place of the present one, and keep that."""
    campaign.draft, edit.draft = edit.draft, campaign.draft
    campaign.revision += 1
    campaign.save(update_fields=["draft", "revision"])
    edit.undone_at = undone_at
    edit.save(update_fields=["draft", "undone_at"])


@transaction.atomic
def publish(
    *,
    campaign: Campaign,
    revision: int,
    user: AbstractBaseUser | None,
    now: datetime,
) -> CampaignVersion:
    """
    Freeze the draft as a version, with every mail compiled; repeated, it is the same version.

    Who is in the campaign stays on the version that he began with.

    :raises DraftConflict: if the draft is not the one that was seen
    :raises NotPublishable: if something blocks
    """
    locked = _lock(campaign, revision)
    published = locked.versions.filter(revision=revision).first()
    if published is not None:
        return published
    errors = [finding for finding in review(locked.draft) if finding.blocks]
    if errors:
        raise NotPublishable(errors)
    version = CampaignVersion.objects.create(
        campaign=locked,
        number=locked.versions.count() + 1,
        revision=revision,
        definition=compile_document(locked.draft),
        published_at=now,
        published_by_id=user.pk if user else None,
    )
    before = locked.published
    locked.published = version
    locked.save(update_fields=["published"])
    if locked.state in watch.ALIVE:
        watch.watch_campaign(locked)
        _plan_anew(locked, before, now)
    CampaignChange.objects.create(
        campaign=locked,
        change=CampaignChange.Change.PUBLISHED,
        changed_at=now,
        changed_by_id=user.pk if user else None,
        details={"version": version.number},
    )
    return version


def _plan_anew(
    campaign: Campaign, before: CampaignVersion | None, now: datetime
) -> None:
    """Look up the dates again if others are meant, and drop what another trigger planned."""
    assert campaign.published is not None  # noqa: S101 - it was just published
    old = trigger_of(before.definition) if before else None
    new = trigger_of(campaign.published.definition)
    if old and (old["kind"], old["date"]) == (new["kind"], new["date"]):
        return
    gone = Moment.objects.filter(campaign=campaign, waits_for__in=Moment.PLANNED)
    gone._raw_delete(gone.db)
    if new["kind"] == DATE:
        look_up_dates(campaign, now=now)


def compile_document(document: Document) -> Document:
    """
    Copy a document with every mail in it compiled.

    :raises ContentError: if a mail can't be made
    """
    result = deepcopy(document)
    for step in walk_steps(result["steps"]):
        if step["kind"] == "email" and needs_mail(step):
            step["content"] = compile_content(step["content"], ask=step["ask"])
    return result


def review(document: Document) -> list[Finding]:
    """Find everything that is wrong with a draft, what blocks it first."""
    findings = [
        *check_document(document),
        *_check_trigger(trigger_of(document)),
        *_check_conditions(document),
        *_check_lists(document),
        *_check_mails(document),
        *_check_sender(document),
    ]
    return sorted(findings, key=lambda finding: not finding.blocks)


def _lock(campaign: Campaign, revision: int) -> Campaign:
    """Lock a campaign whose draft is still the one that was seen."""
    locked = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if locked.revision != revision:
        raise DraftConflict(locked.revision)
    return locked


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
    return [
        Finding("error", f"{name}: {error.message}", part, key)
        for name, part, key, condition in named
        if condition
        for error in selection.check(condition)
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
