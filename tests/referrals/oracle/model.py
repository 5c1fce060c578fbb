"""
Who gets the credit and what is owed, in plain Python; written from what the product promises.

Times are minutes since the story began, money is in cents.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal

DAY = 24 * 60
WINDOW = 30 * DAY
# Clocks differ by as much.
SKEW = 5


@dataclass(frozen=True)
class Told:
    """
    Something that is reported about a friend.

    ``kind`` is signed_up, order, refund or cancel; ``clue`` is ("click", visit),
    ("code", advocate) or None; an advocate of -1 is a code that nobody has.
    """

    friend: int
    kind: str
    key: str
    at: int
    order: str = ""
    cents: int | None = None
    clue: tuple[str, int] | None = None


@dataclass(frozen=True)
class Visit:
    """Somebody followed the link of an advocate."""

    advocate: int
    at: int


@dataclass(frozen=True)
class Promise:
    """What the program promises, beside the window of 30 days."""

    # The advocate gets this for the first order that is worth as much.
    fixed: int
    minimum: int
    most_rewards: int | None
    # The friend gets this part of the first orders back, in hundredths of a percent.
    percent: int
    most: int
    orders: int
    # The advocate gets this when as many friends have ordered.
    friends: int
    bonus: int


@dataclass
class Friend:
    """What is known of a friend, and since when he is credited to whom."""

    told: list[Told] = field(default_factory=list)
    advocate: int | None = None
    counts_from: int = 0


class Model:
    """Takes what is told in the order in which it is told."""

    def __init__(self, promise, visits):
        self.promise = promise
        self.visits = visits
        self.friends = defaultdict(Friend)

    def take(self, told):
        friend = self.friends[told.friend]
        if any(one.kind == told.kind and one.key == told.key for one in friend.told):
            return
        friend.told.append(told)
        if friend.advocate is None:
            self.judge(friend)

    def judge(self, friend):
        """Go through what may make a lead, in the order of time, and try the claims then."""
        steps = [one for one in friend.told if one.kind in ("signed_up", "order")]
        for step in sorted(steps, key=lambda one: one.at):
            for since, advocate, followed in self.claims(friend, step):
                if advocate >= 0 and self.counts(friend, step, since, followed):
                    friend.advocate = advocate
                    friend.counts_from = min(since, step.at)
                    return

    def claims(self, friend, step):
        """List the claims known by then: codes before visits, of each the last first."""
        codes, visits = {}, {}
        for one in friend.told:
            if not one.clue:
                continue
            kind, value = one.clue
            if kind == "code":
                if one.at <= step.at:
                    codes[value] = max(codes.get(value, one.at), one.at)
            else:
                visit = self.visits[value]
                if min(visit.at, one.at) <= step.at:
                    visits[value] = visit
        typed = sorted(
            ((at, advocate, False) for advocate, at in codes.items() if advocate >= 0),
            reverse=True,
        )
        followed = sorted(
            ((visit.at, visit.advocate, True) for visit in visits.values()),
            reverse=True,
        )
        return typed + followed

    def counts(self, friend, step, since, followed):
        """Whether a claim is in the window, and the friend no customer before."""
        if since > step.at + SKEW or step.at - since > WINDOW:
            return False
        for one in friend.told:
            if one is step:
                continue
            if one.kind == "order" and one.at < since:
                return False
            joined_by = since if followed else since - WINDOW
            if one.kind == "signed_up" and one.at < joined_by:
                return False
        return True

    def orders(self, friend):
        """List the orders that count, oldest first: what is left, and what they were worth."""
        found = []
        for one in friend.told:
            if one.kind != "order" or one.at < friend.counts_from - SKEW:
                continue
            back = 0
            for other in friend.told:
                if other.order == one.order and other.kind == "refund":
                    back += one.cents if other.cents is None else other.cents
                if other.order == one.order and other.kind == "cancel":
                    back += one.cents
            found.append((one.at, max(one.cents - back, 0)))
        return sorted(found)

    def credits(self):
        """Say whose friend each friend is."""
        return {
            number: friend.advocate
            for number, friend in self.friends.items()
            if friend.advocate is not None
        }

    def owed(self):
        """List (rule, advocate or friend, amount) of all that is owed."""
        promise, owed = self.promise, []
        fixed, bought = defaultdict(list), defaultdict(list)
        for number, friend in self.friends.items():
            if friend.advocate is None:
                continue
            orders = [(at, net) for at, net in self.orders(friend) if net > 0]
            if orders:
                bought[friend.advocate].append(orders[0][0])
            worth = [at for at, net in orders if net >= promise.minimum]
            if worth:
                fixed[friend.advocate].append(worth[0])
            parts = [part for _, net in orders if (part := self.part(net))]
            owed += [("percent", number, part) for part in parts[: promise.orders]]
        for advocate, times in fixed.items():
            for _ in sorted(times)[: promise.most_rewards]:
                owed.append(("fixed", advocate, promise.fixed))
        for advocate, times in bought.items():
            if len(times) >= promise.friends:
                owed.append(("bonus", advocate, promise.bonus))
        return sorted(owed)

    def part(self, net):
        """Take the part of an order; half a cent goes to the even one."""
        exact = Decimal(net) * self.promise.percent / 10_000
        return min(int(exact.quantize(Decimal(1), ROUND_HALF_EVEN)), self.promise.most)
