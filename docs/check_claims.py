"""Hold what runs have left against the numbers that the pages claim: ``make reproduce``.

``python docs/check_claims.py pipelines`` lists the pipelines that have to be run before.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict

PROJECT = Path(__file__).parents[1]
REPORTING = PROJECT / "data/08_reporting"
#: a number with its interval, as ``0.95 [0.94, 0.96]`` or ``0.95 ± 0.01``
NUMBER = re.compile(r"([+-]?[\d,]*\.?\d+)\*{0,2} (?:\[([^,\]]+), ([^\]]+)\]|± ([\d.]+))")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Cell(_Strict):
    """A cell of a table: its column, and what the other columns of the row say."""

    column: str
    where: dict[str, str | int]


class Claim(_Strict):
    """Numbers in a line of a page, and where a run leaves them."""

    page: str
    line: str
    pipeline: str
    file: str
    metrics: list[str | Cell | None]


@dataclass(frozen=True)
class Claimed:
    """A number of a page."""

    page: str
    metric: str
    text: str
    value: float
    lower: float
    upper: float

    def holds(self, found: float) -> bool:
        """Tell whether a number lies within the interval that is claimed."""
        return self.lower <= found <= self.upper


def read_claims() -> list[Claim]:
    """Read all claims."""
    content = yaml.safe_load((PROJECT / "docs/claims.yml").read_text(encoding="utf-8"))
    return [Claim.model_validate(entry) for entry in content]


def numbers_of(claim: Claim) -> list[Claimed | None]:
    """Take the numbers out of the line of the page, None where none is checked.

    Raises
    ------
    ValueError
        If the page has no such line, or several, or fewer numbers than metrics.
    """
    text = (PROJECT / claim.page).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.lstrip("* ").startswith(claim.line)]
    if not lines:
        raise ValueError(f"{claim.page} has no line that begins with {claim.line!r}")
    found = list(NUMBER.finditer(lines[0].replace(" ", " ")))
    if len(found) < len(claim.metrics):
        raise ValueError(f"{claim.page}: fewer numbers than metrics in the line {lines[0]!r}")
    return [
        None if metric is None else _as_claimed(claim, metric, match)
        for metric, match in zip(claim.metrics, found, strict=False)
    ]


def _as_claimed(claim: Claim, metric: str | Cell, match: re.Match[str]) -> Claimed:
    number, *ends, half = (
        None if text is None else text.replace(",", "") for text in match.groups()
    )
    value = float(number)
    lower, upper = map(float, ends) if half is None else (value - float(half), value + float(half))
    name = metric if isinstance(metric, str) else " ".join(map(str, metric.where.values()))
    return Claimed(claim.page, name, match[0].replace("*", ""), value, lower, upper)


def find(claim: Claim, metric: str | Cell) -> float | None:
    """Look a number up in what the run has left; None if it is not there."""
    path = REPORTING / claim.file
    if not path.is_file():
        return None
    if isinstance(metric, str):
        value = json.loads(path.read_text()).get(metric)
        return None if value is None else float(value)
    table = pd.read_csv(path)
    for column, wanted in metric.where.items():
        table = table[table[column].astype(str) == str(wanted)]
    return float(table[metric.column].iloc[0]) if len(table) == 1 else None


def compare(claims: list[Claim]) -> Iterator[tuple[Claimed, float | None]]:
    """Put what was found beside each claim."""
    for claim in claims:
        for metric, claimed in zip(claim.metrics, numbers_of(claim), strict=False):
            if metric is not None and claimed is not None:
                yield claimed, find(claim, metric)


def main() -> None:
    """Print all claims with what was found, and fail if one does not hold."""
    claims = read_claims()
    if sys.argv[1:] == ["pipelines"]:
        print(*dict.fromkeys(claim.pipeline for claim in claims), sep="\n")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("page", "number", "claimed", "found", "", box=None, pad_edge=False)
    counts = {"same": 0, "within": 0, "OUTSIDE": 0, "NOT THERE": 0}
    for claimed, found in compare(claims):
        if found is None:
            verdict = "NOT THERE"
        elif not claimed.holds(found):
            verdict = "OUTSIDE"
        else:
            digits = len(claimed.text.split()[0].partition(".")[2])
            verdict = "same" if round(found, digits) == claimed.value else "within"
        counts[verdict] += 1
        shown = "" if found is None else f"{found:.5g}"
        table.add_row(claimed.page, claimed.metric, claimed.text, shown, verdict)
    Console(width=140).print(table)
    print(", ".join(f"{n} {verdict}" for verdict, n in counts.items()))
    sys.exit(1 if counts["OUTSIDE"] or counts["NOT THERE"] else 0)


if __name__ == "__main__":
    main()
