"""Metrics of a definition, from families as they are exposed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from stackgen.definition.raw_promql import RESERVED
from stackgen.inference.draft import Draft, DraftMetric, Keys
from stackgen.inference.labels import LEGAL, draft_labels, labels_of
from stackgen.inference.words import title
from stackgen.scrape.families import Family, FamilyType, Sample
from stackgen.scrape.names import is_runtime, words
from stackgen.scrape.units import is_date, last_word, scale_of, unit_of

_EXPOSED = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_NAME_AT_MOST = 40
#: Fewest metrics that make a part of the system.
_GROUP = 4
RUNTIME_GROUP = "runtime"
_HELP_AT_MOST = 400


def common_name(families: Iterable[Family]) -> str:
    """The word that most names begin with, those of client libraries aside; empty where there is none."""
    counts: dict[str, int] = {}
    every = 0
    for family in families:
        if not is_runtime(family.name):
            first = words(family.name)[:1]
            every += 1
            if first and _KEY.fullmatch(first[0]):
                counts[first[0]] = counts.get(first[0], 0) + 1
    best = max(sorted(counts), key=lambda word: counts[word], default="")
    return best[:_NAME_AT_MOST] if best and counts[best] * 2 >= every else ""


def legal_name(text: str) -> str:
    """A text as the name of a definition; empty where nothing of it can be one."""
    cleaned = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_").lstrip("0123456789_")
    return cleaned[:_NAME_AT_MOST].rstrip("_")


def draft_metrics(draft: Draft, families: Mapping[str, Family], later: Mapping[str, Family] | None = None) -> None:
    """Put metrics and labels into the draft; `later` is a second reading, by which what moves is told apart."""
    usable = []
    for family in families.values():
        if reason := _unusable(family):
            draft.left_out.append(f"{family.name}: {reason}")
        else:
            usable.append(family)
    draft.labels = draft_labels(usable)
    keys = Keys(("up", *RESERVED))
    drafted = [each for family in usable for each in _metrics(draft.name, family, keys)]
    for each in drafted:
        second = later.get(each.family.name) if later is not None else None
        draft.metrics.append(
            replace(each, moved=_total(each.family) > 0 if later is None else _differs(each.family, second))
        )
    _group(draft)


def _unusable(family: Family) -> str:
    if not _EXPOSED.fullmatch(family.name):
        return "its name has to be quoted in PromQL, which the language cannot"
    if family.name == "up":
        return "Prometheus makes a metric of that name itself"
    if family.type is FamilyType.GAUGE_HISTOGRAM:
        return "a histogram of gauges, which has no rates"
    return ""


def _metrics(prefix: str, family: Family, keys: Keys) -> Iterator[DraftMetric]:
    notes = tuple(_notes(family))
    if family.type is FamilyType.SUMMARY or (family.type is FamilyType.HISTOGRAM and not family.bounds):
        what = "summary" if family.type is FamilyType.SUMMARY else "histogram without buckets"
        why = f"of the {what} {family.name}"
        if any("quantile" in each.labels for each in family.samples):
            why += "; its quantiles are left out, because those of several instances cannot be combined"
        for suffix, unit, word in (("_sum", unit_of(family), "sum"), ("_count", None, "count")):
            text = f"{_help(family)} ({word})"
            yield _metric(
                prefix, family, keys, kind="counter", exposed=family.name + suffix, unit=unit, text=text,
                notes=(*notes, why),
            )  # fmt: skip
        return
    kind = {FamilyType.STATESET: "gauge", FamilyType.UNKNOWN: "gauge"}.get(family.type, str(family.type))
    if kind == "info" and not family.name.endswith("_info"):
        kind = "gauge"
    yield _metric(
        prefix, family, keys, kind=kind, exposed=family.name, unit=unit_of(family), text=_help(family), notes=notes
    )


def _metric(
    prefix: str,
    family: Family,
    keys: Keys,
    *,
    kind: str,
    exposed: str,
    unit: str | None,
    text: str,
    notes: tuple[str, ...],
) -> DraftMetric:
    full = _as_key(exposed)
    inner = full.removeprefix(f"{prefix}_")
    candidates = [each for each in (_short(inner, family, kind), inner, full) if _KEY.fullmatch(each)]
    candidates = candidates or [f"metric_{full}"]
    key = keys.take(*candidates, f"{candidates[-1]}_{kind}")
    return DraftMetric(
        key=key,
        type=kind,
        exposed=exposed,
        help=text,
        unit=unit,
        scale=scale_of(family) if unit is not None else 1.0,
        labels=labels_of(family),
        buckets=family.bounds if kind == "histogram" else (),
        family=family,
        notes=notes,
        present=bool(family.samples),
        moved=False,
        group="",
    )


def _as_key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()).strip("_")


def _short(key: str, family: Family, kind: str) -> str:
    """The key by which the language itself would make the exposed name, or nearly so."""
    if kind == "counter":
        key = key.removesuffix("_total")
    if unit_of(family) is None:
        return key
    parts, last = key.split("_"), last_word(family.name)
    # From the right: `seconds` in `seconds_since_x_seconds` that is the unit is the last one.
    at = max((place for place, part in enumerate(parts) if part == last), default=-1)
    return "_".join(parts[:at] + parts[at + 1 :]) if at >= 0 and len(parts) > 1 else key


def _help(family: Family) -> str:
    text = " ".join(family.help.split())
    if len(text) > _HELP_AT_MOST:
        text = text[: _HELP_AT_MOST - 3].rstrip() + "..."
    return text or f"{title(_as_key(family.name))}."


def _notes(family: Family) -> Iterator[str]:
    if family.guessed:
        yield f"nobody says its type, which is guessed: {family.guessed}"
    if not family.help:
        yield "nobody says what it measures: there is no HELP"
    if is_date(family):
        yield "a point in time, in seconds since 1970"
    names = {label for each in family.samples for label in each.labels}
    if illegal := sorted(name for name in names if not LEGAL.fullmatch(name)):
        yield f"without its labels {', '.join(illegal)}, which the language cannot name"
    if moved := sorted(name for name in ("job", "instance") if name in names):
        yield f"its own {' and '.join(moved)} is stored as exported_{moved[0]}, so that the target's can be told apart"
    if family.type is FamilyType.HISTOGRAM and not _even(family):
        yield "its series have different buckets; these are all of them together"
    if not family.samples:
        yield "it has no series yet, so its labels are not known"


def _even(family: Family) -> bool:
    bounds: dict[tuple[tuple[str, str], ...], set[str]] = {}
    for each in family.of("_bucket"):
        rest = tuple(sorted((key, value) for key, value in each.labels.items() if key != "le"))
        bounds.setdefault(rest, set()).add(each.labels.get("le", ""))
    return len({frozenset(each) for each in bounds.values()}) <= 1


def _total(family: Family) -> float:
    return sum(abs(each.value) for each in family.children if each.value == each.value)  # NaN is not itself


def _differs(family: Family, later: Family | None) -> bool:
    """Whether a later reading has other values; infos and what has gone have not moved."""
    if later is None:
        return False
    before, after = _values(family.children), _values(later.children)
    return any(after[labels] != before.get(labels) for labels in after)


def _values(samples: Iterable[Sample]) -> dict[tuple[tuple[str, str], ...], float]:
    return {tuple(sorted(each.labels.items())): each.value for each in samples}


def _group(draft: Draft) -> None:
    """Say what part of the system each metric is about: by the first word of its key where several share it."""
    firsts: dict[str, int] = {}
    for each in draft.metrics:
        if not is_runtime(each.exposed):
            first = each.key.partition("_")[0]
            firsts[first] = firsts.get(first, 0) + 1
    grouped = []
    for each in draft.metrics:
        first = each.key.partition("_")[0]
        group = RUNTIME_GROUP if is_runtime(each.exposed) else first if firsts[first] >= _GROUP else ""
        grouped.append(replace(each, group=group))
    draft.metrics = grouped
