"""Where the numbers of a signal end, as far as its definition tells: a dial needs a full circle to be a part of."""

from __future__ import annotations

import math
from collections.abc import Iterable

from stackgen.definition.model import Above, Alert, Ratio, Signal, Threshold

#: How far around the largest threshold stands; what is beyond it has to be seen as well.
_THRESHOLD_AT = 0.8
_ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def is_share(signal: Signal) -> bool:
    """Whether a signal is a part of a whole, from 0 to 1: a ratio that is to be large or small, not of two sizes."""
    return isinstance(signal.expression, Ratio) and signal.unit == "ratio" and signal.good is not None


def dial_end(signal: Signal, judged: Iterable[Alert | Threshold]) -> float | None:
    """The number at the end of a signal's dial: all of a share, the last state, else a round one past the thresholds.

    None where nothing says what is much.
    """
    if signal.states:
        return max(signal.states)
    numbers = [
        each.condition.than
        for each in judged
        if isinstance(each.condition, Above) and not isinstance(each.condition.than, str) and each.condition.than > 0
    ]
    ratio = isinstance(signal.expression, Ratio) and signal.unit == "ratio"
    if is_share(signal) or (ratio and max(numbers, default=0) <= 1):
        return 1
    return _rounded_up(max(numbers) / _THRESHOLD_AT, signal.unit) if numbers else None


def _rounded_up(number: float, unit: str) -> float:
    """The next round number: of bytes so many KiB, MiB, ..., of anything else so many powers of ten."""
    scale = 1024.0 ** math.floor(math.log(number, 1024)) if unit.startswith("bytes") else 1.0
    scale *= 10.0 ** math.floor(math.log10(number / scale))
    return float(f"{next(each * scale for each in _ROUND if each * scale >= number * (1 - 1e-9)):.12g}")
