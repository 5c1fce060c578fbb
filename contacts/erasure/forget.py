"""
Forget a person: each table does what it declares, and the proof counts it.

Rows that are counted somewhere stay, emptied, so no report changes. What takes long to find
is looked for first; then it is one transaction: done or not done. What arrives afterwards
under the same name is a new person.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import OperationalError, models, transaction

from contacts.drain.inbox import has_passed
from contacts.erasure import sendings, traces
from contacts.erasure.asking import digest_of
from contacts.erasure.forgetting import stop_everything
from contacts.identities.merge import ContactGone, lock_contacts
from contacts.identities.tables import look_ups, person_tables
from contacts.identities.whereabouts import present_id
from contacts.models import Contact, Erasure
from contacts.work import beat

GONE = "This contact was deleted before it could be forgotten."


def forget_person(work: Erasure, *, now: datetime) -> bool:
    """
    Forget the person of an erasure; the chunk of the work.

    :returns: whether something was in the way, so that it is to be done again
    :raises ContactGone: if the contact was deleted meanwhile
    """
    began = monotonic()

    def passed() -> timedelta:
        """Tell how long it has taken until now."""
        return timedelta(seconds=monotonic() - began)

    try:
        beat(work, now=now, phase="Looking for traces")
        found = sendings.find_sendings(
            traces.names_of(present_id(work.person)),
            after_each=lambda: beat(work, now=now + passed()),
        )
        return not _forget(work, found, now=now)
    except OperationalError as error:
        if not has_passed(error):
            raise
        return True


def _forget(work: Erasure, found: sendings.Sendings, *, now: datetime) -> bool:
    """
    Forget the person of an erasure, all or nothing.

    1. Stop what is under way.
    2. Sweep what names the person elsewhere: inbox, receipts, files, the log.
    3. Do with each table what it declares, and with the look-ups.
    4. Empty the contact, and write down how much it was.

    :returns: whether it was done; not if the person got another name since it was looked for
    :raises ContactGone: if the contact was deleted meanwhile
    """
    with transaction.atomic():
        beat(work, now=now, phase="Forgetting")
        counts = Counter({"inbox": sendings.sweep_inbox(found)})
        try:
            lock_contacts(found.names.contact_id)
        except ContactGone as error:
            if present_id(work.person) != found.names.contact_id:
                transaction.set_rollback(True)
                return False
            raise ContactGone(GONE) from error
        names = traces.names_of(present_id(work.person))
        if names != found.names:
            transaction.set_rollback(True)
            return False
        stop_everything(names.contact_id, now)
        counts.update(dict(_sweep(found)))
        counts.update(dict(_empty_tables(names)))
        _empty_contact(names, now)
        digests = {digest_of(kind, value) for kind, value in names.pairs}
        _prove(work, names, digests, counts)
        beat(work, now=now, done=sum(counts.values()), total=sum(counts.values()))
        return True


def _sweep(found: sendings.Sendings) -> Iterator[tuple[str, int]]:
    """Empty what names the person elsewhere, counting what was touched."""
    names = found.names
    receipts, violations = sendings.empty_receipts(found)
    yield "contacts.receipt", receipts
    yield "contacts.violation", violations
    yield "contacts.identifierlink", traces.cut_all_links(names)
    yield "contacts.merge", traces.empty_journals(names)
    yield "contacts.suppression", traces.blank_suppressions(names)
    yield "contacts.propertytype", traces.drop_samples(names)
    yield "admin.logentry", traces.blank_log(names)
    yield "files", traces.delete_files(names)


def _empty_tables(names: traces.Names) -> Iterator[tuple[str, int]]:
    """Empty the tables about people as each declares, counting rows."""
    for model in person_tables():
        rows = model._base_manager.filter(contact_id=names.contact_id)
        yield model._meta.label_lower, _empty(rows, getattr(model, "erasing", "kept"))
    for model in look_ups():
        rule = getattr(model, "erasing", "kept")
        label = model._meta.label_lower
        if isinstance(rule, dict):
            yield label, traces.blank_rows(model, names, rule)
        elif rule == "deleted":
            yield label, traces.delete_looked_up(model, [names.contact_id])


def _empty(rows: models.QuerySet[Any], rule: str | dict[str, Any]) -> int:
    """Do with rows what their table declares."""
    if isinstance(rule, dict):
        return rows.update(**rule)
    return rows._raw_delete(rows.db) if rule == "deleted" else 0


def _empty_contact(names: traces.Names, now: datetime) -> None:
    """Leave of the contact its number only."""
    Contact.objects.filter(pk=names.contact_id).update(
        email="",
        first_name="",
        last_name="",
        locale="",
        time_zone="",
        attributes={},
        attributes_at=None,
        updated_at=now,
        erased_at=now,
    )


def _prove(
    work: Erasure, names: traces.Names, digests: set[str], counts: Mapping[str, int]
) -> None:
    """Write down what was done, without saying to whom."""
    work.person = names.contact_id
    work.digests = sorted({*work.digests, *digests})
    work.counts = {label: count for label, count in counts.items() if count}
    work.save(update_fields=["person", "digests", "counts"])
