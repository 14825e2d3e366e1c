"""Conditions of alerts as PromQL: numbers, and what is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.definition import load
from stackgen.signals.conditions import alert_expression, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (1 - 0.8, "0.2"),
        (10 / 60, "0.166666666667"),
        (20 * 2.0**40, "21990232555520"),
        (-10.0, "-10"),
    ],
)
def test_a_number_has_no_noise_and_all_its_digits(value: float, text: str) -> None:
    assert number(value) == text


ABSENT = """\
stackgen: 1
name: db
title: Database
labels: {mode: {values: [read, write]}, state: {max_values: 5}}
metrics:
  locks: {type: gauge, help: Locks., labels: [mode, state], exposed: locks}
  commits: {type: counter, help: Commits., exposed: commits_total}
  rollbacks: {type: counter, help: Rollbacks., labels: [mode], exposed: rollbacks_total}
  calls: {type: histogram, unit: seconds, help: Calls., exposed: calls_seconds, buckets: [1, 2]}
signals: {it: {title: It, unit: count, SIGNAL}}
alerts: {Gone: {signal: it, absent: true, summary: "{job}"}}
stack: {jobs: JOBS}
"""


@pytest.mark.parametrize(
    ("signal", "expr"),
    [
        ("rate: {of: commits}", 'absent(commits_total{job="a"})'),
        (
            "rate: {of: rollbacks, where: {mode: read}}",
            'group by (job) (absent(rollbacks_total{mode="read", job="a"}))',
        ),
        # What may not be there yet, because nothing was counted in it, counts as 0 beside what is.
        ("rate: [{of: commits}, {of: rollbacks}]", 'absent(commits_total{job="a"})'),
        ("ratio: {part: {of: rollbacks}, whole: {of: commits}}", 'absent(commits_total{job="a"})'),
        (
            "rate: [{of: rollbacks, where: {mode: read}}, {of: rollbacks, where: {mode: write}}]",
            'group by (job) (absent(rollbacks_total{mode="read", job="a"})'
            ' and on (job) absent(rollbacks_total{mode="write", job="a"}))',
        ),
        (
            "ratio: {part: {of: commits}, whole: {of: calls}}",
            'group by (job) (absent(commits_total{job="a"}) or absent(calls_seconds_count{job="a"}))',
        ),
        # A gauge that is not there is not 0, so the sum is unknown.
        (
            "level: [{of: locks, where: {state: held}}, {of: locks, where: {state: wanted}}]",
            'group by (job) (absent(locks{state="held", job="a"}) or absent(locks{state="wanted", job="a"}))',
        ),
        # What is a share of the whole comes into being with the first of it.
        (
            "ratio: {part: {of: rollbacks, where: {mode: read}}, whole: {of: rollbacks}}",
            'absent(rollbacks_total{job="a"})',
        ),
        ("promql: 'sum(rate(commits[$window]))'", 'absent(commits_total{job="a"})'),
        (
            'promql: \'sum by ($by) (locks{mode="read", state!~"a}.*"})\'',
            'group by (job) (absent(locks{mode="read", state!~"a}.*", job="a"}))',
        ),
        (
            "promql: 'sum(rate(calls_sum[$window])) / sum(rate(commits[$window]))'",
            'group by (job) (absent(calls_seconds_sum{job="a"}) or absent(commits_total{job="a"}))',
        ),
        ("promql: sum(locks) or sum(commits)", 'absent(locks{job="a"})'),
        ("promql: 'sum(locks{job=\"other\"})'", 'absent(locks{job="other"})'),
    ],
)
def test_what_is_absent_is_looked_for_as_the_signal_selects_it(tmp_path: Path, signal: str, expr: str) -> None:
    path = tmp_path / "db.yaml"
    path.write_text(ABSENT.replace("SIGNAL", signal).replace("JOBS", "[a]"), encoding="utf-8")
    definition = load(path)
    assert alert_expression(definition, definition.alerts["Gone"]).expr == expr


def test_each_job_is_looked_at_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "db.yaml"
    path.write_text(ABSENT.replace("SIGNAL", "rate: {of: commits}").replace("JOBS", "[a, b]"), encoding="utf-8")
    definition = load(path)
    expr = 'absent(commits_total{job="a"}) or absent(commits_total{job="b"})'
    assert alert_expression(definition, definition.alerts["Gone"]).expr == expr


IDLE = """\
stackgen: 1
name: queue
title: Queue
labels: {topic: {max_values: 9}, how: {values: [fast, slow]}}
metrics:
  dead: {type: counter, help: Dead letters., labels: [topic]}
  sent: {type: counter, help: Letters., labels: [how]}
  memory: {type: gauge, unit: bytes, help: Memory., exposed: process_resident_memory_bytes, shared: true}
