"""What is written down of an ask when it is made, so that reports can sort by it for ever."""

from datetime import timedelta

import pytest

from campaigns.engine.advance import advance_round
from campaigns.flows.edits import new_step
from campaigns.models import Ask, Enrollment, StepRun
from tests.factories.campaigns import (
    NOW,
    make_campaign,
    make_enrollment,
    make_reachable,
)
from tests.factories.messages import make_content

pytestmark = pytest.mark.django_db

EARLIER = NOW - timedelta(hours=3)


@pytest.fixture
def campaign():
    cohort = new_step("cohort", key="half", name="Halves")
    cohort["arms"][0]["steps"] = [new_step("email", key="ask", content=make_content())]
    return make_campaign(
        steps=[cohort, new_step("delay", key="after")],
        state="running",
        settings={"quiet_from": "00:00", "quiet_until": "00:00"},
    )


def ask_of(campaign, *, locale="pt-BR", **changes):
    values = {"moment_key": "event:1", "moment_at": EARLIER, "visit": 1, **changes}
    contact = make_reachable(locale=locale)
    enrollment = make_enrollment(campaign, contact=contact, step_key="ask", **values)
    StepRun.objects.create(
        contact=contact,
        enrollment_id=enrollment.pk,
        campaign=campaign,
        step_key="half",
        visit=0,
        ran_at=EARLIER,
        outcome="a",
    )

    advance_round(now=NOW)

    return Ask.objects.get(contact=contact)


def test_ask_knows_channel_language_variant_and_moment(campaign):
    ask = ask_of(campaign)

    assert (ask.channel, ask.locale, ask.variant, ask.moment_at) == (
        "email",
        "pt-BR",
        "half:a",
        EARLIER,
    )


def test_ask_of_a_member_at_the_start_has_no_moment(campaign):
    ask = ask_of(campaign, moment_key="")

    assert ask.moment_at is None
    assert Enrollment.objects.get().moment_at == EARLIER


@pytest.mark.parametrize("locale", ["Ada Lovelace", "x", "ada@example.com", ""])
def test_what_is_no_language_is_not_kept(campaign, locale):
    assert ask_of(campaign, locale=locale).locale == ""
