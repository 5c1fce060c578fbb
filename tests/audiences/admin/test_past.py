"""The pages of an audience at other times."""

from datetime import timedelta

from django.utils import timezone

from audiences.admin import past
from audiences.explain.past import Period
from audiences.models import Audience
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact, make_event, make_user

DAY = timedelta(days=1)
BOUGHT = {
    "kind": "event",
    "name": "order_completed",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "ever"},
    "filters": [],
}


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def address(audience, part="time/"):
    return f"/audiences/audience/{audience.pk}/{part}"


def ago(days):
    return (timezone.now() - days * DAY).isoformat()


def bought():
    """Ada bought a week ago, and the audience is three days old."""
    now = timezone.now()
    ada = make_contact(first_name="Ada", now=now - 30 * DAY)
    make_event(ada, at=now - 7 * DAY)
    return make_audience(rule=BOUGHT, now=now - 3 * DAY)


def test_a_past_moment_shows_both_answers_and_the_people(admin_client):
    audience = bought()

    before = text_of(admin_client.get(address(audience), {"as_of": ago(5)}))
    after = text_of(admin_client.get(address(audience), {"as_of": ago(1)}))

    assert "Fit, but were not in it (1)" in before
    assert "Ada" in before
    assert "Nobody was in it before" in before
    assert "Fit and were in it (1)" in after
    assert "Ada" in after
    assert "differ:" not in after
    assert "Nobody on this side" in text_of(
        admin_client.get(address(audience), {"as_of": ago(1), "side": "ledger"})
    )


def test_who_may_not_see_people_sees_numbers(client, db):
    audience = bought()
    client.force_login(make_user("audiences.view_audience"))

    page = text_of(client.get(address(audience), {"as_of": ago(5)}))

    assert "Fit, but were not in it" in page
    assert "Ada" not in page


def test_the_future_is_told_apart(admin_client):
    audience = make_audience()

    page = text_of(admin_client.get(address(audience), {"as_of": ago(-2)}))

    assert "That moment has not come yet." in page
    assert admin_client.get(address(audience), {"as_of": "never"}).status_code == 404


def test_a_rule_that_can_not_be_asked_says_why(admin_client):
    audience = make_audience()
    Audience.objects.update(rule={"kind": "list", "list": 10**9, "operator": "on"})

    for part in (f"time/?as_of={ago(1)[:19]}", "time/curve/"):
        assert "This list is gone." in text_of(
            admin_client.get(address(audience, part))
        )


def test_the_history_is_drawn_and_written(admin_client):
    audience = bought()

    page = text_of(admin_client.get(address(audience)))
    month = text_of(
        admin_client.get(address(audience, "time/history/"), {"span": "30"})
    )
    whole = text_of(
        admin_client.get(address(audience, "time/history/"), {"span": "all"})
    )

    for text in (page, month, whole):
        assert "1 contacts, 1 entered, 0 left</title>" in text
        assert text.count('<td class="gl-number">1</td>') >= 4
    assert 'hx-swap="outerHTML" aria-current="true">30 days' in month
    empty = make_audience()
    assert "Nobody has entered yet." in text_of(
        admin_client.get(address(empty, "time/history/"))
    )


def test_the_curve_of_todays_rule_goes_back(admin_client, monkeypatch):
    audience = bought()

    month = text_of(admin_client.get(address(audience, "time/curve/"), {"span": "30"}))
    whole = text_of(admin_client.get(address(audience, "time/curve/"), {"span": "all"}))
    monkeypatch.setattr(past, "SECONDS", timedelta())
    cut = text_of(admin_client.get(address(audience, "time/curve/")))

    assert month.count("<rect") == 13
    assert month.count(": 1</title>") == 3
    assert whole.count(": 1</title>") == 13
    assert cut.count("<rect") == 1
    assert "Earlier moments would take too long" in cut


def test_a_short_history_stands_at_the_right():
    day = NOW.date()
    drawn = past.draw([Period(day, day, size=5, entered=5, left=0)])

    assert (drawn["periods"][0]["x"], drawn["chart_width"]) == (130, 140)
    long = past.draw([Period(day, day, size=5, entered=5, left=0)] * 20)
    assert (long["periods"][0]["x"], long["chart_width"]) == (0, 200)
