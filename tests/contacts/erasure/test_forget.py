import gzip
import json
from unittest.mock import Mock

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connection

from campaigns.models import Ask, Enrollment, Message
from contacts.consents import suppress, suppression_of
from contacts.erasure import sendings
from contacts.erasure.asking import (
    AlreadyForgotten,
    digest_of,
    erasures_of,
    request_erasure,
)
from contacts.erasure.forget import forget_person
from contacts.histories import runs
from contacts.identities.by_hand import merge_by_hand
from contacts.identities.merge import merge_contacts
from contacts.identities.resolve import Sighting, resolve
from contacts.identities.undo import undo_merge
from contacts.identities.whereabouts import present_id
from contacts.imports.uploads import upload_path
from contacts.models import (
    Contact,
    Erasure,
    Identifier,
    InboxBody,
    PropertyType,
    Receipt,
)
from contacts.models.work import WorkState
from contacts.tasks import forget_people
from contacts.work import advance_one
from referrals.models import Referral, Visit
from tests.factories.contacts import NOW, make_contact, make_user
from tests.factories.everything import dump, make_person, make_world
from tests.factories.histories import check_history, work
from tests.factories.plans import make_source

pytestmark = pytest.mark.django_db

MARKER = "Zyx7Marker"
# Words and codes of ours, which say nothing about anybody.
OURS = {
    *("entry_key", "step_key", "moment_key", "tag", "code", "click_id"),
    *("cause", "reason", "outcome", "end_reason", "lease_owner"),
    *("channel", "answered_via", "place", "asset", "version", "digest", "statement"),
    # Of an ask: the code of a language, and the side of a split.
    *("locale", "language", "variant"),
    *("old_step_key", "new_step_key", "goal", "touch", "expected", "answer"),
    # Of a fact about a message, of fraud checks and of money: what they are called.
    *("source", "key", "check_kind", "checks"),
    *("order_key", "currency", "milestone_key", "because", "coupon_code", "charity"),
}


def forget(contact, *, never_again=False):
    request_erasure(
        contact=contact, never_again=never_again, statement="", user=None, now=NOW
    )
    assert advance_one(Erasure, forget_person, now=NOW) == 1
    return Erasure.objects.latest("pk")


