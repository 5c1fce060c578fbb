"""Made-up months of a program: who followed whose link, signed up, ordered and sent back."""

import random
from dataclasses import dataclass

from tests.referrals.oracle.model import DAY, Promise, Told, Visit

ADVOCATES, FRIENDS = 3, 7


@dataclass(frozen=True)
class Story:
    """What happens, in the order in which it is told; some of it only after the payments."""

    promise: Promise
    visits: list[Visit]
    told: list[Told]
    late: list[Told]


def tell(seed):
    """Make a story; the same for the same seed."""
    draw = random.Random(seed)
    promise = Promise(
        fixed=draw.choice((500, 2_000)),
        minimum=draw.choice((1, 3_000, 5_000)),
        most_rewards=draw.choice((None, None, 1, 2)),
        percent=draw.choice((125, 1_000)),
        most=draw.choice((400, 100_000)),
        orders=draw.choice((1, 2, 3)),
        friends=draw.choice((1, 2, 3)),
        bonus=5_000,
    )
    visits = [
        Visit(draw.randrange(ADVOCATES), draw.randrange(50 * DAY)) for _ in range(12)
    ]
    told, late = [], []
    for friend in range(FRIENDS):
        one, other = happenings(draw, friend, visits)
        told += one
        late += other
    for some in (told, late):
        some += draw.sample(some, len(some) // 3)
        draw.shuffle(some)
    return Story(promise, visits, told, late)


def happenings(draw, friend, visits):
    """What one friend does, and what of it is taken back later."""

    def clue(chance):
        if draw.random() > chance:
            return None
        if draw.random() < 0.5:
            return "click", draw.randrange(len(visits))
        return "code", draw.choice((-1, 0, 1, 2, 2))

    def when(after=0):
        # A minute of their own for each, so that nothing is decided by chance.
        return (after + draw.randrange(40 * DAY)) // FRIENDS * FRIENDS + friend

    told, late = [], []
    if draw.random() < 0.8:
        told.append(Told(friend, "signed_up", f"s{friend}", when(), clue=clue(0.7)))
    for number in range(draw.randrange(4)):
        order, cents = f"o{friend}-{number}", draw.choice((999, 3_000, 5_000, 12_345))
        at = when(10 * DAY)
        told.append(Told(friend, "order", order, at, order, cents, clue(0.3)))
        for back in range(draw.choice((0, 0, 1, 2))):
            part = draw.choice((None, cents, cents // 2, 1))
            kind = draw.choice(("refund", "refund", "cancel"))
            some = told if draw.random() < 0.6 else late
            part = None if kind == "cancel" else part
            key = f"{order}-{back}"
            some.append(Told(friend, kind, key, when(20 * DAY), order, part))
    return told, late
