"""A world of its own: what is written there is written nowhere else."""

from datetime import UTC, datetime
from threading import Event

import pytest
from django.db import InternalError, connection, connections, transaction

from audiences.memberships import hand
from campaigns.channels.registry import make_channel
from campaigns.models import Campaign, Incident
from campaigns.rehearsal.tables import (
    FIRST_ID,
    close_the_doors,
    in_a_world_of_its_own,
    shadowed_tables,
)
from contacts import events, worlds
from contacts.background import enqueue
from contacts.models import Contact, PersonModel
from contacts.models import Event as Happened
from tests.factories.campaigns import make_campaign

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def in_world(work):
    return in_a_world_of_its_own(3, lambda halt: work())


def test_what_is_written_there_is_written_nowhere_else():
    def work():
        close_the_doors()
        before = Contact.objects.count()
        made = Contact.objects.create(email="nobody@example.com")
        events.record(events.Fact(made.pk, "tried", NOW, "1"), now=NOW)
        return before, made.pk, Happened.objects.count()

    before, number, happened = in_world(work)

    assert (before, happened) == (0, 1)
    assert number >= FIRST_ID
    assert not Contact.objects.exists()
    assert not Happened.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO public.contacts_contact (email, first_name, last_name, locale,"
        " time_zone, attributes) VALUES ('', '', '', '', '', '{}')",
        "UPDATE public.campaigns_campaign SET name = ''",
        "DELETE FROM public.contacts_event",
        "SELECT FROM public.campaigns_campaign FOR SHARE",
        "INSERT INTO django_q_ormq (key, payload, lock) VALUES ('', '', now())",
    ],
)
def test_the_database_refuses_to_touch_a_real_row(statement):
    def work():
        close_the_doors()
        with (
            pytest.raises(InternalError, match="read-only transaction"),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
        return True

    assert in_world(work)


def test_a_copy_is_there_for_every_table_of_people_of_campaigns():
    own = {
        model._meta.db_table
        for model in PersonModel.__subclasses__()
        if model._meta.app_label == "campaigns" and model.__name__ != "RehearsedPerson"
    }

    assert own - set(shadowed_tables()) == set()


def test_no_bell_rings_and_nothing_leaves(django_assert_num_queries):
    def work():
        with pytest.raises(worlds.NotReal):
            make_channel("log")
        with django_assert_num_queries(0, connection=connections["default"]):
            enqueue("campaigns.tasks.advance_due")
        return worlds.is_real()

    assert in_world(work) is False
    assert worlds.is_real()


def test_numbered_locks_are_others_there():
    assert in_world(lambda: worlds.lock_space(5)) != worlds.lock_space(5) == 5


def test_who_is_at_real_work_is_not_kept_waiting():
    campaign = make_campaign()
    done: list[str] = []

    def work(halt: Event):
        close_the_doors()
        with transaction.atomic():
            hand.take()
            Incident.objects.create(title="Only here", opened_at=NOW)
            halt.wait(20)
        return Campaign.objects.count()

    def meanwhile():
        if done:
            return
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
        Campaign.objects.select_for_update().filter(pk=campaign.pk).update(name="New")
        with transaction.atomic(), connection.cursor() as cursor:
            hand.take()
            cursor.execute("LOCK TABLE campaigns_incident IN ACCESS EXCLUSIVE MODE")
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
        done.append("done")
        raise TimeoutError

    with pytest.raises(TimeoutError):
        in_a_world_of_its_own(3, work, meanwhile)

    assert done == ["done"]
    assert not Incident.objects.exists()


def test_the_connection_is_closed_even_after_an_error():
    used = []

    def work():
        used.append(connection.connection)
        raise LookupError

    with pytest.raises(LookupError):
        in_world(work)

    assert [raw.closed for raw in used] == [True]
    assert connection.connection not in used
