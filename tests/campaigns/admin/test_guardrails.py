"""The page of guardrails, of one sign, and of who was held."""

import pytest
from django.urls import reverse
from django.utils import timezone

from audiences.previews.limits import TookTooLong
from campaigns.models import Campaign, Guardrail, Message, SendingRate
from contacts.events import Fact, record
from contacts.models import Contact
from tests.factories.campaigns import (
    make_ask,
    make_campaign,
    make_enrollment,
    make_hold,
    make_message,
)
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db

SEE = "campaigns.view_guardrail"
CHANGE = "campaigns.change_guardrail"
PEOPLE = "contacts.view_contact"
PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


@pytest.fixture
def marketer(client):
    user = make_user(SEE, CHANGE, PEOPLE, "campaigns.view_campaign")
    client.force_login(user)
    return user


def read(client, name, *args):
    response = client.get(reverse(f"admin:{name}", args=args))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def sign_url(code="churn_risk"):
    return reverse("admin:campaigns_guardrail", args=[code])


def posted(**leaf):
    """The fields of the builder with one condition about an attribute."""
    return {
        "condition::mode": "all",
        "condition:0:kind": "attribute",
        "condition:0:name": "__other__",
        "condition:0:other": leaf["name"],
        "condition:0:type": "text",
        "condition:0:operator": "is",
        "condition:0:value": leaf["value"],
    }


def test_signs_say_what_they_wait_for(client, marketer):
    text = read(client, "campaigns_guardrails")

    assert text.count("It holds nobody so far") == 5
    assert "it waits for the attribute “engagement score”" in text
    assert text.count("No data yet") == 5


def test_signs_say_whom_they_would_hold_today(client, marketer):
    campaign = make_campaign(state="running")
    people = [make_enrollment(campaign).contact for _ in range(3)]
    stopped = make_campaign(state="stopped")
    make_enrollment(stopped)
    record(Fact(people[0].pk, "ticket_opened", timezone.now(), "1"), now=timezone.now())
    Contact.objects.filter(pk=people[1].pk).update(attributes={"engagement_score": 3})
    Guardrail.objects.create(
        code="below_engagement", is_on=False, changed_at=timezone.now()
    )

    first = read(client, "campaigns_guardrails")
    text = read(client, "campaigns_guardrails_results")

    assert "Counting…" in first
    held = "Would hold <strong>1</strong> of the 3 people in running campaigns today."
    off = "If it were on, it would hold <strong>1</strong> of the 3 people"
    assert text.count(held) == 2
    assert text.count(off) == 1


def test_counting_that_takes_too_long_is_given_up(client, marketer, monkeypatch):
    def never_ends(*args, **kwargs):
        raise TookTooLong

    monkeypatch.setattr("campaigns.admin.guardrails.effect_of", never_ends)
    monkeypatch.setattr("campaigns.admin.guardrails.count_inside", never_ends)
    record(
        Fact(
            make_enrollment(make_campaign(state="running")).contact_id,
            "ticket_opened",
            timezone.now(),
            "1",
        ),
        now=timezone.now(),
    )

    every = read(client, "campaigns_guardrails_results")
    url = reverse("admin:campaigns_guardrail_effect", args=["churn_risk"])
    one = client.post(url, posted(name="plan", value="pro")).content.decode()

    assert "hx-get" not in every
    assert "Counting takes too long for a page." in every
    assert "Counting takes too long for a page." in one


def test_a_sign_is_read_from_somewhere_else(client, marketer):
    shown = client.get(sign_url()).content.decode()
    client.post(sign_url(), posted(name="plan", value="pro"))
    changed = Guardrail.objects.get()
    again = client.get(sign_url()).content.decode()
    client.post(sign_url(), {"reset": "1"})
    reset = Guardrail.objects.get()

    assert "churn_risk" in shown
    assert "Read it as it came" not in shown
    assert (changed.is_on, changed.changed_by) == (False, marketer)
    assert changed.condition == {"kind": "all", "conditions": [PRO]}
    assert "Read it as it came" in again
    assert (reset.is_on, reset.condition) == (False, None)


