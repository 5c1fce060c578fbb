"""Every zone and every change of its clock up to 2037: slots come once, and never at night."""

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest

from campaigns.local_time import after_days, instant, next_opening

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
LAST = datetime(2037, 12, 31, tzinfo=UTC)
# No two changes of a clock are closer.
STRIDE = timedelta(days=4)
DAY = timedelta(days=1)
SLOTS = [time(minute // 60, minute % 60) for minute in range(0, 1440, 30)]
# The usual night; and such as begin or end where clocks change.
NIGHTS = [
    (time(20), time(8)),
    (time(22), time(2, 30)),
    (time(0, 30), time(2, 15)),
    (time(1), time(3)),
    (time(2, 30), time(0, 15)),
]


def changes_of(zone):
    """Find each change of a zone's clock: when, and the two offsets."""
    found = []
    at, offset = FIRST, FIRST.astimezone(zone).utcoffset()
    while at < LAST:
        later = min(at + STRIDE, LAST)
        after = later.astimezone(zone).utcoffset()
        if after != offset:
            found.append((when_changed(zone, at, later), offset, after))
        at, offset = later, after
    return tuple(found)


def when_changed(zone, early, late):
    """Bisect to the second at which the offset is another."""
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = (early + (late - early) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


@cache
def clocks():
    """Name one zone for each set of changes; zones with the same changes are the same clock."""
    by_changes = defaultdict(list)
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        offset = FIRST.astimezone(zone).utcoffset()
        by_changes[offset, changes_of(zone)].append(name)
    return [(names, changes) for (_, changes), names in by_changes.items()]


def test_every_zone_is_looked_at():
    every = [name for names, _ in clocks() for name in names]

    assert len(every) > 400
    assert sorted(every) == sorted(available_timezones())
    assert sum(len(changes) for _, changes in clocks()) > 300


def moments_around(change):
    """Go through the two days around a change, each ten minutes."""
    start = change - DAY
    return [start + step * timedelta(minutes=10) for step in range(288)]


@pytest.mark.parametrize("part", range(4))
def test_each_slot_of_each_day_comes_once(part):
    wrong = []
    for names, changes in clocks()[part::4]:
        zone = ZoneInfo(names[0])
        for change, before, after in changes:
            day = change.astimezone(zone).date()
            for slot in SLOTS:
                fired = [instant(day + n * DAY, slot, zone) for n in (-1, 0, 1)]
                shown = [one.astimezone(zone) for one in fired]
                is_kept = [
                    one.date() == day + n * DAY and one.time() == slot
                    for one, n in zip(shown, (-1, 0, 1), strict=True)
                ]
                # What the clock leaves out comes at the instant of the change.
                is_moved = [one == change and after > before for one in fired]
                noon = instant(day - DAY, time(12), zone)
                waited = [after_days(noon, n, slot, zone) for n in (0, 1, 2)]
                is_once = fired[0] < fired[1] < fired[2] and fired == waited
                if not is_once or not all(
                    map(any, zip(is_kept, is_moved, strict=True))
                ):
                    wrong.append((names[0], day, slot, fired))

    assert wrong == []


@pytest.mark.parametrize("night", NIGHTS)
def test_nothing_comes_in_quiet_hours_and_nobody_waits_for_ever(night):
    quiet_from, quiet_until = night
    wrong = []
    for names, changes in clocks():
        zone = ZoneInfo(names[0])
        for change, _, _ in changes:
            for moment in moments_around(change):
                opening = next_opening(moment, quiet_from, quiet_until, zone)
                if opening is None:
                    if is_quiet(moment, night, zone) and not has_been_open(
                        moment, night, zone
                    ):
                        wrong.append((names[0], moment, "sent at night"))
                elif not moment < opening <= moment + timedelta(hours=25):
                    wrong.append((names[0], moment, "waits too long"))
                elif next_opening(opening, quiet_from, quiet_until, zone) is not None:
                    wrong.append((names[0], moment, "opens at night"))

    assert wrong == []


def is_quiet(moment, night, zone):
    """Whether the wall clock shows a time of the night."""
    quiet_from, quiet_until = night
    wall = moment.astimezone(zone).time()
    if quiet_from <= quiet_until:
        return quiet_from <= wall < quiet_until
    return wall >= quiet_from or wall < quiet_until


def has_been_open(moment, night, zone):
    """Whether it is the second time that the clock shows this, and the night has ended."""
    local = moment.astimezone(zone)
    return local.fold == 1 and instant(local.date(), night[1], zone) <= moment
