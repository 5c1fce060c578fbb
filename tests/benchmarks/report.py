"""
What was measured, against the limit that was measured in the same run.

Each figure is printed at the end of ``pytest -m benchmark`` and written to
``benchmarks.json``: how long our way took, how long the best way takes, and the ratio.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path("benchmarks.json")


@dataclass(frozen=True)
class Figure:
    name: str
    limit_seconds: float
    measured_seconds: float
    note: str

    @property
    def ratio(self) -> float:
        """The limit by what was measured: 1 is as fast as can be."""
        return self.limit_seconds / self.measured_seconds


FIGURES: list[Figure] = []


def report(
    name: str, limit_seconds: float, measured_seconds: float, note: str = ""
) -> Figure:
    """Keep a figure for the table."""
    figure = Figure(name, limit_seconds, measured_seconds, note)
    FIGURES.append(figure)
    FILE.write_text(
        json.dumps(
            [{**asdict(one), "ratio": round(one.ratio, 3)} for one in FIGURES], indent=2
        )
    )
    return figure


def table() -> str:
    """Write the figures one below the other."""
    lines = [f"{'':44} {'limit':>10} {'measured':>10} {'ratio':>7}"]
    lines += [
        f"{one.name:44} {one.limit_seconds:>9.3f}s {one.measured_seconds:>9.3f}s "
        f"{one.ratio:>7.2f}  {one.note}"
        for one in FIGURES
    ]
    return "\n".join(lines)
