# ruff: noqa: E501 -- a table of mistakes reads best with one row on one line
"""Every mistake gets one line: place, path, problem, cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.definition import load
from stackgen.findings import DefinitionError

BASE = """\
stackgen: 1
name: shop
title: Shop
labels:
  site: {bind: true, values: [eu, us]}
  way: {values: [card, cash]}
  user: {max_values: 10}
metrics:
  sale_duration: {type: histogram, unit: seconds, help: Time of a sale., labels: [way], buckets: [0.1, 1, 10]}
  sales: {type: counter, help: Sales., count_of: sale_duration}
  refunds: {type: counter, help: Refunds., labels: [way]}
  stock: {type: gauge, help: Articles in stock.}
  build: {type: info, help: What runs., labels: [way]}
events:
  sale: {observe: sale_duration, arguments: [way]}
  refund: {count: refunds, with: {way: card}}
signals:
  refund_ratio: {title: Refunds, ratio: {part: {of: refunds}, whole: {of: sales}}}
  sale_p99: {title: p99, quantile: {of: sale_duration, q: 0.99}}
  stock: {title: Stock, level: {of: stock}}
  sales: {title: Sales, rate: {of: sales}}
alerts:
  Slow: {signal: sale_p99, above: 2s, per: [site], summary: "{site}: {value}"}
