"""What becomes of the size of audiences when two contacts become one."""

import pytest

from audiences.models import Audience, Membership
from contacts.identities.by_hand import merge_by_hand
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
