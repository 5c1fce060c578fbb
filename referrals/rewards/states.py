"""The states of a reward and the ways between them: this table, and nothing else, allows them."""

from collections.abc import Mapping

from referrals.models import Reward

State = Reward.State

# Not over yet, and still the program's.
OPEN = (State.ON_HOLD, State.AWAITING, State.APPROVED, State.FAILED)
# On the way to the person: what happens meanwhile is reckoned when it has arrived.
UNDER_WAY = (State.SENDING,)
DELIVERED = (State.FULFILLED, State.OWED_BACK)
# Owed, and not delivered: the liability.
LIABLE = (*OPEN, *UNDER_WAY)
TAKEN_BACK = (State.REJECTED, State.REVERSED)

WAYS: Mapping[str, frozenset[str]] = {
    # It does not exist yet.
    "": frozenset({State.PENDING, State.ON_HOLD}),
    State.PENDING: frozenset({State.ON_HOLD, State.REVERSED, State.REJECTED}),
    State.ON_HOLD: frozenset(
        {
            State.AWAITING,
            State.APPROVED,
            State.REJECTED,
            State.REVERSED,
            State.OWED_BACK,
        }
    ),
    State.AWAITING: frozenset(
        {
            State.ON_HOLD,
            State.APPROVED,
            State.REJECTED,
            State.REVERSED,
            State.OWED_BACK,
        }
    ),
    State.APPROVED: frozenset(
        {
            State.ON_HOLD,
            State.SENDING,
            State.FULFILLED,
            State.EXPIRED,
            State.REJECTED,
            State.REVERSED,
            State.OWED_BACK,
        }
    ),
    State.SENDING: frozenset({State.APPROVED, State.FULFILLED, State.FAILED}),
    State.FAILED: frozenset(
        {
            State.APPROVED,
            State.FULFILLED,
            State.REJECTED,
            State.REVERSED,
            State.OWED_BACK,
        }
    ),
    State.FULFILLED: frozenset({State.OWED_BACK, State.APPROVED, State.REVERSED}),
    State.OWED_BACK: frozenset({State.FULFILLED, State.REVERSED, State.APPROVED}),
    State.REJECTED: frozenset({State.ON_HOLD, State.PENDING}),
    State.REVERSED: frozenset({State.ON_HOLD, State.PENDING}),
    State.EXPIRED: frozenset(),
}


class WayNotOpen(ValueError):
    """A reward can't go from the one state to the other."""


def check_way(before: str, after: str) -> None:
    """
    See that a reward may go from one state to another; staying is always possible.

    :raises WayNotOpen: if it may not
    """
    if before != after and after not in WAYS[before]:
        raise WayNotOpen(f"A reward can't go from {before or 'nothing'} to {after}.")
