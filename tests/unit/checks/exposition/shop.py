"""A shop whose definition is shown in docs/verify.md, and what a healthy one exposes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from stackgen.checks.catalog import checks
from stackgen.checks.context import Context
from stackgen.checks.running import ask
from stackgen.findings import Finding
from stackgen.scrape.exposition import parse
from stackgen.scrape.families import Family
from stackgen.scrape.targets import Reading, Target
from stackgen.verification.declared import declared
from stackgen.verification.observing import Observation

_PAGE = Path(__file__).parents[4] / "docs" / "verify.md"
_BLOCK = re.compile(r"^```yaml\n(stackgen: 1\n.*?)^```$", re.MULTILINE | re.DOTALL)

HEALTHY = """\
# TYPE shop_orders_total counter
shop_orders_total{method="card",country="at"} 3
shop_orders_total{method="cash",country="at"} 1
# TYPE shop_waiting gauge
shop_waiting 2
# TYPE shop_duration_seconds histogram
shop_duration_seconds_bucket{le="0.1"} 3
shop_duration_seconds_bucket{le="1"} 4
shop_duration_seconds_bucket{le="+Inf"} 4
shop_duration_seconds_sum 0.9
shop_duration_seconds_count 4
"""


def definition(folder: Path) -> str:
    """The definition as a file; its path."""
    (text,) = _BLOCK.findall(_PAGE.read_text(encoding="utf-8"))
    file = folder / "shop.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def reading(families: Mapping[str, Family], name: str = "http://shop:8000/metrics") -> Reading:
    """What a page of that address exposes."""
    return Reading(Target(reference=name, url=name), families)


def with_changes(text: str = "") -> dict[str, Family]:
    """A healthy page but for the families of a text."""
    healthy = parse(HEALTHY, "healthy")
    return healthy | parse(text, "changed") if text else healthy


def observation(folder: Path, *readings: Reading) -> Observation:
    """What was seen in some looks at the shop."""
    seen = Observation(declared=declared([definition(folder)]))
    for each in readings:
        seen.take(each)
    if len(readings) > 1 and len({each.target.place for each in readings}) == 1:
        seen.window = "30s"
    return seen


def findings(id_: str, seen: Observation) -> list[Finding]:
    """What one check finds."""
    return ask([checks()[id_]], seen.subjects(), Context(today=date(2026, 11, 25)))


def changed(id_: str, folder: Path, text: str) -> list[str]:
    """What a check says of a healthy page but for the families of a text."""
    return [each.problem for each in findings(id_, observation(folder, reading(with_changes(text))))]
