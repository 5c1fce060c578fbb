"""What becomes of the size of audiences when two contacts become one."""

from datetime import timedelta

import pytest

from audiences.memberships.live import react_next
from audiences.models import Audience, Membership
from contacts.identities.by_hand import merge_by_hand
from contacts.identities.undo import undo_merge
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("plans", "size"), [(("pro", "pro"), 1), (("pro", ""), 1), (("", ""), 0)]
)
def test_size_is_how_many_are_members(plans, size, django_capture_on_commit_callbacks):
    ada, ben = (make_contact(attributes={"plan": plan}) for plan in plans)
    make_audience()
    assert Audience.objects.get().size == plans.count("pro")

    with django_capture_on_commit_callbacks(execute=True):
        merge_by_hand(contact_id=ada.pk, other_id=ben.pk, user=None, now=NOW)

    assert Membership.objects.count() == size
    assert Audience.objects.get().size == size


@pytest.mark.parametrize("plans", [("pro", "pro"), ("pro", ""), ("", "pro"), ("", "")])
def test_undoing_a_merge_counts_who_is_there_again(
    plans, django_capture_on_commit_callbacks
):
    ada, ben = (make_contact(attributes={"plan": plan}) for plan in plans)
    make_audience()
    make_audience(rule={"kind": "attribute", "name": "plan", "operator": "is_set"})
    with django_capture_on_commit_callbacks(execute=True):
        merge = merge_by_hand(contact_id=ada.pk, other_id=ben.pk, user=None, now=NOW)

    with django_capture_on_commit_callbacks(execute=True):
        undo_merge(merge=merge, now=NOW + timedelta(minutes=1))

    sizes = list(Audience.objects.values_list("size", flat=True))
    assert sizes == [plans.count("pro")] * 2
    assert Membership.objects.count() == sum(sizes)
    while react_next(NOW + timedelta(minutes=2)):
        pass
    assert list(Audience.objects.values_list("size", flat=True)) == sizes
