"""
The waterfall: which of a friend's claims counts in a program, and why the others do not.

The friend's events that mean a stage are looked at in the order of time. For each, the claims
that were known by then are tried in the order in which they count; the first that passes
every check gets the credit, and ends it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from referrals.attribution.facts import Facts
from referrals.attribution.stages import Step
from referrals.claims import CLOCK_SKEW, Claim, line_of
from referrals.models import Advocate, Clue, Program, StageRule

MEANS = StageRule.Means
# What makes a friend a lead, if nothing did before.
CREDITING = (MEANS.LEAD, MEANS.QUALIFIED, MEANS.OPPORTUNITY, MEANS.WON)
# What shows that somebody was with us before.
JOINING = {
    MEANS.LEAD: "signed up",
    MEANS.QUALIFIED: "qualified",
    MEANS.OPPORTUNITY: "had an opportunity",
}
TYPED = (Clue.Source.CODE, Clue.Source.COUPON)
FOLLOWED = (Clue.Source.CLICK,)
REST = (Clue.Source.DEVICE, Clue.Source.EMAIL)


@dataclass
class Ruling:
    """What to do about the claims: which one counts, or why the first does not."""

    program: Program | None
    step: Step | None = None
    accepted: Claim | None = None
    refused: Claim | None = None
    reason: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)


def judge(facts: Facts, program: Program | None, claims: Sequence[Claim]) -> Ruling:
    """Try the claims at each event of the friend; without a program, none has an advocate."""
    last = Ruling(program)
    for step in crediting_steps(facts, program):
        known = [one for one in claims if known_from(one) <= step.at]
        if not known:
            continue
        ruling = _try(facts, program, step, in_order(known, program))
        if ruling.accepted:
            return ruling
        last = ruling
    return last


def known_from(claim: Claim) -> datetime:
    """Say from when a claim is tried: a visit from then on, though we heard of it later."""
    return min(claim.since, claim.seen_at)


def crediting_steps(facts: Facts, program: Program | None) -> list[Step]:
    """List the friend's events that may make him a lead, in the order of time."""
    own = (
        [step for steps in facts.steps.values() for step in steps]
        if program is None
        else facts.steps.get(program.pk, [])
    )
    steps = [
        one for one in own if one.means in CREDITING and not is_left_out(one, program)
    ]
    return sorted(steps, key=lambda one: (one.at, one.event_id))


def is_left_out(step: Step, program: Program | None) -> bool:
    """Whether an event is history that the program does not count."""
    return step.is_historical and not (program and program.counts_history)


def in_order(claims: Iterable[Claim], program: Program | None) -> list[Claim]:
    """
    Put claims in the order in which they count; of what was typed twice the last time.

    A typed code before a click, or as the program says; the last visit, or the first.
    """
    latest: dict[tuple[str, str], Claim] = {}
    for claim in sorted(claims, key=lambda one: one.seen_at):
        latest[claim.source, claim.value] = claim
    code_first = program is None or program.code_beats_click
    kinds = (*TYPED, *FOLLOWED, *REST) if code_first else (*FOLLOWED, *TYPED, *REST)
    is_first = program is not None and program.click_choice == program.ClickChoice.FIRST

    def rank(claim: Claim) -> tuple[int, bool, float, str]:
        """Name the place of a claim."""
        moment = claim.since.timestamp()
        takes_first = claim.is_visit and is_first
        place = moment if takes_first else -moment
        return kinds.index(claim.source), claim.advocate is None, place, claim.value

    return sorted(latest.values(), key=rank)


def _try(
    facts: Facts, program: Program | None, step: Step, claims: Sequence[Claim]
) -> Ruling:
    """Try claims at one event; those after the one that counts are outranked."""
    ruling = Ruling(program, step)
    for claim in claims:
        reason, details = "outranked", dict[str, Any]()
        if not ruling.accepted:
            reason, details = refusal_of(claim, facts, program, step)
        ruling.lines.append(line_of(claim, reason, details))
        if not reason:
            ruling.accepted = claim
        elif not ruling.refused:
            ruling.refused, ruling.reason = claim, reason
    return ruling


def refusal_of(
    claim: Claim, facts: Facts, program: Program | None, step: Step
) -> tuple[str, dict[str, Any]]:
    """Say why a claim doesn't count, as a code of ``REASONS`` with details; blank if it does."""
    if not claim.advocate or program is None:
        return f"unknown_{claim.source}", {}
    if claim.advocate.contact_id == facts.contact_id:
        return "own_link", {}
    if is_blocked(claim.advocate, claim.since):
        return "link_blocked", {}
    if any(
        end and end <= claim.since for end in (program.ended_at, program.expires_at)
    ):
        return "program_ended", {}
    if claim.since > step.at + CLOCK_SKEW:
        return "visit_after_event", {}
    window = timedelta(days=program.window_days)
    if step.at - claim.since > window:
        reason = "window_over" if claim.is_visit else "code_too_old"
        return reason, {"days": program.window_days}
    if program.excludes_paid_ads and claim.is_visit and _is_paid(claim, facts, step):
        return "paid_ad", {}
    refusal = _refusal_of_customer(claim, facts, program, step, window)
    if refusal[0]:
        return refusal
    return ("", {}) if step.is_trusted else ("untrusted_source", {})


def is_blocked(advocate: Advocate, at: datetime) -> bool:
    """Whether the advocate's link was blocked by then."""
    return advocate.blocked_at is not None and advocate.blocked_at <= at


def _is_paid(claim: Claim, facts: Facts, step: Step) -> bool:
    """Whether the friend came through an ad between the visit and the event, or with it."""
    return bool(claim.ad) or any(claim.since <= at <= step.at for at in facts.ads)


def _refusal_of_customer(
    claim: Claim, facts: Facts, program: Program, step: Step, window: timedelta
) -> tuple[str, dict[str, Any]]:
    """
    Refuse who ordered or signed up before, or is known as a customer.

    For a click "before" is before the visit. A code is typed at the end, so a sign-up within
    the window may have led there; an earlier order may not.
    """
    joined_by = claim.since if claim.is_visit else claim.since - window
    for one in sorted(facts.steps.get(program.pk, []), key=lambda known: known.at):
        said = JOINING.get(MEANS(one.means), "")
        is_before = bool(said) and one.at < joined_by
        if one.means == MEANS.WON:
            said, is_before = "ordered", one.at < claim.since
        if is_before and one.event_id != step.event_id:
            return "existing_customer", {"event": said, "day": _day(one.at)}
    return refusal_of_known(facts, program, step.at)


def refusal_of_known(
    facts: Facts, program: Program, at: datetime
) -> tuple[str, dict[str, Any]]:
    """Refuse who is a customer by list, by audience, or because we knew him early enough."""
    before = at - CLOCK_SKEW
    listed = facts.lists.get(program.customers_list_id or 0)
    own = (program.customers_list.name, listed) if program.customers_list else None
    for name, since in [one for one in (own, facts.customer) if one]:
        if since and since < before:
            return "customer_listed", {"name": name, "day": _day(since)}
    entered = facts.audiences.get(program.customers_audience_id or 0)
    if entered and program.customers_audience and entered < before:
        details = {"name": program.customers_audience.name, "day": _day(entered)}
        return "customer_in_audience", details
    day = program.customers_before
    if day and facts.known_since.astimezone(UTC).date() < day:
        return "known_before", {"day": _day(facts.known_since)}
    return "", {}


def _day(at: datetime) -> str:
    """Write the day."""
    return at.date().isoformat()
