# SPDX-License-Identifier: Apache-2.0
"""Medians, spreads, ratios, and the one table that shows them against their goals."""

import statistics
from dataclasses import dataclass


@dataclass
class Sample:
    """Measured values of one thing; a single count has no spread."""

    values: list
    unit: str = "ms"

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def spread(self):
        if len(self.values) < 3:
            return ""
        cuts = statistics.quantiles(self.values, n=10, method="inclusive")
        return f"{number(cuts[0])} to {number(cuts[-1])}"

    def __str__(self):
        return f"{number(self.median)} {self.unit}".strip()


def number(value):
    if isinstance(value, int) or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 100 else f"{value:.1f}"


@dataclass
class Row:
    """One line of the table. limit is the goal for the ratio, at least or at most."""

    what: str
    sample: Sample
    against: str = ""
    ratio: float = None
    limit: float = None
    at_least: bool = False
    digits: int = 2

    @property
    def missed_by(self):
        """How much of the goal is missing, as a part of it; 0 when it is met."""
        if self.limit is None:
            return 0
        gap = self.limit - self.ratio if self.at_least else self.ratio - self.limit
        return max(0, gap) / (self.limit or 1)

    @property
    def goal(self):
        if self.limit is None:
            return ""
        return f"{'at least' if self.at_least else 'at most'} {self._text(self.limit)}"

    @property
    def verdict(self):
        if self.limit is None:
            return ""
        return f"MISSED by {self.missed_by:.0%}" if self.missed_by > 0 else "met"

    def _text(self, value):
        return f"{value:,.{self.digits}f}"

    def cells(self):
        ratio = "" if self.ratio is None else self._text(self.ratio)
        return [self.what, str(self.sample), self.sample.spread, self.against, ratio, self.goal, self.verdict]


@dataclass
class Note:
    """A line across the table: a section's title, or what a figure alone does not say."""

    text: str
    title: bool = False


HEADER = ["", "median", "p10 to p90", "against", "ratio", "goal", ""]
RIGHT = {1, 2, 4}


def table(lines):
    rows = [line for line in lines if isinstance(line, Row)]
    cells = [HEADER, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADER))]
    out = [_line(HEADER, widths)]
    for line in lines:
        if isinstance(line, Row):
            out.append(_line(line.cells(), widths))
        else:
            out.append(f"\n{line.text}" if line.title else f"    {line.text}")
    return "\n".join(out)


def _line(cells, widths):
    padded = [
        cell.rjust(width) if column in RIGHT else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths))
    ]
    return "  ".join(padded).rstrip()


def summary(lines):
    goals = [line for line in lines if isinstance(line, Row) and line.limit is not None]
    missed = [row for row in goals if row.missed_by > 0]
    text = [f"{len(goals) - len(missed)} goals met, {len(missed)} missed"]
    return "\n".join([*text, *(f"  missed: {row.what} ({row.against}), by {row.missed_by:.0%}" for row in missed)])
