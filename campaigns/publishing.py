"""
From a draft to an immutable version.

Whoever saves or publishes names the revision he has seen. A newer one is a conflict that the
page shows, and nothing is overwritten. A revision becomes one version, however often and by
however many it is published.
"""

from copy import deepcopy
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from campaigns.changing.plan import NO_CHOICE, Choice, make_plan
from campaigns.changing.publication import put_in_place
from campaigns.flows.definition import Document, walk_steps
from campaigns.flows.findings import Finding
from campaigns.flows.ladder import needs_mail
from campaigns.messaging.compile import compile_content
from campaigns.models import (
    Campaign,
    CampaignChange,
    CampaignVersion,
    DraftRevision,
)
from campaigns.readiness import review
from campaigns.tested import findings_of_examples


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
    choice: Choice = NO_CHOICE,
) -> CampaignVersion:
    """
    Freeze the draft as a version, with every mail compiled; repeated, it is the same version.

    Who is in the campaign stays on the version that he began with, unless it is chosen for him
    to go on in another way. A version that was taken back is published again as it was.

    :raises DraftConflict: if the draft is not the one that was seen
    :raises NotPublishable: if something blocks
    """
    locked = _lock(campaign, revision)
    before = locked.published
    version = locked.versions.filter(revision=revision).first()
    if version is not None and version == before:
        return version
    errors = [finding for finding in review(locked.draft) if finding.blocks]
    errors += findings_of_examples(locked)
    if errors:
        raise NotPublishable(errors)
    version = version or CampaignVersion.objects.create(
        campaign=locked,
        number=locked.versions.count() + 1,
        revision=revision,
        definition=compile_document(locked.draft),
        published_at=now,
        published_by_id=user.pk if user else None,
    )
    put_in_place(locked, version, now=now)
    if before is not None and locked.state in Campaign.ALIVE:
        make_plan(
            campaign=locked,
            before=before,
            choice=choice,
            user_id=user.pk if user else None,
            now=now,
        )
    CampaignChange.objects.create(
        campaign=locked,
        change=CampaignChange.Change.PUBLISHED,
        changed_at=now,
        changed_by_id=user.pk if user else None,
        details={"version": version.number},
    )
    return version


def compile_document(document: Document) -> Document:
    """
    Copy a document with every mail in it compiled.

    :raises ContentError: if a mail can't be made
    """
    result = deepcopy(document)
    for step in walk_steps(result["steps"]):
        if step["kind"] == "email" and needs_mail(step):
            step["content"] = compile_content(
                step["content"],
                ask=step["ask"],
                tagging=document["settings"].get("tagging"),
            )
    return result


def _lock(campaign: Campaign, revision: int) -> Campaign:
    """Lock a campaign whose draft is still the one that was seen."""
    locked = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if locked.revision != revision:
        raise DraftConflict(locked.revision)
    return locked
