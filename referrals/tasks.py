"""What the queue may call; each drains one slice of work for at most twenty seconds."""

from django.utils import timezone

from contacts.background import run_slice
from referrals import (
    notices,
    offer_mails,
    visit_buffer,
    visit_counts,
    visits,
    waiting_visits,
)
from referrals.attribution import inbox
from referrals.fraud import nightly
from referrals.fraud.judge import judge_due
from referrals.intros import confirming
from referrals.portal import entry
from referrals.rewards import credit, due, reckon, shortages


def count_visits() -> None:
    """Count the visits of days that are long over."""
    run_slice(
        "referrals.visit_counts", lambda: visit_counts.keep_count(now=timezone.now())
    )


def tell_advocates() -> None:
    """Tell advocates that their program changes or ends."""
    run_slice(notices.SLICE, lambda: notices.tell_next(now=timezone.now()))


def judge() -> None:
    """Judge the referrals that are due."""
    run_slice("referrals.judge", lambda: judge_due(now=timezone.now()))


def look_again() -> None:
    """Let the young referrals be judged again, once a day."""
    run_slice("referrals.look_again", lambda: nightly.look_again(now=timezone.now()))


def judge_visits() -> None:
    """Judge and tell the visits that web processes have recorded."""
    run_slice(
        "referrals.waiting_visits",
        lambda: waiting_visits.judge_waiting(now=timezone.now()),
    )


def write_visits() -> None:
    """Write the visits that web processes have kept in files."""
    run_slice(
        "referrals.visit_buffer",
        lambda: visit_buffer.write_buffered(now=timezone.now()),
    )


def tell_visits() -> None:
    """Tell visits from mails that were found to be no scanner's."""
    run_slice("referrals.visits", lambda: visits.tell_visits(now=timezone.now()))


def send_offer_mails() -> None:
    """Send the offer to friends who asked for it."""
    run_slice(
        "referrals.offer_mails",
        lambda: offer_mails.send_offer_mails(now=timezone.now()),
    )


def reckon_rewards() -> None:
    """Bring rewards up to what happened."""
    run_slice("referrals.reckon", lambda: reckon.reckon_due(now=timezone.now()))


def settle_rewards() -> None:
    """Approve rewards whose hold is over, and deliver what delivers itself."""
    run_slice("referrals.rewards", lambda: due.settle_due(now=timezone.now()))


def warn_of_shortages() -> None:
    """Tell those who look after rewards what runs low."""
    run_slice(shortages.SLICE, lambda: shortages.warn(now=timezone.now()))


def send_credit() -> None:
    """Post account credit to the product that books it."""
    run_slice("referrals.credit", lambda: credit.send_due(now=timezone.now()))


def credit_friends() -> None:
    """Credit advocates for their friends, and follow what friends do."""
    run_slice("referrals.attribute", lambda: inbox.credit_next(now=timezone.now()))


def mail_portal_links() -> None:
    """Send the links that people have asked for on their own page."""
    run_slice(entry.SLICE, lambda: entry.send_one(now=timezone.now()))


def mail_intro_confirmations() -> None:
    """Ask the owners of addresses that were typed on the page of an introduction."""
    run_slice(confirming.SLICE, lambda: confirming.send_one(now=timezone.now()))
