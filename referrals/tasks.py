"""What the queue may call; each drains one slice of work for at most twenty seconds."""

from django.utils import timezone

from contacts.background import run_slice
from referrals import visit_counts


def count_visits() -> None:
    """Count the visits of days that are long over."""
    run_slice(
        "referrals.visit_counts", lambda: visit_counts.keep_count(now=timezone.now())
    )
