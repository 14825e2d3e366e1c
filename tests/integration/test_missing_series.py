"""Systems that expose a series once something was counted in it: until then it counts as 0, in rules and objectives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stackgen.definition import load
from stackgen.generators import rules
from stackgen.stack.binaries import Located
from tests.promtools import native

MAILER = """\
stackgen: 1
name: mailer
title: Mailer
labels: {reason: {max_values: 10}}
metrics:
  sent: {type: counter, help: Sent., exposed: mailer_sent_total}
  bounced: {type: counter, help: Bounced., labels: [reason], exposed: mailer_bounced_total}
  failed: {type: counter, help: Failed., labels: [reason], exposed: mailer_failed_total}
signals:
  bad: {title: Bad mails, rate: [{of: failed}, {of: bounced}]}
  bad_share:
    title: Bad
    good: low
    ratio: {part: [{of: failed}, {of: bounced}], whole: [{of: sent}, {of: failed}, {of: bounced}]}
  soft_share: {title: Soft bounces, good: high, ratio: {part: {of: failed, where: {reason: soft}}, whole: {of: failed}}}
alerts:
  MailerFailing: {signal: bad, above: 1, for: 5m, summary: "{value} mails fail"}
  MailerBad: {signal: bad_share, above: 5%, for: 5m, summary: "{value} of mails fail"}
  MailerHard: {signal: soft_share, below: 50%, for: 5m, summary: "only {value} are soft"}
slos:
  delivered:
    {objective: 99, period: 30d, bad: [{of: failed}, {of: bounced}], total: [{of: sent}, {of: failed}, {of: bounced}]}
"""

#: Half of all mails fail, none has bounced yet, and no failure was a soft one.
FAILS = """\
rule_files: [mailer.rules.yaml, mailer.slo.rules.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'mailer_sent_total{job="mailer"}', values: '0+600x130'}
      - {series: 'mailer_failed_total{job="mailer", reason="smtp"}', values: '0+600x130'}
    promql_expr_test:
      - expr: count by (alertname) (ALERTS{alertstate="firing", sloth_severity!="ticket"})
        eval_time: 2h
        exp_samples:
          - {labels: '{alertname="MailerFailing"}', value: 1}
          - {labels: '{alertname="MailerBad"}', value: 1}
          - {labels: '{alertname="MailerHard"}', value: 1}
          - {labels: '{alertname="MailerDeliveredBudgetBurn"}', value: 1}
"""

#: Nothing fails for ten hours, then one in a hundred for one: a tenth of the budget of eleven hours is gone, not all.
BUDGET = """\
rule_files: [mailer.slo.rules.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'mailer_sent_total{job="mailer"}', values: '0+600x660'}
      - {series: 'mailer_failed_total{job="mailer", reason="smtp"}', values: '_x600 0+6x60'}
    promql_expr_test:
      - expr: sum(slo:period_error_budget_remaining:ratio) > bool 0.9
        eval_time: 11h
        exp_samples:
          - {labels: "{}", value: 1}
"""


@pytest.mark.parametrize("test", [FAILS, BUDGET], ids=["alerts fire", "the budget is right"])
def test_what_was_never_counted_is_0_while_the_rest_is_there(
    test: str, binary: Callable[[str], Located], tmp_path: Path
) -> None:
    (tmp_path / "mailer.yaml").write_text(MAILER, encoding="utf-8")
    for path, text in rules.generate(load(tmp_path / "mailer.yaml")).items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "own.tests.yaml").write_text(test, encoding="utf-8")
    passed, said = native(binary("promtool"))(tmp_path, ["own.tests.yaml"])
    assert passed, said
