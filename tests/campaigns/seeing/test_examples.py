"""People by whom a draft is tested: what is expected, what happens, and why."""

from datetime import timedelta

import pytest

from campaigns import tested
from campaigns.emails.starters import starter_content
from campaigns.flows.edits import new_step
from campaigns.models import (
    Answer,
    Ask,
    AskBudget,
    CampaignVersion,
    Enrollment,
    Example,
)
from campaigns.publishing import NotPublishable, publish
from campaigns.seeing import examples
from campaigns.seeing.expectations import BLANK
from campaigns.seeing.scratch import Busy
from contacts.attributes import assert_now
from contacts.identities.merge import merge_contacts
from tests.factories.campaigns import (
    NOW,
    make_audience,
    make_campaign,
    make_contact,
    make_reachable,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
IS_PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
BY_DAY = {"quiet_from": "00:00", "quiet_until": "00:00"}


def ask_step(**values):
    content = starter_content("thank_you")
    return new_step("email", key="ask", name="Invite", content=content, **values)


def persona(**values):
    steps = {"yes": [ask_step()], "no": []}
    return new_step(
        "branch", key="pro", name="Pro?", condition=IS_PRO, **steps | values
    )


def make_draft(*steps, **changes):
    changes.setdefault("trigger", {"kind": "manual"})
    return make_campaign(steps=list(steps), settings=BY_DAY, **changes)


def pin(campaign, contact, *, now=NOW, **changes):
    values = {"starts_at": now, "answer": "", "user": None}
    return examples.keep_example(
        campaign=campaign, contact=contact, now=now, **values | changes
    )


def run(campaign, *, now=NOW, **changes):
    left = examples.check_examples(campaign, now=now, **changes)
    rows = Example.objects.filter(campaign=campaign).order_by("pk")
    return left, [(row.state, row.happened, row.why) for row in rows]


def test_what_was_seen_is_what_is_expected_and_nothing_else_remains():
    campaign = make_draft(new_step("delay", key="wait", name="Wait"), persona())
    pro = make_reachable(attributes={"plan": "pro"})
    free = make_reachable(attributes={"plan": "free"})

    kept = [pin(campaign, one).expected for one in (pro, free)]

    side = {"step": "pro", "side": "yes"}
    assert kept == [
        {
            **BLANK,
            "outcome": "asked",
            "channel": "email",
            "within_minutes": 1440,
            "sides": [side],
        },
        {**BLANK, "outcome": "not_asked", "sides": [side | {"side": "no"}]},
    ]
    assert run(campaign) == (0, [("holds", "", "")] * 2)
    assert not Enrollment.objects.exists()
    assert not Ask.objects.exists()
    assert not CampaignVersion.objects.exists()


def test_who_is_kept_out_by_the_trigger():
    contact = make_reachable(attributes={"plan": "free"})
    outsider = make_reachable()
    asked = {**BLANK, "outcome": "asked"}
    by_condition = make_draft(
        ask_step(), trigger={"kind": "manual", "condition": IS_PRO}
    )
    audience = make_audience(outsider)
    audience.rule = IS_PRO
    audience.save()
    by_audience = make_draft(ask_step(), trigger={"audience": audience.pk})

    pin(by_condition, contact, expected=asked)
    pin(by_audience, outsider, expected=asked)

    why = "Plan is “pro”: does not hold, found: free."
    assert run(by_condition)[1] == [
        (
            "breaks",
            "Expected to be asked, but is not let in: does not meet the condition for"
            " entering.",
            why,
        )
    ]
    [(state, happened, why)] = run(by_audience)[1]
    assert (state, happened) == (
        "breaks",
        f"Expected to be asked, but is not let in: is not in “{audience}”.",
    )
    assert "does not hold" in why
    assert pin(by_audience, outsider).expected == {**BLANK, "outcome": "not_in"}
    assert run(by_audience)[1] == [("holds", "", "")]


def test_who_is_held_and_by_what():
    contact = make_reachable()
    AskBudget.objects.create(
        contact=contact,
        last_asked_on=(NOW - 10 * DAY).date(),
        next_on=(NOW + 80 * DAY).date(),
    )
    campaign = make_draft(ask_step(if_held="exit"))

    held = pin(campaign, contact)
    assert held.expected == {**BLANK, "outcome": "held", "reason": "cap"}
    assert run(campaign)[1] == [("holds", "", "")]

    pin(campaign, contact, expected={**BLANK, "outcome": "asked"})
    [(state, happened, why)] = run(campaign)[1]

    assert (state, happened) == (
        "breaks",
        "Expected to be asked, but is held at “Invite”: was asked less than 90 days ago.",
    )
    assert why.startswith("Was asked less than 90 days ago (Last asked on 10 November")


def test_who_is_asked_too_late_or_takes_another_side():
    campaign = make_draft(
        new_step("delay", key="wait", name="Wait", amount=3, unit="days"), persona()
    )
    late, other = (
        make_reachable(attributes={"plan": plan}) for plan in ("pro", "free")
    )
    soon = {**BLANK, "outcome": "asked", "channel": "email", "within_minutes": 120}
    true = {**BLANK, "sides": [{"step": "pro", "side": "yes"}]}
    pin(campaign, late, expected=soon)
    pin(campaign, other, expected=true)

    assert run(campaign)[1] == [
        (
            "breaks",
            "Expected to be asked by email within 2 hours, but is asked by email after"
            " 3 days.",
            "",
        ),
        (
            "breaks",
            "Expected to take “True” of “Pro?”, but takes “False” of “Pro?”.",
            "Plan is “pro”: does not hold, found: free.",
        ),
    ]


def test_a_start_that_is_kept_has_the_person_of_then():
    campaign = make_draft(persona())
    contact = make_reachable(created_at=NOW - 9 * DAY)
    for days, plan in ((5, "pro"), (1, "free")):
        assert_now(
            contact_id=contact.pk,
            values={"plan": plan},
            cause="by_hand",
            now=NOW - days * DAY,
        )
    contact.refresh_from_db()
    pro = {**BLANK, "sides": [{"step": "pro", "side": "yes"}]}

    pin(campaign, contact, starts_at=NOW - 3 * DAY, expected=pro)
    assert run(campaign)[1] == [("holds", "", "")]

    pin(campaign, contact, starts_at=None, expected=pro)
    assert run(campaign)[1][0][0] == "breaks"


def test_that_somebody_has_been_in_the_campaign_does_not_count():
    campaign = make_campaign(
        state="running",
        steps=[ask_step()],
        settings=BY_DAY,
        trigger={"kind": "manual", "ramp": {"days": [1]}},
    )
    contact = make_reachable()
    Enrollment.objects.create(
        contact=contact,
        campaign=campaign,
        version=campaign.published,
        entry_key="once",
        moment_at=NOW,
        enrolled_at=NOW,
        due_at=NOW,
    )

    assert pin(campaign, contact).expected["outcome"] == "asked"
    assert Enrollment.objects.get().state == "active"


def test_an_answer_that_is_assumed():
    wait = new_step("wait_answer", key="wait", name="Answer?")
    campaign = make_draft(ask_step(), wait)

    kept = pin(campaign, make_reachable(), answer=Answer.YES)

    assert kept.expected["sides"] == [{"step": "wait", "side": "yes"}]


def test_the_new_outcome_is_accepted():
    campaign = make_draft(ask_step())
    example = pin(campaign, make_contact(), expected={**BLANK, "outcome": "asked"})
    assert run(campaign)[1][0][0] == "breaks"
    example.refresh_from_db()

    examples.accept_outcome(example)

    assert example.expected == {**BLANK, "outcome": "held", "reason": "no_consent"}
    assert run(campaign, again=True)[1] == [("holds", "", "")]


def test_a_draft_is_not_published_while_an_example_breaks():
    campaign = make_draft(ask_step())
    example = pin(campaign, make_contact(), expected={**BLANK, "outcome": "asked"})
    go = {"campaign": campaign, "revision": campaign.revision, "user": None, "now": NOW}

    with pytest.raises(NotPublishable, match="was not run with this draft yet"):
        publish(**go)
    examples.check_examples(campaign, now=NOW)
    with pytest.raises(NotPublishable, match="Expected to be asked, but is held"):
        publish(**go)
    example.refresh_from_db()
    examples.accept_outcome(example)

    assert publish(**go).number == 1


def test_a_change_of_the_draft_makes_them_run_again():
    campaign = make_draft(ask_step())
    pin(campaign, make_reachable())
    run(campaign)
    campaign.draft["steps"] = [new_step("exit", key="out", name="Out")]
    campaign.revision += 1
    campaign.save()

    assert [one.message for one in tested.findings_of_examples(campaign)] == [
        "An example person was not run with this draft yet. Run the examples first."
    ]
    assert run(campaign)[1] == [
        (
            "breaks",
            "Expected to be asked by email within 1 hour, but is let in and comes to the"
            " end without being asked.",
            "",
        )
    ]


def test_what_was_found_lately_is_not_run_again(monkeypatch):
    campaign = make_draft(ask_step())
    pin(campaign, make_reachable())
    run(campaign)
    sent = []
    monkeypatch.setattr(
        examples, "_check", lambda example, campaign, now: sent.append(now)
    )

    for later in (timedelta(minutes=9), timedelta(minutes=11)):
        run(campaign, now=NOW + later)

    assert sent == [NOW + timedelta(minutes=11)]


def test_the_page_waits_for_so_many_as_there_is_time():
    campaign = make_draft(ask_step())
    for _ in range(3):
        pin(campaign, make_reachable())

    assert [run(campaign, patience=0)[0] for _ in range(3)] == [2, 1, 0]


def test_a_draft_with_errors_and_a_worker_at_the_person_are_told(monkeypatch):
    campaign = make_draft(ask_step())
    pin(campaign, make_reachable())

    def busy(*args, **kwargs):
        raise Busy

    with monkeypatch.context() as patch:
        patch.setattr(examples, "send", busy)
        assert run(campaign)[1] == [("stuck", examples.BUSY, "")]
    [finding] = tested.findings_of_examples(campaign)
    assert finding.message == f"An example person could not be run. {examples.BUSY}"
    assert run(campaign)[1][0][0] == "holds"

    campaign.draft["steps"][0]["content"] = None
    assert run(campaign, again=True)[1] == [("stuck", examples.MEND, "")]
    with pytest.raises(examples.NotReady):
        pin(campaign, make_reachable())


def test_there_is_an_end_to_examples(monkeypatch):
    monkeypatch.setattr(examples, "MOST_EXAMPLES", 1)
    campaign = make_draft(ask_step())
    contact = make_reachable()
    pin(campaign, contact)

    pin(campaign, contact)
    with pytest.raises(examples.TooMany):
        pin(campaign, make_reachable())


def test_who_was_merged_is_run_again_and_who_was_forgotten_is_not():
    campaign = make_draft(ask_step())
    kept, merged, forgotten = (make_reachable() for _ in range(3))
    for contact in (merged, forgotten):
        pin(campaign, contact)
    run(campaign)
    forgotten.erased_at = NOW
    forgotten.save()

    merge_contacts(survivor_id=kept.pk, merged_id=merged.pk, link=None, now=NOW)

    rows = Example.objects.order_by("pk").values_list(
        "contact_id", "state", "merged_at"
    )
    assert sorted(rows) == [
        (kept.pk, "unchecked", NOW),
        (forgotten.pk, "holds", None),
    ]
    assert run(campaign)[0] == 0
    assert not tested.findings_of_examples(campaign)
