"""What panels show, against what the workload counted itself."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.integration.pipeline import RunningStack, resolved, wait_for
from tests.integration.stack.counts import read_at_a_scrape

#: Seconds over which they are compared: panels look at the last twenty seconds, recordings at four scrapes.
WINDOW = 40


def errors_are_shown(stack: RunningStack) -> None:
    """Operations and errors on the dashboard of details are those that the workload counted in its errors."""
    stack.scenario("errors")
    ratio = asked(stack, "Error ratio", "error_ratio", "sessions")
    wait_for("errors are shown", lambda: stack.query(f"{ratio} > 0.02"), seconds=90)
    before = read_at_a_scrape(stack)
    time.sleep(WINDOW)  # what is measured is what happens in this time, not a condition that could be waited for
    after = read_at_a_scrape(stack)
    stack.scenario("normal")
    seconds = after.counts["time"] - before.counts["time"]

    def over_the_time(expr: str) -> float:
        return stack.value(f"avg_over_time(({expr})[{WINDOW - 20}s:4s])", after.scraped_at)

    for cache in ("sessions", "products"):
        first, last = before.counts["caches"][cache], after.counts["caches"][cache]
        operations, failed = (counted(last, failed=which) - counted(first, failed=which) for which in (False, True))
        assert failed > 20
        rate = asked(stack, "Operations per second", "throughput", cache)
        assert over_the_time(f"sum({rate})") == pytest.approx(operations / seconds, rel=0.15)
        ratio = asked(stack, "Error ratio", "error_ratio", cache)
        assert over_the_time(ratio) == pytest.approx(failed / operations, rel=0.3)
        by_kind = stack.query(f"{asked(stack, 'Errors by kind', 'errors', cache)} > 0", after.scraped_at)
        kinds = {sample["metric"]["kind"] for sample in by_kind}
        assert {"connection", "timeout"} <= kinds <= {kind for each in last["errors"].values() for kind in each}


def asked(stack: RunningStack, title: str, query: str, cache: str) -> str:
    """What a panel of the dashboard of details asks for one cache."""
    board = json.loads((stack.project / "dashboards" / "cache" / "detail.json").read_text(encoding="utf-8"))
    targets = [target for panel in board["panels"] if panel["title"] == title for target in panel["targets"]]
    expr: str = next(target["expr"] for target in targets if target["refId"] == query)
    return resolved(expr.replace("$cache", cache))


def counted(counts: dict[str, Any], *, failed: bool) -> int:
    """Operations that the workload counted, all or those that failed."""
    return sum(
        durations["count"]
        for results in counts["operations"].values()
        for result, durations in results.items()
        if result == "error" or not failed
    )
