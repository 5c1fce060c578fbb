"""The pages of who is almost there, and of the days to come."""

from datetime import timedelta

from django.utils import timezone

from audiences.models import Audience
from tests.factories.audiences import PRO, make_audience
from tests.factories.contacts import make_contact, make_event

DAY = timedelta(days=1)


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def orders(count, days=10):
    return {
        "kind": "event",
        "name": "order_completed",
        "operator": "at_least",
        "count": count,
        "window": {"kind": "last", "amount": days, "unit": "days"},
        "filters": [],
    }


def address(audience, part="almost/"):
    return f"/audiences/audience/{audience.pk}/{part}"


def test_who_misses_one_condition_is_listed_by_what_is_missing(admin_client):
    contact = make_contact(first_name="Ada", attributes={"plan": "pro"})
    make_event(contact, at=timezone.now() - DAY)
    make_contact(first_name="Bob")
    audience = make_audience(rule={"kind": "all", "conditions": [PRO, orders(2)]})

    page = text_of(admin_client.get(address(audience)))
    results = text_of(admin_client.get(address(audience, "almost/results/?missing=0")))

    assert "Ada" in page
    assert "1 more" in page
    assert "Bob" not in page
    assert "Nobody is this close" in results


def test_pages_are_cut(admin_client):
    for _ in range(27):
        make_contact()
    audience = make_audience(rule=orders(1))

    page = text_of(admin_client.get(address(audience)))
    second = text_of(admin_client.get(address(audience, "almost/results/?page=2")))

    assert page.count('aria-label="Why is') == 25
    assert second.count('aria-label="Why is') == 2
    assert "Page 2 of 2" in second


def test_the_days_to_come_are_counted(admin_client):
    make_event(make_contact(), at=timezone.now() - 8.5 * DAY)
    audience = make_audience(rule=orders(1), now=timezone.now())

    part = text_of(admin_client.get(address(audience, "forecast/")))

    assert part.count("<tr>") == 8
    assert "<span>1</span>" in part
    still = make_audience()
    assert "Time alone changes nothing" in text_of(
        admin_client.get(address(still, "forecast/"))
    )


def test_a_rule_that_can_not_be_asked_says_why(admin_client):
    audience = make_audience()
    Audience.objects.update(rule={"kind": "list", "list": 10**9, "operator": "on"})

    for part in ("almost/", "almost/results/", "forecast/"):
        assert "This list is gone." in text_of(
            admin_client.get(address(audience, part))
        )
