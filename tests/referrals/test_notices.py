"""Word to all advocates of a program: each once, whoever does it how often."""

from datetime import timedelta

import pytest

from contacts.models import Event
from referrals import notices
from referrals.models import ProgramNotice
from referrals.programs import end_program
from tests.factories.contacts import make_user
from tests.factories.referrals import NOW, make_advocate, make_program

pytestmark = pytest.mark.django_db


def told():
    return list(
        Event.objects.filter(name__startswith="program_")
        .order_by("contact_id")
        .values_list("contact_id", "name", "key")
    )


def test_everybody_is_told_once_in_batches(monkeypatch):
    monkeypatch.setattr(notices, "BATCH", 2)
    program = make_program()
    advocates = [make_advocate(program) for _ in range(5)]
    make_advocate()

    for _ in range(2):
        notice = notices.announce(
            program=program, kind="changed", user=None, now=NOW + timedelta(hours=1)
        )
    assert notices.backlog(NOW).count == 1
    counts = [notices.tell_next(now=NOW + timedelta(hours=2)) for _ in range(4)]

    key = f"notice:{notice.pk}"
    assert counts == [2, 2, 1, 0]
    assert told() == [
        (one.contact_id, "program_changed", key)
        for one in sorted(advocates, key=lambda one: one.contact_id)
    ]
    notice.refresh_from_db()
    assert (notice.told_count, notice.done_at) == (5, NOW + timedelta(hours=2))
    assert notices.backlog(NOW).count == 0


def test_a_batch_that_is_told_again_changes_nothing():
    program = make_program()
    make_advocate(program)
    notices.announce(program=program, kind="changed", user=None, now=NOW)
    notices.tell_next(now=NOW)

    ProgramNotice.objects.update(reached=0, done_at=None)
    notices.tell_next(now=NOW)

    assert len(told()) == 1


def test_the_end_of_a_program_is_told_by_itself():
    program = make_program()
    make_advocate(program)

    for _ in range(2):
        end_program(program=program, user=make_user(), now=NOW)
    notices.tell_next(now=NOW)

    assert [name for _, name, _ in told()] == ["program_ended"]
    assert ProgramNotice.objects.count() == 1
