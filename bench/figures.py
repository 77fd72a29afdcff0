"""From measures to what is printed: medians, ratios, and tables of text."""

from __future__ import annotations

from statistics import median
from typing import Any, NamedTuple

from .load import Measure


class Ratio(NamedTuple):
    """Ours divided by the sample's, round by round: the median, and how far the rounds differ."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f}-{self.most:.2f})"


class Comparison(NamedTuple):
    """All rounds of one case in one scenario; round n of both sides ran one after the other."""

    scenario: str
    case: str
    seconds: int
    goal: float
    ours: list[Measure]
    sample: list[Measure]

    def ratio(self, field: str) -> Ratio:
        """Of one field of the measures."""
        pairs = zip(self.ours, self.sample, strict=True)
        found = [getattr(ours, field) / (getattr(sample, field) or 1e-9) for ours, sample in pairs]
        return Ratio(median(found), min(found), max(found))

    def middle(self, field: str) -> tuple[float, float]:
        """The medians of ours and of the sample."""
        ours, sample = (median(getattr(each, field) for each in side) for side in (self.ours, self.sample))
        return ours, sample

    def errors(self) -> tuple[int, int]:
        """Requests that failed, in all rounds."""
        return sum(each.errors for each in self.ours), sum(each.errors for each in self.sample)

    def as_json(self) -> dict[str, Any]:
        """Every round, and the ratios."""
        return {
            "scenario": self.scenario, "case": self.case, "seconds": self.seconds, "goal": self.goal,
            "ours": [each._asdict() for each in self.ours], "sample": [each._asdict() for each in self.sample],
            "ratio": {field: self.ratio(field)._asdict() for field in ("requests", "p50", "p99", "cpu", "pss")},
        }  # fmt: skip


HEADER = ("", "requests/s", "sample", "ratio (least-most)", "goal", "p50 ms", "sample", "p99 ms", "sample",
          "CPU ms", "sample", "ratio", "PSS MiB", "sample", "ratio")  # fmt: skip


def row(found: Comparison) -> tuple[str, ...]:
    """A comparison as the words of a line."""
    ratio = found.ratio("requests")
    reached = "" if ratio.median >= found.goal else " no"
    words = [found.case, *_pair(found, "requests", 0), str(ratio), f"{found.goal:g}{reached}"]
    words += [*_pair(found, "p50", 2), *_pair(found, "p99", 2)]
    for field, digits in (("cpu", 3), ("pss", 1)):
        words += [*_pair(found, field, digits), f"{found.ratio(field).median:.2f}"]
    return tuple(words)


def _pair(found: Comparison, field: str, digits: int) -> list[str]:
    return [f"{value:.{digits}f}" for value in found.middle(field)]


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows of words as text, the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        words = [first.ljust(widths[0]), *(map(str.rjust, others, widths[1:]))]
        lines.append("  ".join(words).rstrip())
    return "\n".join(lines)
