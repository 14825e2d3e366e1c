"""What a Prometheus that runs knows, asked over its HTTP API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stackgen.checks.known.knowledge import Knowledge, Series
from stackgen.definition.quantities import duration
from stackgen.definition.tree import Node, parse
from stackgen.findings import StackgenError
from stackgen.scrape.prometheus import Api


def ask(url: str, names: Iterable[str], *, base: Knowledge | None = None) -> Knowledge:
    """What the Prometheus at `url` knows: every name, types, and the labels of `names`.

    `base` is what definitions know, which is kept where they know more. Raises StackgenError where no Prometheus
    answers.
    """
    api = Api(url)
    base = base or Knowledge()
    every = api.get("label/__name__/values")
    if not isinstance(every, list):
        raise StackgenError(f"{url}: does not answer as Prometheus does; name its address, http://HOST:9090")
    types = _types(api.get("metadata"))
    wanted = set(names)
    series = {name: _series(api, name, types, base.series.get(name), wanted) for name in every if isinstance(name, str)}
    return Knowledge(
        series=series,
        complete=True,
        scrape_interval=_scrape_interval(api) or base.scrape_interval,
        retention=_retention(api) or base.retention,
    )


def _series(api: Api, name: str, types: Mapping[str, str], known: Series | None, wanted: set[str]) -> Series:
    labels = frozenset(_labels(api, name)) if name in wanted else None
    counter = _counter(name, types)
    if known is None:
        return Series(name=name, counter=counter, labels=labels, origin="Prometheus")
    return Series(
        name=name,
        counter=known.counter if counter is None else counter,
        labels=labels or known.labels,
        values=known.values,
        buckets=known.buckets,
        edges=known.edges,
        unit=known.unit,
        origin=known.origin,
    )


def _labels(api: Api, name: str) -> list[str]:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    answer = api.get("labels", {"match[]": f'{{__name__="{quoted}"}}'})
    return [label for label in answer if isinstance(label, str)] if isinstance(answer, list) else []


def _types(metadata: object) -> dict[str, str]:
    """The type of each metric family."""
    types: dict[str, str] = {}
    for name, entries in (metadata if isinstance(metadata, dict) else {}).items():
        if isinstance(entries, list) and entries and isinstance(entries[0], dict):
            types[name] = str(entries[0].get("type", ""))
    return types


def _counter(name: str, types: Mapping[str, str]) -> bool | None:
    """Whether a series is a counter; the families of histograms and of OpenMetrics' counters have shorter names."""
    for suffix in ("", "_total", "_bucket", "_sum", "_count"):
        if name.endswith(suffix) and (kind := types.get(name.removesuffix(suffix) if suffix else name)):
            if suffix in ("_bucket", "_count", "_sum"):
                return kind in ("histogram", "summary", "gaugehistogram")
            return {"counter": True, "gauge": False}.get(kind)
    return None


def _scrape_interval(api: Api) -> float | None:
    answer = api.get("status/config")
    text = answer.get("yaml") if isinstance(answer, dict) else None
    root, _ = parse(text, "prometheus.yml") if isinstance(text, str) else (None, [])
    node: Node | None = root.child("global") if root else None
    interval = node.child("scrape_interval") if node else None
    return duration(interval.value) if interval and isinstance(interval.value, str) else None


def _retention(api: Api) -> float | None:
    answer = api.get("status/flags")
    text = answer.get("storage.tsdb.retention.time") if isinstance(answer, dict) else None
    # "0s" is what 2.x says when nobody set it: 15 days then.
    return (duration(text) or 15 * 86400.0) if isinstance(text, str) else None