events: {dead: {count: dead, arguments: [topic]}, sent: {count: sent, arguments: [how]}}
signals: {it: {title: It, unit: count, SIGNAL}}
alerts: {Gone: {signal: it, absent: true, summary: "{job}"}}
"""


@pytest.mark.parametrize(
    ("signal", "expr"),
    [
        (
            "rate: {of: dead}",
            'group by (job) (absent(queue_dead_total{job="queue"})'
            ' and on (job) absent(stackgen_series{definition="queue", job="queue"}))',
        ),
        (
            "promql: 'sum by ($by) (increase(dead[$window]))'",
            'group by (job) (absent(queue_dead_total{job="queue"})'
            ' and on (job) absent(stackgen_series{definition="queue", job="queue"}))',
        ),
        ("rate: {of: sent}", 'absent(queue_sent_total{job="queue"})'),
        ("rate: [{of: sent}, {of: dead}]", 'absent(queue_sent_total{job="queue"})'),
        ("level: {of: memory}", 'absent(process_resident_memory_bytes{job="queue"})'),
    ],
)
def test_an_exporter_in_which_nothing_was_recorded_yet_is_not_missing(tmp_path: Path, signal: str, expr: str) -> None:
    path = tmp_path / "queue.yaml"
    path.write_text(IDLE.replace("SIGNAL", signal), encoding="utf-8")
    definition = load(path)
    assert alert_expression(definition, definition.alerts["Gone"]).expr == expr


@pytest.mark.parametrize(
    ("signal", "expr"),
    [
        (
            "level: {of: locks, where: {mode: read}}",
            'group by (job, mode) (last_over_time(locks{mode="read"}[1h]))'
            ' unless group by (job, mode) (locks{mode="read"})',
        ),
        (
            "promql: sum by ($by) (locks)",
            "group by (job, mode) (last_over_time(locks[1h])) unless group by (job, mode) (locks)",
        ),
        # A group is there while any of its series are; of a share, those of its whole.
        (
            "ratio: {part: {of: locks, where: {state: held}}, whole: [{of: locks}, {of: waits}]}",
            "(group by (job, mode) (last_over_time(locks[1h])) or group by (job, mode) (last_over_time(waits[1h])))"
            " unless group by (job, mode) (locks) unless group by (job, mode) (waits)",
        ),
    ],
)
def test_a_group_is_gone_that_was_there_in_the_window(tmp_path: Path, signal: str, expr: str) -> None:
    path = tmp_path / "db.yaml"
    text = ABSENT.replace("SIGNAL", signal).replace("JOBS", "[a]").replace("absent: true", "absent: true, per: [mode]")
    waits = "metrics:\n  waits: {type: gauge, help: Waits., labels: [mode], exposed: waits}\n"
    path.write_text(text.replace("metrics:\n", waits), encoding="utf-8")
    definition = load(path)
    assert alert_expression(definition, definition.alerts["Gone"]).expr == expr


DROPS = """\
stackgen: 1
name: shop
title: Shop
labels: {site: {max_values: 5}}
metrics:
  sales: {type: counter, help: Sales., labels: [site], exposed: sales_total}
  stock: {type: gauge, help: Stock., labels: [site], exposed: stock}
signals:
  sales: {title: Sales, rate: {of: sales}}
  sold: {title: Sold, increase: {of: sales}}
  stock: {title: Stock, level: {of: stock}}
  share: {title: Share, good: high, ratio: {part: {of: sales, where: {site: web}}, whole: {of: sales}}}
alerts: {Less: {signal: SIGNAL, drop: {share: 50%, baseline: 1d}, per: [PER], summary: "{value}"}}
"""


@pytest.mark.parametrize(
    ("signal", "per", "filled"),
    [
        ("sales", "site", True),
        ("sold", "site", True),
        ("stock", "site", False),
        ("share", "job", False),
        # Each deployment ends instances, and others take their traffic.
        ("sales", "instance", False),
    ],
)
def test_what_is_counted_and_gone_has_dropped_to_0(tmp_path: Path, signal: str, per: str, filled: bool) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(DROPS.replace("SIGNAL", signal).replace("PER", per), encoding="utf-8")
    definition = load(path)
    expression = alert_expression(definition, definition.alerts["Less"])
    (recorded,) = expression.recordings
    past = f"avg_over_time({recorded.name}[1d] offset 5m)"
    now = f"({recorded.name} or 0 * {past})" if filled else recorded.name
    assert expression.expr == f"{now} < 0.5 * {past}"
