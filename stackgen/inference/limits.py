"""Gauges that belong together: what is used, or left, of what there is at most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stackgen.inference.draft import Draft, DraftMetric, DraftSignal, Keys
from stackgen.inference.labels import values_of
from stackgen.inference.words import FREE, LIMITS, USED, singular, title
from stackgen.scrape.names import words

#: At this and above a limit is a way to say that there is none (`process_virtual_memory_max_bytes`).
_NO_LIMIT = 1e18


class Limit(NamedTuple):
    """A gauge, the one that limits it, and whether it tells what is left instead of what is used."""

    part: DraftMetric
    whole: DraftMetric
    free: bool


def limit_signals(draft: Draft, keys: Keys) -> Iterator[DraftSignal]:
    """The shares of what there is at most, in the order of the metrics."""
    for pair in limits(draft.metrics):
        part, whole, free = pair
        word = "left" if free else "used"
        base = part.key
        none = not any(0 < each.value < _NO_LIMIT for each in whole.family.children)
        yield DraftSignal(
            key=keys.take(f"{base}_share"),
            title=f"{title(base)}, share of {title(whole.key)[:1].lower()}{title(whole.key)[1:]}",
            description=f"How much of {whole.exposed} is {word}: {part.exposed} over it.",
            good="high" if free else "low",
            by=_one_of_many(part),
            body={"ratio": {"part": {"of": part.key}, "whole": {"of": whole.key}}},
            notes=("there was no limit when this was written, so it had no value",) if none else (),
            group=part.group,
            live=not none and part.present and whole.present,
            chief=True,
        )


def _one_of_many(part: DraftMetric) -> tuple[str, ...]:
    """The label that tells the things apart that each have a limit: a full disk is not seen in the sum over all."""
    counts = {label: len(values_of(part.family, label)) for label in part.labels}
    return tuple(
        sorted((label for label in counts if counts[label] > 1), key=lambda label: (-counts[label], label))[:1]
    )


def limits(metrics: Sequence[DraftMetric]) -> Iterator[Limit]:
    """The pairs; each gauge is the part of one at most, and of two that tell what is left, the better one is taken."""
    gauges = [each for each in metrics if each.type == "gauge"]
    for whole in gauges:
        tokens = _tokens(whole)
        if not LIMITS & set(tokens) and not any(each.endswith("total") for each in tokens):
            continue
        base = frozenset(singular(each.removesuffix("total")) for each in tokens if each not in LIMITS) - {""}
        if not base:
            continue
        found = []
        for part in gauges:
            fit = _fit(base, part) if part is not whole and part.unit == whole.unit else None
            if fit is not None and set(part.labels) == set(whole.labels):
                found.append((fit, part.exposed, part))
        if found:
            fit, _, part = min(found, key=lambda each: each[:2])
            yield Limit(part, whole, free=fit >= _FREE_RANK)


#: Ranks of fitting parts: what is used comes before what is left, `available` before `free`.
_FREE_RANK = 2


def _tokens(metric: DraftMetric) -> tuple[str, ...]:
    parts = words(metric.exposed)
    return tuple(each for each in parts if each not in ("bytes", "seconds", "ratio"))


def _fit(base: frozenset[str], part: DraftMetric) -> int | None:
    """How well a gauge is the part of a limit whose other words are `base`; less is better, None: not at all."""
    tokens = _tokens(part)
    if LIMITS & set(tokens):
        return None
    rest = frozenset(singular(each) for each in tokens if each not in USED | FREE)
    if rest != base:
        return None
    if "avail" in tokens or "available" in tokens:
        return 2
    if FREE & set(tokens):
        return 3
    return 0 if USED & set(tokens) else 1