"""


def findings_of(tmp_path: Path, text: str) -> list[str]:
    """The lines that loading a text ends with, without the path of the file."""
    path = tmp_path / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load(path)
    return [line.removeprefix(f"{tmp_path.as_posix()}/") for line in str(caught.value).splitlines()]


def test_the_base_of_these_tests_is_right(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(BASE, encoding="utf-8")
    assert load(path).name == "shop"


MISTAKES = [
    ("level: {of: stock}", "age: {of: stock}", "signals.stock.age.of: 'stock' is in no unit, and a time is in seconds; say `unit: seconds`, and `scale: 0.001` where it is in milliseconds"),
    ("level: {of: stock}", "age: {of: stock}", "signals.stock.age.of: 'stock' is added up over processes, and times are not; say `combine: max` on the metric"),
    ("level: {of: stock}", "age: {of: sales}", "signals.stock.age.of: 'sales' is a counter, which has no age; use `rate` or `increase`"),
    *(
        ("{part: {of: refunds}", f"{{part: {{of: refunds, {said}}}", f"signals.refund_ratio.ratio.part.{line}")
        for said, line in (
            ("where: {way: ca.+}", "where.way: 'ca.+' looks like a regular expression, and is compared as it stands; write it under `where_matches`"),
            ("where: {way: card|cash}", "where.way: 'card|cash' looks like a regular expression, and is compared as it stands; write it under `where_matches`"),
            ("where_not: {instance: [a, db.*]}", "where_not.instance[1]: 'db.*' looks like a regular expression, and is compared as it stands; write it under `where_not_matches`"),
            ("where_matches: {wya: c.*}", "where_matches.wya: metric 'refunds' has no label 'wya'; did you mean 'way'?"),
            ("where_matches: {way: b.*}", "where_matches.way: 'b.*' matches no value of 'way'; values: card, cash"),
            ("where_not_matches: {way: b.*}", "where_not_matches.way: 'b.*' matches no value of 'way'; values: card, cash"),
            ("where_not_matches: {way: c.*}", "where_not_matches.way: no value of 'way' is left; leave fewer out"),
            ("where: {way: card}, where_matches: {way: cash}", "where_matches.way: no value of 'way' is left; values: card"),
            ("where_matches: {way: 'ca(sh'}", "where_matches.way: 'ca(sh' is no regular expression: missing ), unterminated subpattern; write one of RE2, such as tmpfs|fuse.*"),
            ("where_matches: {way: '(?!ca)sh'}", "where_matches.way: '(?!ca)sh' has '(?!', a look-around, which RE2 does not have; leave values out with `where_not_matches`"),
            ("where_matches: {way: '(c)\\1'}", "where_matches.way: '(c)\\\\1' has '\\\\1', a backreference, which RE2 does not have; write out what it repeats"),
            ("where_regex: {way: c.*}", "where_regex: no such key 'where_regex'; did you mean 'where_matches'?"),
            ("where_not_regex: {way: c.*}", "where_not_regex: no such key 'where_not_regex'; did you mean 'where_not_matches'?"),
        )
    ),
    ("name: shop", "name: Shop-1", "shop.yaml:2:7: name: 'Shop-1' is not of the right form"),
    ("title: Shop\n", "", "shop.yaml:1:1: 'title' is missing; add 'title'"),
    ("stackgen: 1", "stackgen: 2", "shop.yaml:1:11: stackgen: 2 cannot stand here; write 1"),
    ("labels:\n", "lables:\n", "shop.yaml:4:1: lables: no such key 'lables'; did you mean 'labels'?"),
    ("unit: seconds", "unit: ms", "'ms' is not a base unit; measure in 'seconds'"),
    ("sale_duration: {type", "sale_seconds: {type", "the unit 'seconds' would stand twice in the exposed name"),
    ("type: counter, help: Refunds.", "type: conter, help: Refunds.", "unknown value 'conter'; did you mean 'counter'?"),
    ("help: Articles in stock.", "help: ''", "metrics.stock.help: an empty text with nothing in it"),
    ("buckets: [0.1, 1, 10]", "buckets: [0.1, 1, 1]", "metrics.sale_duration.buckets[2]: 1 is not greater than 1"),
    ("buckets: [0.1, 1, 10]", "buckets: [0.1, 1e999]", "buckets[1]: inf is not finite"),
    (", buckets: [0.1, 1, 10]", "", "shop.yaml:9:3: metrics.sale_duration: a histogram without buckets; add a list"),
    ("type: gauge, help", "type: gauge, buckets: [1], help", "a gauge has no buckets; only a histogram has"),
    ("labels: [way]}\n  stock", "labels: [wya]}\n  stock", "metrics.refunds.labels[0]: no label 'wya'; did you mean 'way'?"),
    ("labels: [way]}\n  stock", "labels: [site]}\n  stock", "label 'site' is bound, so it is on every metric"),
    ("stock: {type: gauge, help: Articles in stock.}", "basket: {type: histogram, unit: items, help: Sold at once., labels: [way], buckets: [1], time_by: way}", "metrics.basket.time_by: the metric is no time; give it `unit: seconds`, or remove `time_by`"),
    ("  user: {max_values: 10}", "  le: {max_values: 10}", "label 'le' is reserved: it holds a histogram's bounds"),
    ("  user: {max_values: 10}", "  user: {}", "shop.yaml:7:3: labels.user: neither values nor max_values"),
    ("  user: {max_values: 10}", "  user: {max_values: 10, values: [a]}", "labels.user: both values and max_values"),
    ("values: [card, cash]", "values: [card, card]", "labels.way.values[1]: value 'card' stands here twice"),
    ("count_of: sale_duration", "count_of: sale_duratoin", "no metric 'sale_duratoin'; did you mean 'sale_duration'?"),
    ("count_of: sale_duration", "count_of: stock", "metrics.sales.count_of: 'stock' is a gauge"),
    ("  refunds: {type: counter", "  x: {type: gauge, help: X., exposed: shop_sales_total}\n  refunds: {type: counter", "'shop_sales_total' is exposed by metric"),
    ("  refunds: {type: counter", "  sale_duration_seconds_count: {type: gauge, help: X.}\n  refunds: {type: counter", "'shop_sale_duration_seconds_count' is exposed by metric 'sale_duration' too"),
    ("with: {way: card}", "with: {way: crad}", "events.refund.with.way: label 'way' has no value 'crad'; did you mean 'card'?"),
    ("with: {way: card}", "with: {site: eu}", "events.refund.with.site: label 'site' is bound when the exporter is built"),
    (", with: {way: card}", "", "events.refund: label 'way' of 'refunds' has no value; give it in `with`"),
    ("count: refunds", "count: sales", "'sales' is the count of 'sale_duration'; observe 'sale_duration'"),
    ("count: refunds", "count: stock", "events.refund.count: 'stock' is a gauge; `count` takes a counter"),
    ("observe: sale_duration", "observe: stock", "events.sale.observe: 'stock' is a gauge; observe a histogram"),
    ("  refund: {count", "  class: {count", "events.class: 'class' is a keyword of Python"),
    ("{count: refunds, with: {way: card}}", "{description: Nothing.}", "the event touches no metric"),
    ("level: {of: stock}", "rate: {of: stock}", "'stock' is a gauge, which has no rate; use `level`"),
    ("quantile: {of: sale_duration, q: 0.99}", "quantile: {of: sales, q: 0.99}", "'sales' is a counter, which has no quantile"),
    ("q: 0.99", "q: 99", "signals.sale_p99.quantile.q: 99 is too large; use less than 1"),
    ("whole: {of: sales}", "whole: {of: stock}", "signals.refund_ratio.ratio: counters over gauges"),
    ("part: {of: refunds}", "part: {of: refunds, where: {user: x}}", "metric 'refunds' has no label 'user'"),
    ("part: {of: refunds}", "part: {of: refunds, where: {way: [card, csh]}}", "ratio.part.where.way[1]: label 'way' has no value 'csh'; did you mean"),
    ("level: {of: stock}}", "level: {of: stock}, by: [way]}", "signals.stock.by[0]: metric 'stock' has no label 'way'"),
    ("level: {of: stock}}", "level: {of: stock}, mean: {of: sale_duration}}", "signals.stock: mean and level at once"),
    ("level: {of: stock}}", "unit: bytes}", "signals.stock: the signal says nothing to compute"),
    ("level: {of: stock}}", "level: {of: stock}, unit: furlong}", "unknown unit 'furlong'"),
    ("level: {of: stock}}", "promql: 'sum(rate(sales[5m])', unit: count}", "signals.stock.promql: not PromQL: unclosed left parenthesis"),
    ("level: {of: stock}}", "promql: 'sum(rate(sails[5m]))', unit: count}", "signals.stock.promql: no metric 'sails'; did you mean 'sales'?"),
    ("level: {of: stock}}", "promql: 'rate(sale_duration[5m])', unit: count}", "histogram 'sale_duration' has no series of that name"),
    ("signal: sale_p99", "signal: sale_p90", "shop.yaml:23:18: alerts.Slow.signal: no signal 'sale_p90'; did you mean 'sale_p99'?"),
    ("above: 2s", "above: 2 parsecs", "alerts.Slow.above: '2 parsecs' is no quantity in seconds; write one such as 100ms"),
    ("above: 2s", "above: 20s", "20 is not below the largest bucket bound, 10, so this never holds"),
    ("above: 2s", "above: sales", "signal 'sales' is in per_second, 'sale_p99' in seconds"),
    ("above: 2s, ", "", "alerts.Slow: the alert has no condition; add one of above"),
    ("above: 2s", "above: 2s, below: 1s", "alerts.Slow: above and below at once; keep one"),
    ("above: 2s", "above: .inf", "no quantity"),
    ("per: [site]", "per: [user]", "metric 'sale_duration' has no label 'user'"),
    ("{site}: {value}", "{way}: {value}", "alerts.Slow.summary: nothing fills in {way}"),
    ("above: 2s", "absent: true, when: {signal: sale_p99, above: 1s}", "a series that is not there has no labels; remove 'when'"),
    ("above: 2s", "absent: true, for: 1h", "alerts.Slow: a group that is gone is forgotten before `for` is over, so this never fires; lengthen `window`, or wait less than 1h"),
    ("above: 2s", "above: 2s, for: five minutes", "alerts.Slow.for: 'five minutes' is no duration; write one such as 30s"),
    ("above: 2s", "above: 2s, severity: sev1", "unknown value 'sev1'; known: critical, warning, info"),
    ("above: 2s", "runs_out: {limit: 5s, within: 1h}", "'sale_p99' is no level; a prediction needs a gauge"),
    ("signal: sale_p99, above: 2s, per: [site]", "signal: stock, runs_out: {limit: 0, within: 1h}, per: [site]", "alerts.Slow.runs_out.limit: 'stock' would have to grow to 0, and is never below 0; if it is what is left, say `good: high`"),
    ("signal: sale_p99, above: 2s, per: [site]", "signal: stock, runs_out: {limit: stock, within: 1h}, per: [site]", "'stock' is its own limit"),
    ("signal: sale_p99, above: 2s, per: [site]", "signal: stock, runs_out: {limit: 9, within: 1h}, for: 1h, per: [site]", "alerts.Slow.runs_out.within: the limit is reached before `for` is over"),
    ("above: 2s", "drop: {share: 150%, baseline: 1d}", "a drop of 1.5 cannot be"),
    ("above: 2s", "above: 2s, when: {signal: stock}", "a guard needs either above or below"),
    ("above: 2s", "below: 0", "'sale_p99' is never below 0"),
    ("signal: sale_p99, above: 2s", "signal: sales, at_most: -1", "'sales' is never below 0; use a larger"),
    ("signal: sale_p99, above: 2s", "signal: sales, at_least: 0", "'sales' is never below 0, so this always holds"),
    ("above: 2s", "above: 2s, when: {signal: sales, below: 0}", "alerts.Slow.when.below: 'sales' is never below 0"),
    ("above: 2s", "above: sale_p99", "alerts.Slow.above: 'sale_p99' is compared with itself"),
    ("above: 2s", "above: 50ms", "by the buckets of 'sale_duration' it is never below 0.099, so this always holds"),
    ("above: 2s", "below: 50ms", "it is never below 0.099, so this never holds; raise it, or give 'sale_duration' smaller"),
    ("above: 2s", "above: 2s, for: 99999999999999999999y", "alerts.Slow.for: '99999999999999999999y' is longer than anything"),
    ("above: 2s", "drop: {share: 30%, baseline: 30m}, for: 1h", "a sudden drop is compared with itself before `for` is over"),
    ("above: 2s", "growth: {share: 900%, baseline: 3h}, for: 1h", "lengthen the baseline, or wait less than 23m"),
    ("level: {of: stock}}", "promql: 'sales[5m]', unit: count}", "its values are no numbers of one moment; wrap a range in"),
    ("level: {of: stock}}", "promql: '(sales[1h:5m])', unit: count}", "its values are no numbers of one moment"),
    ("above: 2s", "above: 2s, labels: {severity: page}", "'severity' is set by the rule itself"),
    ("{site}: {value}", "{{ $value }}", "a template of Prometheus; write {value} or {label}"),
    ("part: {of: refunds}", "part: {of: refunds, where: {way: card}, where_not: {way: card}}", "no value of 'way' is left"),
    ("level: {of: stock}}", "promql: '1', unit: count}", "signals.stock.promql: it names no metric"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), MISTAKES)
def test_a_mistake_is_named_with_its_cure(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in BASE
    lines = findings_of(tmp_path, BASE.replace(old, new, 1))
    assert any(expected in line for line in lines), lines
    for line in lines:
        assert line.startswith("shop.yaml:"), line
        assert "; " in line, line


def test_all_mistakes_of_a_file_come_in_one_run_in_the_order_of_the_text(tmp_path: Path) -> None:
    text = BASE.replace("[card, cash]", "[card, 7]").replace("unit: seconds", "unit: ms")
    text = text.replace("help: Articles in stock.", "halp: Articles.").replace("signal: sale_p99", "signal: sail_p99")
    text = text.replace("q: 0.99", "q: two")
    lines = findings_of(tmp_path, text)
    numbers = [int(line.split(":")[1]) for line in lines]
    assert numbers == sorted(numbers)
    assert {9, 12, 19, 23} <= set(numbers)


def test_a_broken_part_does_not_bring_up_what_refers_to_it(tmp_path: Path) -> None:
    """The alert names a signal that is there; that the signal is broken is said once, where it is broken."""
    lines = findings_of(tmp_path, BASE.replace("q: 0.99", "q: two"))
    assert len(lines) == 1, lines


def test_a_number_in_a_ratio_is_not_a_percentage(tmp_path: Path) -> None:
    extra = "  Refunds: {signal: refund_ratio, above: 30, summary: S}\n"
    text = (BASE + extra).replace("title: Refunds, ratio", "title: Refunds, good: low, ratio")
    assert any("a ratio is at most 1, and this is 30; write 30% or 0.3" in line for line in findings_of(tmp_path, text))


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("slos: {a: {objective: 99, period: 30d, bad: {of: sales}, total: {of: sales}}}", "all events are bad"),
        (
            "slos: {a: {objective: 0.999, period: 30d, bad: {of: refunds}, total: {of: sales}}}",
            "0.999 % lets 99.001 % of events be bad; objectives are in percent: write one such as 99.9",
        ),
        (
            "slos: {a: {objective: 20, period: 30d, bad: {of: refunds}, total: {of: sales}}}",
            "20 % lets 80 % of events be bad; objectives are in percent: write one such as 99.9",
        ),
        (
            "slos: {a: {objective: 80, period: 30d, bad: {of: refunds}, total: {of: sales}}}",
            "nobody could be paged: over 30d that takes 120% bad events; raise the objective",
        ),
        (
            "slos: {a: {objective: 99, period: 7d, bad: {of: refunds}, total: {of: sales}}}",
            "slos.a.period: over 1w the alerts' windows of up to three days would alert on a budget that lasts; write 28d",
        ),
        ("slos: {a: {objective: 101, period: 30d, bad: {of: refunds}, total: {of: sales}}}", "101 is too large"),
        ("slos: {a: {objective: 99, period: 30d, bad: {of: refunds}}}", "'total' is missing"),
        (
            "slos: {a: {objective: 99, period: 30d, bad: {of: stock}, total: {of: sales}}}",
            "count events with a counter",
        ),
        ("slos: {a: {objective: 99, period: 30d, latency: {of: sale_duration, within: 2}}}", "use one of 0.1, 1, 10"),
        ("slos: {a: {objective: 99, period: 5m, latency: {of: sale_duration, within: 1}}}", "'5m' is too short"),
        ("slos: {a: {objective: 99, period: 30d}}", "an objective is over events or over latency"),
        ("dashboards: {d: {title: D, rows: [{title: R, panels: [{stat: sails}]}]}}", "did you mean 'sales'?"),
        ("dashboards: {d: {title: D, rows: [{title: R, panels: [{title: P}]}]}}", "the panel has no kind"),
        ("dashboards: {d: {title: D, rows: [{title: R, panels: [{stat: sales, gauge: sales}]}]}}", "stat and gauge at"),
        ("dashboards: {d: {title: D, rows: [{title: R, panels: [{heatmap: stock}]}]}}", "'stock' is a gauge"),
        ("dashboards: {d: {title: D, rows: [{title: R, panels: [{stat: [sales, stock]}]}]}}", "several signals and no"),
        ("dashboards: {d: {title: D, rows: []}}", "a list with nothing in it"),
        ("stack: {scrape_interval: 0s}", "'0s' is too short; use 0.1s or more"),
        ("stack: {ports: {prometheus: 70000}}", "70000 is too large; use 65535 or less"),
        ("stack: {ports: {promethoys: 7000}}", "no service 'promethoys'; did you mean 'prometheus'?"),
        ("stack: {services: {rediss: {}}}", "no known service 'rediss'; did you mean 'redis'?"),
        ("stack: {services: {app: {image: a, metrics: /metrics}}}", "metrics without a port"),
        ("stack: {services: {app: {image: a, depends_on: [rediss]}}}", "no service 'rediss'"),
        ("extends: nothing", "no pack and no file 'nothing'; known: alertmanager, cache"),
        ("extends: ./shop.yaml", "a circle: "),
        ("includes: [./shop.yaml]", "a circle: './shop.yaml' includes this file"),
        ("includes: [cash]", "no pack and no file 'cash'; did you mean 'cache'?"),
    ],
)
def test_mistakes_in_the_other_sections(tmp_path: Path, section: str, expected: str) -> None:
    lines = findings_of(tmp_path, f"{BASE}{section}\n")
    assert any(expected in line for line in lines), lines


def test_a_window_that_holds_no_two_samples_is_told_with_the_scrape_interval(tmp_path: Path) -> None:
    short = BASE.replace("above: 2s,", "above: 2s, window: 20s,")
    column = short.splitlines()[-1].index("20s") + 1
    assert findings_of(tmp_path, short) == [
        f"shop.yaml:23:{column}: alerts.Slow.window: a window of 20s holds no two samples at a scrape interval of 15s, so it has no value; write 1m or more, or another stack.scrape_interval"
    ]
    (at_the_alert,) = findings_of(tmp_path, f"{BASE}stack: {{scrape_interval: 3m}}\n")
    assert "alerts.Slow: a window of 5m holds no two samples at a scrape interval of 3m" in at_the_alert
    path = tmp_path / "shop.yaml"
    for right in (f"{short}stack: {{scrape_interval: 10s}}\n", short.replace("sale_p99, above: 2s", "stock, above: 2")):
        path.write_text(right, encoding="utf-8")
        assert load(path).alerts["Slow"].window == 20, "a level looks at no window"


def test_an_age_is_not_compared_with_its_own_past(tmp_path: Path) -> None:
    text = BASE.replace("{type: gauge, help", "{type: gauge, unit: seconds, combine: max, help")
    text = text.replace("level: {of: stock}", "age: {of: stock}")
    text += '  Old: {signal: stock, growth: {share: 50%, baseline: 1d}, summary: "{value}"}\n'
    (line,) = findings_of(tmp_path, text)
    assert line.endswith("alerts.Old.growth: 'stock' is an age, which grows by itself; use above or below")