def tables_with(text):
    """Every table of the database in which any row holds the text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        names = [row[0] for row in cursor.fetchall()]
        found = []
        for name in names:
            cursor.execute(
                f'SELECT EXISTS (SELECT FROM "{name}" AS t WHERE t::text ILIKE %s)',
                [f"%{text}%"],
            )
            if cursor.fetchone()[0]:
                found.append(name)
    return sorted(found)


def leave_traces(world, contact):
    """What names the person outside the tables about people."""
    identifier = contact.identifiers.get(kind="user_id")
    source = next(iter(Receipt._meta.get_field("source").related_model.objects.all()))
    fields = {"source": source, "received_at": NOW, "understood_at": NOW}
    Receipt.objects.create(
        message_id="m1",
        state="accepted",
        identifier_id=identifier.pk,
        user_id=identifier.value,
        payload={"userId": MARKER},
        outcome={"linked": [MARKER]},
        **fields,
    )
    Receipt.objects.create(
        message_id="m2",
        state="rejected",
        payload={"x": {"email": contact.email}},
        **fields,
    )
    body = {"batch": [{"userId": MARKER}, {"userId": "somebody else"}]}
    InboxBody.objects.create(
        source=source,
        received_at=NOW,
        route="batch",
        encoding="gzip",
        body=gzip.compress(json.dumps(body).encode()),
    )
    InboxBody.objects.create(
        source=source,
        received_at=NOW,
        route="track",
        body=json.dumps({"userId": MARKER, "event": "x"}).encode(),
    )
    LogEntry.objects.create(
        user=make_user(),
        content_type=ContentType.objects.get_for_model(Contact),
        object_id=str(contact.pk),
        object_repr=str(contact),
        action_flag=2,
    )


def test_nothing_of_a_forgotten_person_is_left_in_the_database():
    world = make_world()
    contact = make_person(world, MARKER, ours=OURS)
    leave_traces(world, contact)
    assert tables_with(MARKER)

    erasure = forget(contact, never_again=True)

    assert tables_with(MARKER) == []
    assert erasure.state == WorkState.DONE
    assert [json.loads(bytes(one.body)) for one in InboxBody.objects.all()] == [
        {"batch": [{"userId": "somebody else"}]}
    ]
    contact.refresh_from_db()
    assert (contact.name, contact.erased_at) == (f"Contact {contact.pk}", NOW)


def test_what_is_counted_stays():
    world = make_world()
    contact = make_person(world, MARKER, ours=OURS)
    counted = (Ask, Enrollment, Message, Referral, Visit)

    forget(contact)

    assert [model.objects.filter(contact=contact).count() for model in counted] == [
        1
    ] * len(counted)
    assert Enrollment.objects.get(contact=contact).state != "active"


def test_forgotten_address_stays_silent_if_it_was_or_if_asked():
    ada, bob = (
        make_contact(email="ada@example.com"),
        make_contact(email="b@example.com"),
    )

    forget(ada, never_again=True)
    forget(bob)

    suppression = suppression_of("ada@example.com")
    assert (suppression.address, suppression.reason) == ("", "manual")
    assert suppression_of("b@example.com") is None


def test_forgotten_phone_number_stays_silent_if_it_was():
    ada = make_contact(attributes={"phone": "+49 170 1234567"})
    suppress(address="00491701234567", reason="bounced", now=NOW)

    forget(ada)

    assert suppression_of("+49 170 1234567").address == ""


def test_proof_is_found_by_any_identifier():
    contact = make_contact(email="ada@example.com", user_id="u-7")

    erasure = forget(contact)

    assert erasures_of(" ADA@example.com") == [erasure]
    assert erasures_of("u-7") == [erasure]
    assert erasures_of("somebody@example.com") == erasures_of(" ") == []
    assert erasure.digests == sorted(
        [digest_of("email", "ada@example.com"), digest_of("user_id", "u-7")]
    )
    assert erasure.counts["contacts.identifier"] == 2


def test_what_arrives_afterwards_is_a_new_person():
    contact = make_contact(email="ada@example.com", user_id="u-7")
    forget(contact)

    [found] = resolve(
        [Sighting((("user_id", "u-7"),), "together", NOW, "1:1")], now=NOW
    )

    assert found.is_new
    assert found.contact_id != contact.pk


def test_nobody_is_forgotten_twice():
    contact = make_contact()
    forget(contact)

    with pytest.raises(AlreadyForgotten):
        forget(contact)


def test_samples_that_name_the_person_go():
    contact = make_contact(email="ada@example.com", attributes={"phone": "+49 1"})
    event_type = PropertyType._meta.get_field(
        "event_type"
    ).related_model.objects.create(
        kind="track", name="x", first_seen_at=NOW, last_seen_at=NOW
    )
    for path, samples in (
        ("a", ["bob@example.com", "Ada@example.com", "<ada@example.com>"]),
        ("b", ["green"]),
        ("c", ["+49 1"]),
    ):
        PropertyType.objects.create(
            event_type=event_type,
            path=path,
            samples=samples,
            first_seen_at=NOW,
            last_seen_at=NOW,
        )

    forget(contact)

    samples = PropertyType.objects.order_by("path").values_list("samples", flat=True)
    assert list(samples) == [["bob@example.com"], ["green"], []]


def test_nothing_leaves_from_the_moment_it_is_asked_for():
    contact = make_person(make_world(), MARKER, ours=OURS)
    active = Enrollment.objects.filter(contact=contact, state="active")
    assert active.exists()

    request_erasure(
        contact=contact, never_again=False, statement="", user=None, now=NOW
    )

    assert not active.exists()


def test_erasure_because_whoever_is_in_the_way(monkeypatch):
    contact = make_contact()
    request_erasure(
        contact=contact, never_again=False, statement="", user=None, now=NOW
    )
    deadlock = OperationalError("deadlock detected")
    deadlock.__cause__ = type("Cause", (Exception,), {"sqlstate": "40P01"})()

    with monkeypatch.context() as patch:
        patch.setattr(sendings, "sweep_inbox", Mock(side_effect=deadlock))
        forget_people_once()
    assert Erasure.objects.get().state == WorkState.RUNNING
    forget_people_once()

    assert Erasure.objects.get().state == WorkState.DONE
    assert not contact.identifiers.exists()


def forget_people_once():
    assert advance_one(Erasure, forget_person, now=NOW) == 1


def test_short_id_takes_nothing_of_others():
    contact = make_contact(user_id="7", email="josé@example.com")
    fields = {
        "source": make_source(),
        "received_at": NOW,
        "understood_at": NOW,
        "state": "blocked",
    }
    payloads = [
        {"userId": "17", "timestamp": "2027-07-07T07:07:07Z"},
        {"userId": "x", "properties": {"count": 7}},
        {"userId": 7},
        {"context": {"traits": {"email": "JOSÉ@example.com"}}},
        {"route": "batch", "body": '{"batch":[{"userId":"7","type":"'},
        {"route": "batch", "body": '{"batch":[{"userId":"77","type":"'},
    ]
    for number, payload in enumerate(payloads):
        Receipt.objects.create(message_id=f"m{number}", payload=payload, **fields)
    entry = LogEntry.objects.create(
        user=make_user(),
        content_type=ContentType.objects.get_for_model(Receipt),
        object_id="1",
        object_repr="Import 17",
        action_flag=2,
    )

    forget(contact)

    kept = Receipt.objects.order_by("message_id").values_list("payload", flat=True)
    assert list(kept) == [*payloads[:2], None, None, None, payloads[5]]
    entry.refresh_from_db()
    assert entry.object_repr == "Import 17"


def test_merge_that_was_undone_forgets_who_is_himself_again():
    survivor = make_contact(user_id="u-1")
    other = make_contact(user_id="u-2", first_name=MARKER)
    merge = merge_by_hand(contact_id=survivor.pk, other_id=other.pk, user=None, now=NOW)
    undo_merge(merge=merge, now=NOW)
    assert "contacts_merge" in tables_with(MARKER)

    erasure = forget(other)

    assert tables_with(MARKER) == []
    assert erasure.counts["contacts.merge"] == 1


@pytest.mark.parametrize("undone", ["", "inner", "outer", "inner outer", "outer inner"])
@pytest.mark.parametrize("who", [0, 1, 2])
def test_nothing_is_left_in_journals_of_merges_within_merges(undone, who):
    world = make_world()
    markers = [f"Zyx{number}Marker" for number in range(3)]
    people = [make_person(world, marker, ours=OURS) for marker in markers]
    first, second, third = people
    merges = {
        "inner": merge_contacts(
            survivor_id=second.pk, merged_id=third.pk, link=None, now=NOW
        ),
        "outer": merge_contacts(
            survivor_id=first.pk, merged_id=second.pk, link=None, now=NOW
        ),
    }
    for name in undone.split():
        merges[name].refresh_from_db()
        undo_merge(merge=merges[name], now=NOW)

    forget(Contact.objects.get(pk=present_id(people[who].pk)))

    assert tables_with(markers[who]) == []


def test_import_of_events_goes_on_without_the_person():
    contact = make_contact(email="ada@example.com")
    run = check_history(
        "Signed up,ada@example.com,2026-01-01,1",
        "Signed up,bob@example.com,2026-01-01,2",
    )
    path = upload_path(run.path)
    assert path.exists()

    forget(contact)
    runs.confirm_history(run=run, fires=False, user=None, now=NOW)
    work()

    rows = run.rows.order_by("number").values_list("state", "reason", "item")
    assert rows[0] == ("invalid", "forgotten", None)
    assert rows[1][0] == "new"
    assert not path.exists()
    run.refresh_from_db()
    assert (run.stage, run.state) == ("committed", WorkState.DONE)


def test_others_keep_everything():
    world = make_world()
    contact = make_person(world, MARKER, ours=OURS)
    other = make_person(world, "Other7Person", ours=OURS)

    def of_other():
        return {
            label: [
                row for row in rows if other.pk in (row.get("contact_id"), row["id"])
            ]
            for label, rows in dump().items()
            if rows and "id" in rows[0]
        }

    before = of_other()

    forget(contact)

    assert of_other() == before


def test_task_forgets_who_waits(django_capture_on_commit_callbacks):
    contact = make_contact(email="ada@example.com")
    request_erasure(
        contact=contact, never_again=False, statement="", user=None, now=NOW
    )

    forget_people()

    assert not Identifier.objects.filter(value="ada@example.com").exists()
