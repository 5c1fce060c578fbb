"""Priority between campaigns."""

from datetime import timedelta

import pytest

from campaigns.engine.advance import advance_round
from campaigns.flows.edits import new_step
from campaigns.guardrails.purpose import purpose_of
from campaigns.guardrails.rivals import near_an_ask, places_above
from campaigns.models import Ask, Campaign, Enrollment, Hold
from tests.factories.campaigns import NOW, make_enrollment, make_reachable
from tests.factories.messages import make_mail_campaign

HOUR = timedelta(hours=1)


def flow(*steps):
    return near_an_ask(list(steps))


def ask(key="ask", **changes):
    return new_step("email", key=key, **changes)


def test_an_ask_is_near_until_somebody_has_to_wait():
    mail = ask("mail", ask=False)
    branch = new_step("branch", key="branch", yes=[ask()], no=[mail])
    delay = new_step("delay", key="delay")

    assert flow(branch) == {"branch", "ask"}
    assert flow(delay, branch) == {"branch", "ask"}
    assert flow(mail, ask()) == {"mail", "ask"}
    assert flow(ask(), mail) == {"ask"}
    assert flow(mail, delay) == set()
    assert flow(new_step("continue_at", key="go", target="ask"), delay, ask()) == {
        "go",
        "ask",
    }
    assert flow(new_step("exit", key="exit"), ask()) == {"ask"}
    task = new_step("task", key="task", wait={"amount": 1, "unit": "days"})
    assert flow(task, ask()) == {"ask"}
    split = new_step("split", key="split", otherwise=[ask()])
    assert flow(split) == {"split", "ask"}


@pytest.fixture
def campaigns(db):
    higher = make_mail_campaign(name="Renewals", priority=90)
    lower = make_mail_campaign(priority=10, if_held="exit")
    return higher, lower


def enroll(campaigns, **due):
    contact = make_reachable()
    for campaign, name in zip(campaigns, ("higher", "lower"), strict=True):
        make_enrollment(
            campaign,
            contact=contact,
            step_key="ask",
            due_at=NOW + due.get(name, 0 * HOUR),
        )
    return contact


def test_the_lower_one_gives_way_and_says_to_whom(campaigns):
    higher, lower = campaigns
    enroll(campaigns, higher=6 * HOUR)

    advance_round(now=NOW)

    hold = Hold.objects.get()
    assert (hold.campaign, hold.reason, hold.then) == (lower, "lost_to", "exit")
    assert hold.details == {
        "objections": [
            {
                "reason": "lost_to",
                "until": (NOW + 6 * HOUR + timedelta(minutes=1)).isoformat(),
                "campaign": "Renewals",
                "campaign_id": higher.pk,
            }
        ]
    }
    assert Ask.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, 24 * HOUR + timedelta(seconds=1)),
        ({"state": Campaign.State.PAUSED}, 6 * HOUR),
        ({"priority": 10}, 6 * HOUR),
    ],
)
def test_who_is_not_waited_for_by_one_above_is_asked(campaigns, changes, due):
    higher, lower = campaigns
    Campaign.objects.filter(pk=higher.pk).update(**changes)
    enroll(campaigns, higher=due)

    advance_round(now=NOW)

    assert list(Ask.objects.values_list("campaign", flat=True)) == [lower.pk]


def test_a_campaign_can_do_without(campaigns):
    _, lower = campaigns
    document = lower.published.definition | {
        "guardrails": {"off": ["lost_to", "consent"]}
    }
    purpose = purpose_of(lower, document, is_ask=True)

    assert purpose.off == frozenset({"lost_to"})
    assert places_above(purpose, now=NOW).names == {campaigns[0].pk: "Renewals"}


def test_the_higher_one_asks_first_whatever_is_looked_at_first(campaigns):
    enroll(campaigns)

    advance_round(now=NOW)

    assert Ask.objects.get().campaign == campaigns[0]
    assert Enrollment.objects.filter(state="exited").get().end_reason == "cap"