def test_a_condition_that_is_not_complete_is_refused(client, marketer):
    text = client.post(sign_url(), {"is_on": "on"}).content.decode()

    assert "Add at least one condition." in text
    assert Guardrail.objects.count() == 0


def test_the_effect_follows_the_form(client, marketer):
    enrollment = make_enrollment(make_campaign(state="running"))
    Contact.objects.update(attributes={"plan": "pro"}, first_name="Zoë")
    url = reverse("admin:campaigns_guardrail_effect", args=["churn_risk"])

    text = client.post(url, posted(name="plan", value="pro")).content.decode()
    empty = client.post(url, {}).content.decode()
    client.force_login(make_user(SEE))
    nameless = client.post(url, posted(name="plan", value="pro")).content.decode()

    assert "Would hold <strong>1</strong> of the 1 person" in text
    assert enrollment.contact.email in text
    assert "once the condition is complete" in empty
    assert enrollment.contact.email not in nameless
    assert Guardrail.objects.count() == 0


def test_there_is_no_page_of_what_is_no_sign(client, marketer):
    assert client.get(sign_url("consent")).status_code == 404


def test_who_may_only_look_changes_nothing(client):
    client.force_login(make_user(SEE))

    assert client.get(sign_url()).status_code == 200
    assert client.post(sign_url(), {"reset": "1"}).status_code == 403
    page = reverse("admin:campaigns_guardrails")
    assert client.post(page, {"channel": "email"}).status_code == 403
    client.force_login(make_user())
    assert client.get(page).status_code == 403


def test_a_rate_is_set_and_taken_away(client, marketer):
    page = reverse("admin:campaigns_guardrails")
    ask = make_ask(make_campaign(state="running"))
    make_message(ask, cause="throttled")
    client.post(page, {"channel": "email", "per_minute": "600"})
    rate = SendingRate.objects.get()
    text = read(client, "campaigns_guardrails")
    wrong = client.post(page, {"channel": "email", "per_minute": "0"})
    client.post(page, {"channel": "email", "per_minute": ""})

    assert (rate.per_second, rate.burst, rate.changed_by) == (10, 100, marketer)
    assert "600 a minute" in text
    assert "1 message waits for a turn" in text
    assert "greater than or equal to 1" in wrong.content.decode()
    assert SendingRate.objects.count() == 0
    assert Message.objects.get().cause == "throttled"


@pytest.mark.parametrize("count", [1, 3])
def test_who_was_held_is_counted_by_reason(
    client, marketer, count, django_assert_max_num_queries
):
    campaigns = [make_campaign(state="running") for _ in range(count)]
    enrollment = make_enrollment(campaigns[0])
    make_hold(
        campaigns[0],
        enrollment=enrollment,
        reason="open_ticket",
        held_at=timezone.now(),
    )
    make_hold(
        campaigns[0],
        enrollment=enrollment,
        reason="open_ticket",
        held_at=timezone.now(),
        visit=2,
    )
    for campaign in campaigns:
        make_hold(campaign, reason="open_ticket", held_at=timezone.now())

    with django_assert_max_num_queries(12):
        text = read(client, "campaigns_holds")
    rows = client.get(reverse("admin:campaigns_holds"), {"format": "csv"})

    assert "Has an open ticket" in text
    assert f'<td class="gl-number">{count + 1}</td>' in text
    lines = b"".join(rows.streaming_content if rows.streaming else [rows.content])
    assert lines.decode().strip().splitlines()[1].endswith(",2")
    assert text.count("held:open_ticket") == Campaign.objects.count() == count


def test_nobody_was_held(client, marketer):
    assert "Nobody was held" in read(client, "campaigns_holds")
