"""Whatever the order, the copies and the batches, the same people come out."""

import os
from collections import Counter
from datetime import datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.drain import understand
from contacts.models import (
    Account,
    AccountMember,
    Contact,
    Event,
    Identifier,
    Receipt,
    SourceVolume,
)
from tests.contacts.drain.model import settle
from tests.factories.contacts import NOW
from tests.factories.drain import read
from tests.factories.tracking import make_source

EXAMPLES = int(os.environ.get("GREENLIGHT_PROPERTY_EXAMPLES", "60"))
USERS = ["u1", "u2", "u3"]
VISITORS = [f"0000000{n}-1111-4111-8111-111111111111" for n in range(3)] + ["u1", "v4"]
ADDRESSES = ["ada@example.com", "ben@example.com"]

moments = st.integers(0, 5).map(lambda minute: f"2026-02-01T00:0{minute}:00+00:00")
users, visitors = st.sampled_from(USERS), st.sampled_from(VISITORS)
who = st.one_of(
    st.fixed_dictionaries({"userId": users}),
    st.fixed_dictionaries({"anonymousId": visitors}),
    st.fixed_dictionaries({"userId": users, "anonymousId": visitors}),
)
traits = st.fixed_dictionaries(
    {},
    optional={
        "plan": st.sampled_from([None, "free", "pro"]),
        "age": st.integers(1, 3),
        "firstName": st.sampled_from([None, "Ada", "Ben"]),
        "name": st.sampled_from(["Ada King", "Cher", "Ben van Beek"]),
        "email": st.sampled_from([None, *ADDRESSES]),
        "locale": st.sampled_from([None, "de", "fr"]),
        "timezone": st.sampled_from(["Europe/Rome", "Asia/Tokyo"]),
    },
)
context = st.sampled_from([{}, {"locale": "it"}, {"locale": "en-US"}])
account = st.fixed_dictionaries(
    {}, optional={"name": st.sampled_from(["Acme", None]), "size": st.integers(1, 2)}
)
message = st.one_of(
    st.builds(
        lambda who, traits, context: {
            "type": "identify",
            "traits": traits,
            "context": context,
            **who,
        },
        who,
        traits,
        context,
    ),
    st.builds(
        lambda who, name: {"type": "track", "event": name, **who},
        who,
        st.sampled_from(["Order Completed", "Signed Up"]),
    ),
    st.builds(
        lambda user, previous: {
            "type": "alias",
            "userId": user,
            "previousId": previous,
        },
        users,
        st.one_of(users, visitors),
    ),
    st.builds(
        lambda who, group, traits: {
            "type": "group",
            "groupId": group,
            "traits": traits,
            **who,
        },
        who,
        st.sampled_from(["acme", "zeta"]),
        account,
    ),
)
arrivals = st.integers(0, 5).map(lambda minute: f"2026-02-02T00:0{minute}:00+00:00")
histories = st.lists(
    st.tuples(moments, arrivals, st.sampled_from("pqt"), message),
    min_size=1,
    max_size=14,
).map(
    lambda pairs: [
        {
            **message,
            "timestamp": moment,
            "arrived": arrival,
            "messageId": f"{letter}{number}",
        }
        for number, (moment, arrival, letter, message) in enumerate(pairs)
    ]
)


def stored():
    """What the tables say, without a single id of theirs."""
    names = {one.pk: (one.kind, one.value) for one in Identifier.objects.all()}
    of_contact = {one.pk: one.contact_id for one in Identifier.objects.all()}
    groups = dict(Account.objects.values_list("pk", "group_id"))
    events = list(Event.objects.all())
    members = list(AccountMember.objects.all())
    assert all(of_contact[one.identifier_id] == one.contact_id for one in events)
    assert all(of_contact[one.identifier_id] == one.contact_id for one in members)
    people = [
        {
            "identifiers": sorted(
                names[pk] for pk, owner in of_contact.items() if owner == contact.pk
            ),
            "events": sorted(
                (event.name, event.occurred_at.isoformat(), event.key)
                for event in events
                if event.contact_id == contact.pk
            ),
            "shown": {
                name: value
                for name, value in {
                    "email": contact.email,
                    "first_name": contact.first_name,
                    "last_name": contact.last_name,
                    "locale": contact.locale,
                    "time_zone": contact.time_zone,
                    **contact.attributes,
                }.items()
                if value
            },
            "groups": sorted(
                (
                    groups[member.account_id],
                    names[member.identifier_id],
                    member.first_at.isoformat(),
                )
                for member in members
                if member.contact_id == contact.pk
            ),
        }
        for contact in Contact.objects.all()
    ]
    accounts = {
        account.group_id: (
            account.name,
            account.attributes,
            account.created_at.isoformat(),
        )
        for account in Account.objects.all()
    }
    return {"people": sorted(people, key=repr), "accounts": accounts}


def batches(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    history=histories, random=st.randoms(use_true_random=False), size=st.integers(1, 9)
)
def test_any_order_with_copies_gives_what_the_model_says(history, random, size):
    came = history + random.sample(history, k=random.randrange(len(history)))
    random.shuffle(came)

    with transaction.atomic():
        sources = {
            "p": make_source(kind="browser"),
            "q": make_source(kind="browser", recognizes=False),
            "t": make_source(),
        }
        for batch in batches(came, size):
            # One batch, as the drain takes it: of all sources.
            messages = [
                read(
                    sources[one["messageId"][0]],
                    one,
                    received_at=datetime.fromisoformat(one["arrived"]),
                )
                for one in batch
            ]
            understand([one for [one] in messages], now=NOW)
        outcome = stored()
        receipts = dict(Receipt.objects.values_list("message_id", "copies"))
        volumes = Counter()
        for ended, count in SourceVolume.objects.values_list("outcome", "count"):
            volumes[ended] += count
        transaction.set_rollback(True)

    assert outcome == settle(
        {letter: one.pk for letter, one in sources.items()}, history
    )
    counts = Counter(message["messageId"] for message in came)
    assert receipts == {name: count - 1 for name, count in counts.items()}
    copies = len(came) - len(history)
    assert volumes == {"accepted": len(history)} | (
        {"duplicate": copies} if copies else {}
    )
