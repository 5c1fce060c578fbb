from datetime import timedelta

import pytest

from contacts.models import Source
from contacts.source_health import HealthState, examine_sources
from contacts.sources import disable_source
from tests.factories.contacts import NOW
from tests.factories.receipts import make_volume
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def examine():
    return examine_sources(Source.objects.order_by("pk"), now=NOW)


def state():
    [health] = examine()
    return health.state


def test_source_waits_for_its_first_event():
    make_source()

    [health] = examine()

    assert (health.state, health.last_at, health.total) == (
        HealthState.WAITING,
        None,
        0,
    )


def test_source_that_is_off_is_off_whatever_it_sent():
    source = make_source()
    disable_source(source=source, user=None, now=NOW)
    make_volume(source, NOW, accepted=3)

    assert state() == HealthState.DISABLED


def test_source_that_sends_is_live_with_its_numbers():
    source = make_source()
    make_volume(source, NOW, accepted=90, rejected=1, blocked=2, duplicate=7)
    make_volume(source, NOW - 23 * HOUR, accepted=10)
    make_volume(source, NOW - 24 * HOUR, accepted=1000)

    [health] = examine()

    assert health.state == HealthState.LIVE
    assert health.last_at == NOW
    assert (health.accepted, health.rejected, health.blocked) == (100, 1, 2)
    assert (health.refused, health.duplicates, health.total) == (3, 7, 103)
    assert [hour.total for hour in health.hours] == [10, *[0] * 22, 93]
    assert health.busiest == 93


@pytest.mark.parametrize(("rejected", "expected"), [(5, "live"), (6, "errors")])
def test_one_refused_message_of_twenty_is_trouble(rejected, expected):
    make_volume(make_source(), NOW, accepted=100, rejected=rejected)

    assert state() == expected


def test_source_that_sleeps_at_night_may_be_silent_for_a_day():
    source = make_source()
    make_volume(source, NOW - 24 * HOUR, accepted=1)
    assert state() == HealthState.LIVE

    source.volumes.update(last_at=NOW - 24 * HOUR - timedelta(seconds=1))

    assert state() == HealthState.QUIET


@pytest.mark.parametrize(
    ("silence", "expected"), [(timedelta(hours=3), "live"), (4 * HOUR, "quiet")]
)
def test_source_that_never_sleeps_is_missed_sooner(silence, expected):
    source = make_source()
    for back in range(22):
        make_volume(source, NOW - silence - back * HOUR, accepted=5)

    assert state() == expected


def test_files_are_never_quiet():
    source = make_source(kind=Source.Kind.FILE)
    make_volume(source, NOW - timedelta(days=90), accepted=5)

    assert state() == HealthState.LIVE


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_sources_takes_two_queries(count, django_assert_num_queries):
    for _ in range(count):
        make_volume(make_source(), NOW, accepted=1)

    with django_assert_num_queries(2):
        assert len(examine()) == count
