"""Counters that belong together: hits and misses, failures and attempts, requests by how they ended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stackgen.inference.draft import Draft, DraftMetric, DraftSignal, Keys
from stackgen.inference.labels import values_of
from stackgen.inference.metrics import RUNTIME_GROUP
from stackgen.inference.signals import matcher
from stackgen.inference.words import ATTEMPTS, BAD_VALUES, FAILURES, GOOD_VALUES, HITS, SUCCESSES, singular, title
from stackgen.scrape.names import words

#: Labels that hold the status of an HTTP request.
_CODES = (
    "code",
    "status",
    "status_code",
    "http_status",
    "http_status_code",
    "response_code",
    "http_response_status_code",
)
_CODE = re.compile(r"[1-5]\d\d")
#: Answers that are the server's fault, by RFC 9110 and what proxies answer.
_SERVER_ERRORS = ("500", "501", "502", "503", "504", "505", "507", "508", "511")
_HIT_VALUES = (("hit", "miss"), ("hits", "misses"), ("HIT", "MISS"))


def ratio_signals(draft: Draft, keys: Keys) -> Iterator[DraftSignal]:
    """The ratios that names and labels of counters speak of, in the order of the metrics."""
    counted = [each for each in draft.metrics if each.counted and each.group != RUNTIME_GROUP]
    for metric in counted:
        yield from _hits(metric, counted, keys)
        yield from _failures(metric, counted, keys)
        yield from _by_label(metric, draft, keys)


def _hits(hits: DraftMetric, counted: Sequence[DraftMetric], keys: Keys) -> Iterator[DraftSignal]:
    for word, other in HITS.items():
        if word not in words(hits.exposed):
            continue
        name = re.sub(rf"(?<![a-z]){word}(?![a-z])", other, hits.exposed)
        misses = next((each for each in counted if each.exposed == name and each.type == hits.type), None)
        if misses is None:
            continue
        base = _without(hits.key, word)
        yield DraftSignal(
            key=keys.take(f"{base}_hit_ratio" if base else "hit_ratio"),
            title=f"{title(base)} hit ratio" if base else "Hit ratio",
            description=f"The share of {hits.exposed} among them and {misses.exposed}.",
            good="high",
            body={"ratio": {"part": {"of": hits.key}, "whole": [{"of": hits.key}, {"of": misses.key}]}},
            group=hits.group,
            live=hits.present and (hits.moved or misses.moved),
            chief=True,
        )


def _failures(failed: DraftMetric, counted: Sequence[DraftMetric], keys: Keys) -> Iterator[DraftSignal]:
    if failed.type != "counter" or failed.unit is not None:
        return
    own = _stem(failed)
    bad = FAILURES & set(words(failed.exposed))
    if not bad:
        return
    wanted = tuple(each for each in own if each not in {singular(word) for word in bad})
    found: tuple[int, DraftMetric, bool] | None = None
    for other in counted:
        if other is failed or other.unit not in (None, "seconds") or FAILURES & set(words(other.exposed)):
            continue
        if other.unit is not None and other.type != "histogram":
            continue
        rank = _match(wanted, _stem(other))
        if rank is not None and (found is None or rank[0] < found[0]):
            found = (rank[0], other, rank[1])
    if found is None:
        return
    _, total, apart = found
    whole: object = [{"of": failed.key}, {"of": total.key}] if apart else {"of": total.key}
    base = "_".join(part for part in failed.key.split("_") if part not in FAILURES)
    word = next((part for part in failed.key.split("_") if part in FAILURES), "error")
    beside = "among them and" if apart else "over"
    yield DraftSignal(
        key=keys.take(f"{base}_{singular(word)}_ratio" if base else f"{singular(word)}_ratio"),
        title=f"{title(failed.key)}, share",
        description=f"{failed.exposed} {beside} {total.exposed}.",
        good="low",
        body={"ratio": {"part": {"of": failed.key}, "whole": whole}},
        notes=("guessed from the names: see that the one is counted among the other",) if not apart else (),
        group=failed.group,
        live=failed.present and total.present and (total.moved or (apart and failed.moved)),
        chief=True,
    )


def _stem(metric: DraftMetric) -> tuple[str, ...]:
    """The words of a name without unit and `total`, in the singular."""
    parts = words(metric.exposed)
    return tuple(singular(each) for each in parts if each not in ("total", "seconds", "duration", "latency"))


_ATTEMPTS = frozenset(map(singular, ATTEMPTS))
_SUCCESSES = frozenset(map(singular, SUCCESSES))


def _match(wanted: tuple[str, ...], other: tuple[str, ...]) -> tuple[int, bool] | None:
    """How well a name is that of all (False) or of what came off (True) beside failures named `wanted`."""
    if other == wanted:
        return 0, False
    more = [each for each in other if each not in wanted]
    less = [each for each in wanted if each not in other]
    if not less and len(other) == len(wanted) + 1 and more and more[0] in _ATTEMPTS:
        return 1, False
    if not less and len(other) == len(wanted) + 1 and more and more[0] in _SUCCESSES:
        return 2, True
    return None


def _without(key: str, word: str) -> str:
    return "_".join(part for part in key.split("_") if part not in (word, "total"))


def _by_label(metric: DraftMetric, draft: Draft, keys: Keys) -> Iterator[DraftSignal]:
    for label in metric.labels:
        seen = values_of(metric.family, label)
        if label in _CODES and seen and all(_CODE.fullmatch(value) for value in seen):
            yield _without_server_errors(metric, label, draft, keys)
            return
        for hit, miss in _HIT_VALUES:
            if {hit, miss} <= seen:
                yield _hit_values(metric, label, hit, miss, keys)
                return
        lower = {value.lower(): value for value in seen}
        bad = tuple(sorted(lower[value] for value in lower.keys() & BAD_VALUES))
        good = tuple(sorted(lower[value] for value in lower.keys() & GOOD_VALUES))
        if bad and good and label in draft.labels:
            yield _bad_values(metric, label, bad, good, keys)
            return


def _without_server_errors(metric: DraftMetric, label: str, draft: Draft, keys: Keys) -> DraftSignal:
    known = draft.labels[label]
    errors = [code for code in _SERVER_ERRORS if not known.closed or code in known.seen]
    return DraftSignal(
        key=keys.take(f"{metric.key}_success_ratio"),
        title=f"{title(metric.key)} without a server error, share",
        description=f"The share of {metric.exposed} whose {label} is not one of the 5xx.",
        good="high",
        body={"ratio": {"part": {"of": metric.key, "where_not": {label: errors}}, "whole": {"of": metric.key}}},
        group=metric.group,
        live=metric.present and metric.moved,
        chief=True,
    )


def _hit_values(metric: DraftMetric, label: str, hit: str, miss: str, keys: Keys) -> DraftSignal:
    return DraftSignal(
        key=keys.take(f"{metric.key}_hit_ratio"),
        title=f"{title(metric.key)} hit ratio",
        description=f"The share of {metric.exposed} whose {label} is {hit}, among hits and misses.",
        good="high",
        body={
            "ratio": {
                "part": {"of": metric.key, "where": matcher(label, (hit,))},
                "whole": {"of": metric.key, "where": matcher(label, (hit, miss))},
            }
        },
        group=metric.group,
        live=metric.present and metric.moved,
        chief=True,
    )


def _bad_values(
    metric: DraftMetric, label: str, bad: tuple[str, ...], good: tuple[str, ...], keys: Keys
) -> DraftSignal:
    return DraftSignal(
        key=keys.take(f"{metric.key}_error_ratio"),
        title=f"{title(metric.key)} error ratio",
        description=f"{metric.exposed} with {label} {' or '.join(bad)}, among those and {' or '.join(good)}.",
        good="low",
        body={
            "ratio": {
                "part": {"of": metric.key, "where": matcher(label, bad)},
                "whole": {"of": metric.key, "where": matcher(label, (*bad, *good))},
            }
        },
        group=metric.group,
        live=metric.present and metric.moved,
        chief=True,
    )
