import pytest

from contacts import sources
from contacts.models import Receipt
from contacts.tracking.trust import may_pay, paying_names
from tests.factories.contacts import NOW
from tests.factories.drain import take_in
from tests.factories.tracking import make_source, track

pytestmark = pytest.mark.django_db


def test_what_advocates_earn_by_is_registered():
    assert paying_names() >= {"order_completed", "Order Completed", "signed_up"}


@pytest.mark.parametrize(
    ("kind", "is_trusted", "may"),
    [
        ("server", False, True),
        ("browser", False, False),
        ("browser", True, True),
        ("mobile", False, False),
    ],
)
def test_a_key_that_anybody_can_read_pays_nothing(kind, is_trusted, may):
    source = make_source(kind=kind)
    if is_trusted:
        sources.trust_source(source=source, user=None, now=NOW)
        source.refresh_from_db()

    take_in(source, track(event="Order Completed"), track(event="Page Read"))

    assert may_pay("Order Completed", source=source) == may
    assert may_pay("Page Read", source=source)
    flags = dict(Receipt.objects.values_list("name", "flags"))
    assert flags == {
        "Order Completed": [] if may else ["untrusted"],
        "Page Read": [],
    }
