"""Members of audiences, now and in the past."""

from datetime import timedelta

from audiences.models import Membership, MembershipChange
from tests.audiences.conditions.selecting import selected
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact


def test_the_ledger_tells_of_the_past(db):
    audience = make_audience()
    people = {name: make_contact() for name in ("stays", "left", "came", "never")}
    story = [
        ("stays", 1, "entered", 40),
        ("left", 1, "entered", 40),
        ("left", 1, "left", 10),
        ("came", 1, "entered", 40),
        ("came", 1, "left", 40),
        ("came", 2, "entered", 5),
    ]
    for name, episode, change, days in story:
        MembershipChange.objects.create(
            contact=people[name],
            audience=audience,
            episode=episode,
            change=change,
            changed_at=NOW - timedelta(days=days),
            cause="filled",
        )
    for name in ("stays", "came"):
        Membership.objects.create(
            contact=people[name], audience=audience, entered_at=NOW
        )
    document = {"kind": "audience", "audience": audience.pk, "operator": "in"}
    outside = {**document, "operator": "not_in"}

    def then(rule, days):
        moment = NOW - timedelta(days=days)
        return selected(rule, people, as_of=moment, is_past=True)

    assert selected(document, people) == {"stays", "came"}
    assert then(document, 20) == {"stays", "left"}
    assert then(outside, 20) == {"came", "never"}
    assert then(document, 10) == {"stays"}
    assert then(document, 5) == {"stays", "came"}
    assert then(document, 41) == set()
