"""
When a whole audience is looked at again, and the looking.

Events, changes and the clock keep audiences up to date. Everybody is looked at after an import,
and otherwise rarely, as a check; each minute only where no moment can be told at which time or
others turn a rule, as one of ranks (``LANGUAGE.md`` lists them).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from json import dumps

from django.db import transaction
from django.db.models import Min

from audiences.memberships import dates, heads
from audiences.memberships.judge import RuleChanged
from audiences.memberships.refresh import refresh_audience
from audiences.memberships.rules import (
    Key,
    OfColleague,
    is_woken,
    live_rules,
    read_rules,
    wakes_by_audience,
)
from audiences.models import Audience
from audiences.models.membership import Cause
from contacts.background import Backlog, enqueue
from contacts.models.event import CONTACT_CHANGED

SLICE = "audiences.refresh"
TASK = "audiences.tasks.refresh_due"
# How rarely everybody is looked at without a cause, and how far apart the audiences.
CHECK = timedelta(hours=6)
APART = timedelta(minutes=7)
# How long the worker that looks at an audience has it for itself.
LEASE = timedelta(minutes=5)
# A refresh that takes longer gives way to other work, and goes on in its next turn.
SECONDS = 15.0
SHORTEST = timedelta(minutes=1)
# A rule that takes a second is looked at every minute; longer ones more rarely.
REST_PER_MILLISECOND = timedelta(milliseconds=60)
AFTER_FAILURE = timedelta(minutes=5)


def backlog(now: datetime) -> Backlog:
    """See which audiences are due."""
    due = Audience.objects.due(now)
    return Backlog(due.count(), due.aggregate(oldest=Min("refresh_due_at"))["oldest"])


def request_refresh(now: datetime, is_about_new: bool) -> None:
    """
    Have audiences looked at soon, as an import is done.

    Who is new may be in any of them. Otherwise only those are concerned whose rules wait for
    changes of contacts, or name audiences that do: an import tells of no events.
    """
    live = Audience.objects.live().filter(refresh_due_at__gt=now)
    if not is_about_new:
        changes: frozenset[Key] = frozenset(
            {CONTACT_CHANGED, OfColleague(CONTACT_CHANGED)}
        )
        wakes = wakes_by_audience()
        live = live.filter(pk__in=[pk for pk in wakes if is_woken(wakes[pk], changes)])
    if live.exclude(refresh_error__gt="").update(refresh_due_at=now):
        enqueue(TASK)


def refresh_next(now: datetime) -> int:
    """
    Refresh the due audience that the others depend on most.

    It is moved into the future first, so that no other worker takes it, and so that one that
    fails does not stop the rest.

    :returns: 1, or 0 if none is due
    :raises Exception: what went wrong, after it was noted at the audience
    """
    with transaction.atomic():
        due = Audience.objects.due(now).select_for_update(skip_locked=True)
        audience = due.order_by("depth", "refresh_due_at", "pk").first()
        if audience is None:
            return 0
        lease = audience.refresh_due_at = now + LEASE
        audience.save(update_fields=["refresh_due_at"])
    try:
        prepare(audience, now=now)
        difference = refresh_audience(
            audience, now=now, cause=Cause.REFRESHED, seconds=SECONDS
        )
    except RuleChanged:
        # Whoever changed the rule has asked for its own filling.
        return 1
    except Exception as error:
        Audience.objects.filter(pk=audience.pk).update(
            refresh_due_at=now + AFTER_FAILURE,
            refresh_error=str(error) or type(error).__name__,
        )
        raise
    # Nothing to say if somebody has asked for another refresh meanwhile.
    row = Audience.objects.filter(pk=audience.pk, refresh_due_at=lease)
    if difference is None:
        row.update(refresh_due_at=now)
    else:
        set_next(audience, now=now, lease=lease)
    return 1


def prepare(audience: Audience, *, now: datetime) -> None:
    """
    Follow time for all that rules wait for, before everybody is looked at.

    The dates of everybody are read again only for a rule that waits for some.
    """
    rules = live_rules()
    wakes = wakes_by_audience(rules)
    heads.follow({key for keys in wakes.values() for key in keys}, now=now, drops=False)
    if any(heads.is_dated(key) for key in wakes.get(audience.pk, ())):
        kept = {
            name: one
            for rule in rules.values()
            if rule
            for name, one in rule.kept.items()
        }
        names = heads.dated_names()
        dates.keep_everybody(dates.moments_of(names, kept, now=now))


def set_next(
    audience: Audience,
    *,
    now: datetime,
    is_filled: bool = False,
    lease: datetime | None = None,
) -> None:
    """
    Say when everybody is looked at again, unless the rule was changed meanwhile, or somebody
    has asked for it since the ``lease``.

    Soon after a filling: whoever was changed while the rule was saved may have told nobody.
    """
    row = Audience.objects.filter(pk=audience.pk, rule_version=audience.rule_version)
    if lease:
        row = row.filter(refresh_due_at=lease)
    milliseconds = row.values_list("refresh_milliseconds", flat=True).first() or 0
    rest = max(SHORTEST, milliseconds * REST_PER_MILLISECOND)
    if not is_filled and not _is_polled(audience):
        rest = max(rest, CHECK + audience.pk % 50 * APART)
    row.update(refresh_due_at=now + rest)


def refresh_soon(audience_ids: Iterable[int], *, now: datetime) -> None:
    """Have some audiences looked at: time has come to more contacts than are judged one by one."""
    waiting = Audience.objects.live().filter(refresh_due_at__gt=now)
    if waiting.filter(pk__in=list(audience_ids)).update(refresh_due_at=now):
        enqueue(TASK)


def _is_polled(audience: Audience) -> bool:
    """Say whether the rule depends on everybody."""
    rule = read_rules({0: dumps(audience.rule)}).get(0)
    return rule is not None and rule.is_polled
