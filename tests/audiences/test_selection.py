"""Whom a document selects."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audiences import catalog, selection
from audiences.conditions.errors import ConditionError
from audiences.conditions.sql import combine
from audiences.definitions import archive_audience
from contacts import lists
from contacts.models import Contact, Event
from tests.factories.audiences import PRO, make_audience
from tests.factories.contacts import NOW, make_contact, make_event, make_list


def test_count_sample_and_matching_agree(db):
    fitting = [make_contact(attributes={"plan": "pro"}) for _ in range(3)]
    other = make_contact(attributes={"plan": "free"})

    assert selection.count_contacts(PRO, as_of=NOW) == 3
    assert selection.sample_contacts(PRO, as_of=NOW, size=2) == [fitting[2], fitting[1]]
    assert selection.matching_ids(
        PRO, as_of=NOW, contact_ids=[fitting[0].pk, other.pk]
    ) == {fitting[0].pk}
    assert selection.count_contacts(PRO, as_of=NOW, contact_ids=[other.pk]) == 0


def test_events_after_the_moment_do_not_count(db):
    contact = make_contact()
    make_event(contact, at=NOW)
    document = {
        "kind": "event",
        "name": "order_completed",
        "operator": "at_least",
        "count": 1,
    }

    assert selection.count_contacts(document, as_of=NOW) == 1
    assert (
        selection.count_contacts(document, as_of=NOW - timedelta(microseconds=1)) == 0
    )


@pytest.mark.parametrize("most", [100_000, 0])
def test_only_contacts_who_are_there_are_counted(db, monkeypatch, most):
    # Few are looked up one by one; of more the ids of everybody are read.
    monkeypatch.setattr(selection, "MOST_LOOKED_UP", most)
    contacts = [make_contact() for _ in range(4)]
    for contact in contacts * 2:
        make_event(contact, at=NOW)
    Contact.objects.filter(pk=contacts[0].pk).update(erased_at=NOW)
    # As of somebody who has just become a part of another; nobody is there of that number.
    Event.objects.filter(contact_id=contacts[1].pk).update(contact_id=10**9)

    def count(event, **group):
        whole = {**group, "conditions": [event]} if group else event
        size = selection.count_contacts(whole, as_of=NOW)
        assert size == len(selection.sample_contacts(whole, as_of=NOW, size=9))
        return size

    once = {"kind": "event", "name": "order_completed"}
    twice = {**once, "operator": "at_least", "count": 2}
    assert [count(once), count(twice), count({**twice, "count": 3})] == [2, 2, 0]
    assert [count(once, kind="all"), count(twice, kind="any")] == [2, 2]


def test_everybody_is_on_the_list_of_everyone(db):
    make_contact()
    everyone = lists.everyone()

    def count(operator):
        document = {"kind": "list", "list": everyone.pk, "operator": operator}
        return selection.count_contacts(document, as_of=NOW)

    assert (count("on"), count("not_on")) == (1, 0)


def test_predicate_fits_into_other_statements(db):
    contact = make_contact(attributes={"plan": "pro"})
    statement = combine(
        "SELECT contact.id FROM contacts_contact AS contact WHERE {}",
        selection.predicate(PRO, as_of=NOW, few=True),
    )

    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        assert cursor.fetchall() == [(contact.pk,)]


def test_what_does_not_exist_is_refused_with_its_place(db):
    document = {
        "kind": "all",
        "conditions": [
            PRO,
            {
                "kind": "not",
                "condition": {"kind": "list", "list": 10**9, "operator": "on"},
            },
            {"kind": "audience", "audience": "998", "operator": "in"},
        ],
    }

    assert [(error.path, error.message) for error in selection.check(document)] == [
        (("conditions", 1, "condition", "list"), "This list is gone. Choose another."),
        (("conditions", 2, "audience"), "This audience is gone. Choose another."),
    ]
    with pytest.raises(ConditionError):
        selection.predicate(document, as_of=NOW)


def test_an_archived_audience_can_not_be_named(db):
    audience = make_audience()
    archive_audience(audience, now=NOW)

    errors = selection.check(
        {"kind": "audience", "audience": audience.pk, "operator": "in"}
    )

    assert [error.path for error in errors] == [("audience",)]


def test_describe_names_lists_and_audiences(db):
    contact_list = make_list(name="VIPs")
    audience = make_audience(name="Promoters")
    document = {
        "kind": "any",
        "conditions": [
            {"kind": "list", "list": contact_list.pk, "operator": "on"},
            {"kind": "audience", "audience": audience.pk, "operator": "not_in"},
        ],
    }

    assert selection.describe(document) == (
        "Contacts who are on the list “VIPs” or who are not in the audience “Promoters”."
    )


def test_events_are_called_as_where_they_are_chosen(db):
    rule = {
        "kind": "event",
        "name": "referral_won",
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "ever"},
        "filters": [],
    }
    sentence = f"Contacts who did “{catalog.event_label('referral_won')}”."

    assert sentence == "Contacts who did “Referred a friend who ordered”."
    assert selection.describe(rule) == sentence
    assert selection.describe_saved(rule, selection.all_names()) == sentence


def test_a_condition_without_names_costs_one_statement(db):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        selection.matching_ids(PRO, as_of=NOW, contact_ids=[1])

    assert len(queries) == 1


SHOPPED = {"kind": "event", "name": "order_completed", "operator": "at_least"}
SHOPPED_AGAIN = {
    "kind": "sequence",
    "name": "order_completed",
    "filters": [],
    "window": {"kind": "last", "amount": 5, "unit": "minutes"},
    "then": [
        {
            "did": True,
            "name": "order_completed",
            "filters": [],
            "within": {"amount": 1, "unit": "minutes"},
        }
    ],
}


@pytest.mark.parametrize("rule", [{**SHOPPED, "count": 1}, PRO], ids=["events", "plan"])
@pytest.mark.parametrize("few", [True, False])
def test_who_was_forgotten_is_not_selected(db, rule, few):
    people = [make_contact(attributes={"plan": "pro"}) for _ in range(2)]
    for contact in people:
        make_event(contact, at=NOW)
    Contact.objects.filter(pk=people[0].pk).update(erased_at=NOW)

    # Selects from all contacts.
    statement = combine(
        "SELECT contact.id FROM contacts_contact AS contact WHERE {}",
        selection.predicate(rule, as_of=NOW, few=few),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        assert cursor.fetchall() == [(people[1].pk,)]


@pytest.mark.parametrize(
    "rule",
    [
        SHOPPED_AGAIN,
        {"kind": "not", "condition": SHOPPED_AGAIN},
        {"kind": "all", "conditions": [{**SHOPPED, "count": 3}, SHOPPED_AGAIN]},
    ],
)
def test_events_are_not_read_again_for_each_event(db, rule):
    """However few the planner expects, as of those that are newer than its statistics."""
    for _ in range(3):
        make_event(make_contact(), at=NOW)
    statement = combine(
        "EXPLAIN SELECT count(*) FROM contacts_contact AS contact WHERE {}",
        selection.predicate(rule, as_of=NOW),
    )

    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Nested Loop" not in plan
    assert "Join" in plan


def test_what_the_planner_may_do_is_as_before(db):
    def settings():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('work_mem'), current_setting('enable_nestloop'),"
                " current_setting('jit')"
            )
            return cursor.fetchone()

    before = settings()
    with selection.generous_cursor() as cursor:
        assert settings() == (selection.WORK_MEMORY, "on", "off")
        with selection.generous_cursor() as inner:
            inner.execute("SELECT FROM contacts_event AS later")
            assert settings() == (selection.WORK_MEMORY, "off", "off")
        assert settings() == (selection.WORK_MEMORY, "on", "off")
        cursor.execute("SELECT FROM contacts_event AS event")
        assert settings() == (selection.WORK_MEMORY, "on", "off")

    assert settings() == before
