from datetime import timedelta

import pytest

from contacts.models import Event
from referrals.shares import UnknownShareChannel, record_share
from tests.factories.referrals import NOW, make_advocate

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("channel", "grade"), [("native", "confirmed"), ("copy", "probable")]
)
def test_record_share_grades_what_is_known(channel, grade):
    advocate = make_advocate()

    is_new = record_share(advocate=advocate, channel=channel, now=NOW)

    event = Event.objects.get()
    assert is_new is True
    assert (event.contact, event.name) == (advocate.contact, "link_shared")
    assert event.properties == {
        "program": advocate.program.name,
        "program_id": advocate.program_id,
        "channel": channel,
        "grade": grade,
    }


def test_record_share_takes_a_double_press_for_one():
    advocate = make_advocate()
    seconds = [0, 1, 61]

    results = [
        record_share(
            advocate=advocate, channel="copy", now=NOW + timedelta(seconds=second)
        )
        for second in seconds
    ]

    assert results == [True, False, True]


def test_record_share_refuses_unknown_channels():
    with pytest.raises(UnknownShareChannel):
        record_share(advocate=make_advocate(), channel="pigeon", now=NOW)

    assert not Event.objects.exists()
