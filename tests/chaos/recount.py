"""Counts again who is in which audience, and adds the ledger up."""

from collections import defaultdict

from audiences.memberships.refresh import find_difference
from audiences.models import Audience, Membership, MembershipChange


def find_wrong(now):
    """The audiences in which a look at everybody finds somebody missing or too many."""
    return {
        audience.pk: list(found)
        for audience in Audience.objects.all()
        if (found := find_difference(audience, as_of=now))
    }


def check_ledger():
    """Everybody enters and leaves by turns, from one episode to the next, and is counted."""
    stays = defaultdict(list)
    for contact_id, audience_id, episode, change in MembershipChange.objects.order_by(
        "pk"
    ).values_list("contact_id", "audience_id", "episode", "change"):
        stays[contact_id, audience_id].append((episode, change))
    for found in stays.values():
        turns = ["entered", "left"] * len(found)
        assert found == [(place // 2 + 1, turns[place]) for place in range(len(found))]
    still = {key: found[-1][0] for key, found in stays.items() if len(found) % 2}
    members = Membership.objects.values_list("contact_id", "audience_id", "episode")
    assert still == {(one, audience): episode for one, audience, episode in members}
    for audience in Audience.objects.all():
        assert audience.size == Membership.objects.filter(audience=audience).count()
