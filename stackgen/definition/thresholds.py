"""Whether what a signal is compared with can be: a threshold that is never crossed, or always, is a mistake."""

from __future__ import annotations

from stackgen.definition.context import Context
from stackgen.definition.ends import is_share
from stackgen.definition.model import Above, Age, Below, Increase, Mean, Quantile, Rate, Ratio, RunsOut, Signal
from stackgen.definition.tree import Path

#: What is counted or timed, and so is never negative.
POSITIVE = (Rate, Increase, Ratio, Quantile, Mean, Age)

#: Units of what is never negative, whatever a gauge may hold.
_AMOUNTS = ("bytes", "count", "ratio", "seconds")

_ALWAYS = "so this always holds"


def check_reachable(context: Context, path: Path, condition: Above | Below, signal: Signal) -> None:
    """Report a threshold that the signal is never beyond, or always."""
    than = condition.than
    if isinstance(than, str):
        if than == signal.key:
            context.report(path, f"{than!r} is compared with itself", "name another signal, or write a number")
        return
    if isinstance(signal.expression, POSITIVE):
        _check_positive(context, path, condition, than, signal)
    if is_share(signal):
        _check_share(context, path, condition, than)
    if isinstance(signal.expression, Quantile):
        _check_buckets(context, path, condition, than, signal.expression)


def check_limit(context: Context, path: Path, condition: RunsOut, signal: Signal) -> None:
    """Report a limit that the signal does not come to from where it is."""
    limit = condition.limit
    if isinstance(limit, str):
        if limit == signal.key:
            context.report(path, f"{limit!r} is its own limit", "name another signal, or write a number")
    elif limit <= 0 and not condition.falls and signal.unit in _AMOUNTS:
        problem = f"{signal.key!r} would have to grow to {limit:g}, and is never below 0"
        context.report(path, problem, f"if it is what is left, say `good: high` on {signal.key!r}: then it falls to it")
    elif limit < 0 and signal.unit in _AMOUNTS:
        context.report(path, f"{signal.key!r} is never below 0", "write 0 or more")


def _check_positive(context: Context, path: Path, condition: Above | Below, than: float, signal: Signal) -> None:
    if isinstance(condition, Below):
        if than < 0 or (than == 0 and not condition.or_equal):
            context.report(path, f"{signal.key!r} is never below 0", "use a larger threshold")
    elif than < 0 or (than == 0 and condition.or_equal):
        context.report(path, f"{signal.key!r} is never below 0, {_ALWAYS}", "use a larger threshold")


def _check_share(context: Context, path: Path, condition: Above | Below, than: float) -> None:
    if isinstance(condition, Above):
        if than > 1:
            context.report(path, f"a ratio is at most 1, and this is {than:g}", "write 30% or 0.3")
        elif than == 1 and not condition.or_equal:
            context.report(path, "a ratio is never above 1", "lower it, or write at_least")
    elif than > 1 or (than == 1 and condition.or_equal):
        context.report(path, f"a ratio is at most 1, {_ALWAYS}", "write 30% or 0.3")


def _check_buckets(context: Context, path: Path, condition: Above | Below, than: float, quantile: Quantile) -> None:
    """A quantile is interpolated within a bucket, in the first one from 0 on, and is never beyond the last bound."""
    metric = context.metrics.get(quantile.of.of)
    if metric is None or not metric.buckets:
        return
    least, largest = metric.buckets[0] * metric.scale * quantile.q, metric.buckets[-1] * metric.scale
    if isinstance(condition, Above) and (than > largest or (than == largest and not condition.or_equal)):
        problem = f"{than:g} is not below the largest bucket bound, {largest:g}, so this never holds"
        context.report(path, problem, f"lower it, or give {metric.key!r} larger buckets")
    elif least > 0 and 0 < than < least:
        holds = _ALWAYS if isinstance(condition, Above) else "so this never holds"
        problem = f"by the buckets of {metric.key!r} it is never below {least:.4g}, {holds}"
        context.report(path, problem, f"raise it, or give {metric.key!r} smaller buckets")
