"""Arithmetic of rates and their uncertainty; plain Python."""

from dataclasses import dataclass
from math import sqrt

# Below this many in the denominator a percentage says more than is known.
LEAST_FOR_PERCENT = 30
# The two-sided 95 % point of the normal distribution.
NORMAL_95 = 1.959963984540054


def wilson_interval(
    successes: int, total: int, *, z: float = NORMAL_95
) -> tuple[float, float]:
    """
    Compute the score interval of a proportion: low and high, 0 to 1.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
    Journal of the American Statistical Association 22 (1927).

    :raises ValueError: if there were more successes than tries, or fewer than none
    """
    if not 0 <= successes <= total:
        raise ValueError(f"Successes must be 0 to {total}; got {successes}.")
    if total == 0:
        return 0.0, 1.0
    share = successes / total
    weight = z * z / total
    center = (share + weight / 2) / (1 + weight)
    spread = z * sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    return max(0.0, center - spread), min(1.0, center + spread)


@dataclass(frozen=True)
class Rate:
    """So many of so many."""

    count: int
    total: int

    @property
    def share(self) -> float:
        """The part, 0 to 1; 0 of none."""
        return self.count / self.total if self.total else 0.0

    @property
    def percent(self) -> float:
        """The part in percent."""
        return self.share * 100

    @property
    def is_sure(self) -> bool:
        """Whether there are enough to speak of a percentage."""
        return self.total >= LEAST_FOR_PERCENT

    @property
    def low(self) -> float:
        """The lower end of the 95 % interval, in percent."""
        return wilson_interval(self.count, self.total)[0] * 100

    @property
    def high(self) -> float:
        """The upper end of the 95 % interval, in percent."""
        return wilson_interval(self.count, self.total)[1] * 100
