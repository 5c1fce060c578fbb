"""Impact before save, and what saving does with the choices."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.utils import timezone

from audiences.admin.impact import TellingChoice, tellings
from audiences.models import Audience, AudienceRefresh, Membership
from audiences.previews.effects import Effect
from tests.factories.audiences import make_audience
from tests.factories.contacts import make_contact, make_event

RULE = {
    "prefix": "rule",
    "rule::mode": "all",
    "rule:0:kind": "attribute",
    "rule:0:name": "plan",
    "rule:0:operator": "is",
    "rule:0:value": "pro",
}
FREE = {**RULE, "rule:0:value": "free"}
ORDERED = {
    "rule::mode": "all",
    "rule:0:kind": "event",
    "rule:0:name": "order_completed",
    "rule:0:operator": "at_least",
    "rule:0:count": "1",
    "rule:0:window": "ever",
}


@pytest.fixture
def marketer(db, client):
    """A signed-in user who may change audiences."""
    user = User.objects.create_user("marketer", is_staff=True)
    may = ["view_audience", "change_audience", "view_contact"]
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    client.force_login(user)
    return client


@pytest.fixture
def audience(db):
    make_contact(attributes={"plan": "pro"})
    for _ in range(2):
        make_contact(attributes={"plan": "free"})
    return make_audience(name="Pros")


def ask(client, audience, fields):
    answer = client.post(f"/audiences/audience/{audience.pk}/impact/", fields)
    return answer.content.decode()


def test_a_changed_rule_says_who_enters_leaves_and_stays(marketer, audience):
    page = ask(marketer, audience, FREE)

    assert 'enter">2</span>' in page
    assert 'leave">1</span> <span class="gl-muted">leave</span>' in page
    assert "No campaign begins with this audience" in page


@pytest.mark.parametrize(
    "fields",
    [RULE, {**RULE, "rule:0:name": ""}, {"prefix": "rule", "rule::mode": "all"}],
)
def test_the_same_rule_and_a_bad_one_say_nothing(marketer, audience, fields):
    assert not ask(marketer, audience, fields).strip()


def test_what_takes_too_long_says_so(marketer, audience, monkeypatch):
    monkeypatch.setattr("audiences.previews.limits.SECONDS", 0.05)

    def wait(*asked, **given):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(1)")

    monkeypatch.setattr("audiences.admin.impact.effects_of", wait)

    assert "took too long" in ask(marketer, audience, FREE)


def test_each_choice_shows_what_follows_from_it():
    spring = Effect(
        "Spring", "/1", 3, entering=4, everyone=9, asks_entering=2, asks_everyone=5
    )
    fall = Effect(
        "Fall", "/2", 0, entering=1, everyone=1, asks_entering=1, asks_everyone=1
    )

    assert tellings([spring, fall], "everyone") == [
        TellingChoice("entering", "Only who enters by this change", 5, 3, False),
        TellingChoice(
            "everyone", "Everyone who fits, who was in it before too", 10, 6, True
        ),
        TellingChoice("nobody", "Nobody; only who enters later", 0, 0, False),
    ]
    assert [one.selected for one in tellings([], "")] == [True, False, False]


def test_the_page_lists_campaigns_and_offers_the_choice(
    marketer, audience, monkeypatch
):
    effect = Effect("Spring", "/1", 389, 412, 500, 371, 400)
    monkeypatch.setattr(
        "audiences.previews.effects.FINDERS", [lambda audience, fitting, now: [effect]]
    )

    page = ask(marketer, audience, {**FREE, "tells": "nobody"})

    assert "389 of those who enter or leave are in the campaign" in page
    assert "412 begin, 371 would be asked now" in page
    assert 'value="nobody" checked' in page


def test_impact_is_for_who_may_change_audiences(client, audience):
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_audience"))
    client.force_login(user)

    answer = client.post(f"/audiences/audience/{audience.pk}/impact/", FREE)

    assert answer.status_code == 403


@pytest.mark.parametrize("told", ["everyone", "entering", "nobody"])
def test_saving_tells_whom_the_choice_says(marketer, audience, told):
    edit = f"/audiences/audience/{audience.pk}/edit/"

    marketer.post(edit, {**FREE, "name": "Pros", "tells": told})

    assert AudienceRefresh.objects.latest("pk").tells == told


def test_saving_without_a_choice_tells_who_enters(marketer, audience):
    marketer.post(f"/audiences/audience/{audience.pk}/edit/", {**FREE, "name": "Pros"})

    assert AudienceRefresh.objects.latest("pk").tells == "entering"


@pytest.mark.parametrize(("history", "size"), [("ever", "1"), ("from_now", "0")])
def test_a_new_audience_counts_history_or_not(marketer, history, size):
    make_event(make_contact(), at=timezone.now() - timedelta(days=1))
    fields = {**ORDERED, "name": "Buyers", "history": history}

    page = marketer.post("/audiences/preview/", {**fields, "prefix": "rule"})
    assert f"<strong>{size}</strong>" in page.content.decode()
    marketer.post("/audiences/audience/add/", fields)

    audience = Audience.objects.get()
    assert (audience.counts_from is None) == (history == "ever")
    # The preview of a later change counts as the audience does.
    again = {**ORDERED, "prefix": "rule", "edited": str(audience.pk)}
    page = marketer.post("/audiences/preview/", again).content.decode()
    assert f"<strong>{size}</strong>" in page
    assert not Membership.objects.exists()
