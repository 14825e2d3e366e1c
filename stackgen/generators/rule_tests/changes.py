"""Tests of alerts that compare a signal with its own past, or look at where it is going."""

from __future__ import annotations

import math
from collections.abc import Iterator

from stackgen.definition.model import (
    Drop,
    Growth,
    Level,
    Quantile,
    RunsOut,
)
from stackgen.generators.rule_tests.document import Case, Moment, Phase
from stackgen.generators.rule_tests.levels import is_share, reach
from stackgen.generators.rule_tests.subject import LIMIT, SHARE_LIMIT, AlertTests
from stackgen.signals.conditions import HOVERING, ends_at_0
from stackgen.signals.promql import scale_of
from stackgen.signals.synthesis import (
    CannotSynthesizeError,
    Flow,
    Inputs,
)

#: The least history before a drop or growth, in multiples of the time that the alert then takes. A drop's guard is
#: about the past, of which what has dropped has to be a small part.
_BEFORE_DROP, _BEFORE_GROWTH = 6, 2

#: How much of what a large growth is compared with may be of the growth itself, times what it has grown by.
_SEEN = 0.5
#: The same where a short baseline leaves no choice; with more of it a change would hardly show.
_MOST_SEEN = 0.9


class ChangeTests(AlertTests):
    """The tests of one such alert."""

    def change_cases(self, condition: Drop | Growth) -> Iterator[Case]:
        """An alert that compares its signal with its own past."""
        own_guard = self._alert.when is not None and self._alert.when.signal == self._alert.signal
        more, less = self._enough(condition), 0.6 * condition.share
        base = self._guard_levels().far if own_guard else self._base(condition, more)
        yield self._change("fires when it has changed by more", base, condition, more, fires=True)
        yield self._change("quiet when it has changed by less", base, condition, less)
        yield self._change("quiet when nothing changes", base, condition, 0.0)
        if own_guard:
            # A drop's guard is about the past, a growth's about the present.
            ratio = 1.0 if isinstance(condition, Drop) else 1 + more
            guard = self._guard_levels(edge=0.1)
            open_, shut = guard.beyond / ratio, guard.within / ratio
            yield self._change("fires when the guard just holds", open_, condition, more, fires=True)
            yield self._change("quiet when the guard just does not hold", shut, condition, more)
        if isinstance(condition, Drop) and ends_at_0(self._signal, self._alert):
            yield self._ending(base, condition)
        yield self._steady("quiet when its series are missing", Inputs(), None)

    def _ending(self, base: float, condition: Drop) -> Case:
        """A long time at `base`, then the group's series are no longer there; those of another group are."""
        steps = round(self._history(condition) / self._step)
        after = math.ceil(self._settled() / self._step) + 2
        second = self._second_group()
        other = self._inputs(base, base, base, second) if second else Inputs()
        at = steps * self._step + self._settled()
        return Case(
            self._title("fires when its series are gone"),
            self._step,
            self._ended(self._inputs(base, base, base), other, steps, after),
            (Moment(at, self._alert.name, self._firing(0.0)),),
        )

    def _enough(self, condition: Drop | Growth) -> float:
        """By which share it is changed to fire, and to go on until `for` is over, as its past is more and more of now.

        Raises CannotSynthesizeError where a baseline has forgotten what was before too soon.
        """
        new = self._settled() - self._alert.window
        kept = min(condition.baseline, self._history(condition) + new)
        factor = 1 - condition.share if isinstance(condition, Drop) else 1 + condition.share
        # It fires while the value is beyond factor * (old * (1 - seen) + value * seen).
        seen = min(1.0, new / kept)
        if factor * seen > _MOST_SEEN:
            raise CannotSynthesizeError("its baseline is not much longer than it waits")
        least = condition.share / (1 - factor * seen)
        more = max(1.25 * condition.share, 1.1 * least)
        return min(more, (1 + least) / 2) if isinstance(condition, Drop) else more

    def _history(self, condition: Drop | Growth) -> float:
        """How long all is as before, in seconds: long enough that what comes after it is little of it."""
        if isinstance(condition, Drop):
            return _BEFORE_DROP * self._settled()
        wanted = (1 + condition.share) * (self._settled() - self._alert.window) / _SEEN
        return max(_BEFORE_GROWTH * self._settled(), min(wanted, condition.baseline))

    def _base(self, condition: Drop | Growth, more: float) -> float:
        """What it was before, so that it can be what it becomes."""
        most = 1 + more if isinstance(condition, Growth) else 1.0
        if isinstance(self._signal.expression, Quantile):
            least, largest = reach(self._definition, self._signal.expression)
            base = 0.9 * largest / most
            if base * (1 - more if isinstance(condition, Drop) else 1) < least:
                raise CannotSynthesizeError("its buckets are too few for such a change")
            return base
        if is_share(self._definition, self._signal):
            return min(SHARE_LIMIT, 0.9 / most)
        return LIMIT

    def _change(self, name: str, base: float, condition: Drop | Growth, share: float, *, fires: bool = False) -> Case:
        """A long time at `base`, then a change by a share of it that stays."""
        value = max(0.0, base * (1 - share if isinstance(condition, Drop) else 1 + share))
        past, now = self._inputs(base, base, base), self._inputs(value, base, base)
        before = round(self._history(condition) / self._step)
        after = math.ceil(self._settled() / self._step) + 2
        series = {
            identity: (Phase(past.flows.get(identity, flow), before), Phase(flow, after))
            for identity, flow in now.flows.items()
        }
        changed = before * self._step
        moments = [Moment(changed + self._settled(), self._alert.name, self._firing(value if fires else None))]
        if fires and self._alert.for_:
            waiting = self._every * (math.ceil(self._alert.for_ / self._every) - 1)
            moments.insert(0, Moment(changed + waiting, self._alert.name))
        return Case(self._title(name), self._step, series, tuple(moments))

    def trend_cases(self, condition: RunsOut) -> Iterator[Case]:
        """An alert on where a gauge is going."""
        limit, within = condition.limit, condition.within
        end = limit if not isinstance(limit, str) else LIMIT
        at = self._settled()
        # How far it is from half of the way to the limit, in the direction in which it goes.
        away = (abs(end) or LIMIT) / 2 * (-1 if condition.falls else 1)
        # It has to be on its way for as long as the alert waits.
        left = within - self._alert.for_ - 2 * self._every
        if left <= 0:
            raise CannotSynthesizeError("it looks hardly further ahead than it waits")
        for name, way, fires in (
            ("fires when the limit comes within reach", max(1.1, 1.05 * within / left), True),
            ("quiet when the limit stays out of reach", 0.9, False),
            ("quiet when nothing changes", 0.0, False),
        ):
            now, slope = end - away, way * away / within
            yield self._steady(name, self._going(now - slope * at, slope, limit, end), now if fires else None)
        if self._alert.for_ and at < within:
            # From the first sample on it would be there within the time, and it is not there when `for` is over.
            slope = min(4 * away / within, 3.6 * away / (within + at), key=abs)
            inputs = self._going(end - 1.8 * away, slope, limit, end)
            yield self._steady("only after `for`", inputs, end - 1.8 * away + slope * at, early=True)
        yield from self._run_out(away, limit, end)
        yield self._steady("quiet when its series are missing", Inputs(), None)

    def _run_out(self, away: float, limit: float | str, end: float) -> Iterator[Case]:
        """It goes to its limit and stays there, which is told until the window has seen nothing else."""
        there, window = self._settled(), self._alert.window
        half = self._every * math.floor(window / 2 / self._every)
        if abs(away) * (window - half) / there < 2 * HOVERING * abs(end):
            return  # so slow that it could as well hover there
        last = self._every * math.ceil(window / self._every + 2)
        going = self._going(end - away, away / there, limit, end).flows
        stays = self._going(end, 0.0, limit, end).flows
        # A phase's first sample is the one after the last of the phase before.
        steps, more = round(there / self._step) - 1, round(last / self._step) + 2
        series = {identity: (Phase(flow, steps), Phase(stays[identity], more)) for identity, flow in going.items()}
        moments = [Moment(there + half, self._alert.name, self._firing(end))]
        if not self._alert.keep_firing_for:
            moments.append(Moment(there + last, self._alert.name))
        yield Case(
            self._title("fires when it has run out, for no more than the window"), self._step, series, tuple(moments)
        )

    def _going(self, begin: float, slope: float, limit: float | str, end: float) -> Inputs:
        """Series of a gauge that goes from a value on by so much a second, and of what limits it."""
        assert isinstance(self._signal.expression, Level)  # of nothing else is a trend asked for
        gauge = next(iter(self._synthesize(self._signal, LIMIT, self._group).flows))
        scale = scale_of(self._definition, self._signal.expression.term[0])
        inputs = self._inputs(begin, limit, end)
        inputs.flows[gauge] = Flow(counter=False, amount=begin / scale, slope=slope / scale)
        return inputs
