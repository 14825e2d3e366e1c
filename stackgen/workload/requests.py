"""What requests ask for: a mix of actions on popular keys, reproducible from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from stackgen.workload.scenarios import Scenario, Stage
from stackgen.workload.settings import CacheSettings
from stackgen.workload.zipf import ZipfRanks


class Action(StrEnum):
    """What a request wants of the cache."""

    LOOK_UP = "look_up"
    UPDATE = "update"
    DELETE = "delete"
    INVALIDATE = "invalidate"


class Route(StrEnum):
    """How an operation reaches Redis: as it should, held back there, to a closed port, or with too little time."""

    DIRECT = "direct"
    HELD = "held"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"


#: Of all requests. Invalidations cost the most and are the rarest; at the default rate there is one in five seconds.
_SHARES = ((0.001, Action.INVALIDATE), (0.021, Action.DELETE), (0.061, Action.UPDATE), (1.0, Action.LOOK_UP))

#: How long Redis holds back the lookups of a crowd, in seconds: long enough for all of them to be there at
#: once, also where the machine has other things to do.
_CROWD_HOLD = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request: `key` is a key, or for an invalidation the prefix of the keys meant ("" means all)."""

    action: Action
    key: str
    route: Route = Route.DIRECT
    hold: float = 0.0
    ttl_factor: float = 1.0
    size_factor: int = 1
    readable: bool = True


class Requests:
    """The requests to one cache, in order. Not for several threads at once: callers take turns."""

    def __init__(self, cache: CacheSettings, *, stage: Stage, random: Random) -> None:
        self._groups = cache.groups
        self._ranks = ZipfRanks(cache.keys, cache.zipf_exponent)
        self._stage = stage
        self._random = random
        self._turn = stage.turn
        self._flush = stage.scenario.flush

    def next(self, *, in_crowd: bool = False) -> Request:
        """The next request, in the scenario that runs now; those in a crowd are lookups that take a little longer."""
        if self._turn != self._stage.turn:
            self._turn = self._stage.turn
            self._flush = self._stage.scenario.flush
        if self._flush:
            self._flush = False
            return Request(action=Action.INVALIDATE, key="")
        request = self._drawn(self._stage.scenario)
        if in_crowd and request.route is Route.DIRECT:
            return replace(request, action=Action.LOOK_UP, route=Route.HELD, hold=_CROWD_HOLD)
        return request

    def _drawn(self, scenario: Scenario) -> Request:
        random = self._random
        chosen = random.random()
        action = next(action for share, action in _SHARES if chosen < share)
        if action is Action.INVALIDATE:
            key = f"{random.randrange(self._groups):03}:"
        elif random.random() < scenario.unseen:
            key = f"new:{random.getrandbits(64):016x}"
        else:
            rank = self._ranks.draw(random)
            key = f"{rank % self._groups:03}:{rank:06}"
        return Request(
            action=action,
            key=key,
            route=_route(scenario, random.random()),
            hold=scenario.hold,
            ttl_factor=scenario.ttl_factor,
            size_factor=scenario.size_factor,
            readable=random.random() >= scenario.unreadable,
        )


def _route(scenario: Scenario, chosen: float) -> Route:
    edge = 0.0
    for share, route in (
        (scenario.held, Route.HELD),
        (scenario.refused, Route.REFUSED),
        (scenario.timed_out, Route.TIMED_OUT),
    ):
        edge += share
        if chosen < edge:
            return route
    return Route.DIRECT
