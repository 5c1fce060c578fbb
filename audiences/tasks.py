"""What workers do for audiences."""

from django.utils import timezone

from audiences import measuring
from audiences.memberships import clock, fill, live, schedule
from contacts.background import run_slice


def refresh_due() -> None:
    """Refresh the audiences that are due."""
    run_slice(schedule.SLICE, lambda: schedule.refresh_next(timezone.now()))


def fill_audiences() -> None:
    """Fill the audiences whose rule was made or changed."""
    run_slice(fill.SLICE, lambda: fill.fill_next(timezone.now()))


def react() -> None:
    """Let contacts enter and leave to whom something has happened."""
    run_slice(live.SLICE, lambda: live.react_next(timezone.now()))


def measure_traits() -> None:
    """Look at how the values of the traits are distributed that are due."""
    run_slice(measuring.SLICE, lambda: measuring.measure_next(timezone.now()))


def let_time_pass() -> None:
    """Let contacts enter and leave for whom a moment has come."""
    run_slice(clock.SLICE, lambda: clock.pass_time(timezone.now()))
