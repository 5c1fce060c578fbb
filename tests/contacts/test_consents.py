from datetime import timedelta

import pytest

from contacts import consents
from contacts.models import Consent, ConsentChange, Contact, Event, Suppression
from tests.factories.contacts import NOW, make_contact, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def states(contact):
    return list(Consent.objects.filter(contact=contact).values_list("channel", "state"))


def history(contact):
    changes = ConsentChange.objects.filter(contact=contact).order_by("changed_at", "pk")
    return list(changes.values_list("state", "source", "statement"))


def happenings(contact):
    events = Event.objects.filter(contact=contact).order_by("pk")
    return list(events.values_list("name", "properties"))


def silent():
    return list(
        Suppression.objects.order_by("address").values_list("address", "reason")
    )


def grant(*contacts, statement="Ticked the box at checkout", now=NOW):
    return consents.grant(
        [contact.pk for contact in contacts],
        source="import",
        statement=statement,
        evidence={"import": 3},
        user=None,
        now=now,
    )


def test_grant_writes_state_and_history():
    ada, ben = make_contact(), make_contact()
    user = make_user()

    granted = consents.grant(
        [ada.pk, ben.pk],
        source="import",
        statement="Fair, March",
        evidence={"row": 4},
        user=user,
        now=NOW,
    )

    assert granted == 2
    assert states(ada) == [("email", "granted")]
    change = ConsentChange.objects.get(contact=ben)
    assert (change.source, change.statement, change.evidence, change.changed_by) == (
        "import",
        "Fair, March",
        {"row": 4},
        user,
    )


def test_grant_twice_counts_once():
    ada = make_contact()

    assert (grant(ada), grant(ada, now=LATER)) == (1, 0)
    assert history(ada) == [("granted", "import", "Ticked the box at checkout")]


def test_grant_skips_ids_that_name_nobody():
    ada = make_contact()

    assert consents.grant([ada.pk, -5], source="import", statement="", now=NOW) == 1


def test_withdraw_writes_consent_history_suppression_and_event_together():
    ada = make_contact(email="Ada@Example.com")
    grant(ada)

    assert consents.withdraw(contact=ada, source="one_click", now=LATER)

    assert states(ada) == [("email", "withdrawn")]
    assert history(ada)[-1] == ("withdrawn", "one_click", "")
    assert silent() == [("ada@example.com", "unsubscribed")]
    assert happenings(ada) == [("unsubscribed", {"source": "one_click"})]


def test_withdraw_twice_counts_once():
    ada = make_contact()

    assert consents.withdraw(contact=ada, source="one_click", now=NOW)
    assert not consents.withdraw(contact=ada, source="one_click", now=LATER)

    assert len(history(ada)) == len(happenings(ada)) == len(silent()) == 1


def test_withdraw_without_an_address_silences_nothing():
    ada = make_contact(email="", user_id="u1")

    assert consents.withdraw(contact=ada, source="by_hand", now=NOW)

    assert states(ada) == [("email", "withdrawn")]
    assert silent() == []


def test_grant_of_a_marketer_never_undoes_a_no():
    ada = make_contact(email="ada@example.com")
    consents.withdraw(contact=ada, source="one_click", now=NOW)

    assert grant(ada, now=LATER) == 0

    assert states(ada) == [("email", "withdrawn")]
    assert silent() == [("ada@example.com", "unsubscribed")]


def test_grant_leaves_a_suppression_as_it_is():
    ada = make_contact(email="ada@example.com")
    consents.suppress(address="ada@example.com", reason="bounced", now=NOW)

    assert grant(ada, now=LATER) == 1

    assert silent() == [("ada@example.com", "bounced")]


def test_suppress_keeps_the_first_reason():
    assert consents.suppress(address=" ADA@example.com", reason="bounced", now=NOW)
    assert not consents.suppress(address="ada@example.com", reason="manual", now=NOW)

    assert silent() == [("ada@example.com", "bounced")]


def test_suppress_is_told_to_the_owner_of_the_address():
    ada = make_contact(email="ada@example.com")

    consents.suppress(
        address="ada@example.com", reason="manual", details="Asked by phone", now=NOW
    )

    assert happenings(ada) == [
        ("address_suppressed", {"reason": "manual", "details": "Asked by phone"})
    ]


def test_lift_needs_a_reason():
    consents.suppress(address="ada@example.com", reason="manual", now=NOW)
    suppression = Suppression.objects.get()

    with pytest.raises(consents.ReasonMissing):
        consents.lift_suppression(
            suppression=suppression, reason="  ", user=None, now=NOW
        )

    assert silent() == [("ada@example.com", "manual")]


def test_lift_of_an_unsubscribe_grants_again_with_the_reason():
    ada = make_contact(email="ada@example.com")
    consents.withdraw(contact=ada, source="one_click", now=NOW)
    user = make_user()

    consents.lift_suppression(
        suppression=Suppression.objects.get(),
        reason="She wrote to us",
        user=user,
        now=LATER,
    )

    assert silent() == []
    assert states(ada) == [("email", "granted")]
    assert history(ada)[-1] == ("granted", "lifted_by_hand", "She wrote to us")
    assert happenings(ada)[-1] == ("suppression_lifted", {"reason": "She wrote to us"})


def test_lift_of_a_bounce_leaves_consent_alone():
    ada = make_contact(email="ada@example.com")
    consents.suppress(address="ada@example.com", reason="bounced", now=NOW)

    consents.lift_suppression(
        suppression=Suppression.objects.get(), reason="Fixed", user=None, now=LATER
    )

    assert silent() == []
    assert states(ada) == []


def test_lift_of_an_erased_address_removes_it():
    consents.suppress(address="ada@example.com", reason="manual", now=NOW)
    Suppression.objects.update(address="")

    consents.lift_suppression(
        suppression=Suppression.objects.get(), reason="Wrong", user=None, now=LATER
    )

    assert silent() == []


def test_resubscribe_takes_back_the_persons_own_no():
    ada = make_contact(email="ada@example.com")
    consents.withdraw(contact=ada, source="unsubscribe_page", now=NOW)

    assert consents.resubscribe(contact=ada, source="unsubscribe_page", now=LATER)
    assert consents.resubscribe(contact=ada, source="unsubscribe_page", now=LATER)

    assert silent() == []
    assert [state for state, _, _ in history(ada)] == ["withdrawn", "granted"]
    assert [name for name, _ in happenings(ada)] == ["unsubscribed", "resubscribed"]


def test_resubscribe_leaves_an_address_that_bounced_silent():
    ada = make_contact(email="ada@example.com")
    consents.suppress(address="ada@example.com", reason="bounced", now=NOW)

    assert not consents.resubscribe(contact=ada, source="unsubscribe_page", now=LATER)

    assert silent() == [("ada@example.com", "bounced")]


def test_permission_of_contacts_is_seen_in_one_query(django_assert_num_queries):
    ada = make_contact(email="ada@example.com")
    ben = make_contact(email="ben@example.com")
    make_contact(email="", user_id="nobody")
    grant(ada)
    consents.withdraw(contact=ben, source="one_click", now=NOW)

    with django_assert_num_queries(1):
        rows = list(
            Contact.objects.with_permission()
            .order_by("pk")
            .values_list("consent_state", "is_suppressed")
        )

    assert rows == [("granted", False), ("withdrawn", True), (None, False)]
