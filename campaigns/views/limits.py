"""How often the pages of a product may ask, each product and each person."""

import math
from collections.abc import Hashable
from threading import Lock
from time import monotonic


class Pace:
    """
    Counts the requests of each key in this process: some at once, then so many each second.

    Each process counts on its own, so a site with four web processes takes up to four times as
    many. Who has been silent long enough is forgotten.
    """

    most_keys = 20_000

    def __init__(self, *, per_second: float, at_once: int) -> None:
        self.per_second = per_second
        self.at_once = at_once
        self.lock = Lock()
        self.left: dict[Hashable, tuple[float, float]] = {}

    def wait_for(self, key: Hashable) -> int:
        """Take one request from what the key may send; else the seconds to wait."""
        moment = monotonic()
        with self.lock:
            if len(self.left) >= self.most_keys:
                self.forget(moment)
            left, since = self.left.get(key, (float(self.at_once), moment))
            left = min(self.at_once, left + (moment - since) * self.per_second)
            if left >= 1:
                self.left[key] = (left - 1, moment)
                return 0
            self.left[key] = (left, moment)
        return math.ceil((1 - left) / self.per_second)

    def forget(self, moment: float) -> None:
        """Forget who may send all at once again; everybody if that is nobody."""
        full_after = self.at_once / self.per_second
        self.left = {
            key: kept
            for key, kept in self.left.items()
            if moment - kept[1] < full_after
        }
        if len(self.left) >= self.most_keys:
            self.left = {}


# A page asks once when it is ready, and again for what the person does with what it shows.
OF_A_PERSON = Pace(per_second=1, at_once=20)
OF_A_SITE = Pace(per_second=200, at_once=1_000)
