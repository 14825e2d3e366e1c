"""What the engine has to say of itself, for all definitions of a registry together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

if TYPE_CHECKING:
    from stackgen.runtime.store import Store


class SelfMetrics:
    """A collector of `stackgen_*` metrics; one per registry, because two of the same name would clash."""

    def __init__(self, stores: Mapping[str, Store]) -> None:
        self._stores = stores

    def describe(self) -> Iterator[Metric]:
        """The families without samples."""
        yield from _families()

    def collect(self) -> Iterator[Metric]:
        """The families with their samples; those without too, so that who reads them knows that nothing was lost."""
        families = _families()
        series, processes, folded, dropped, failed, skipped, lost = families
        for name, store in list(self._stores.items()):
            about = store.about()
            series.add_metric([name], about.series)
            processes.add_metric([name], about.processes)
            folded.add_metric([name], about.folded)
            for label, count in about.dropped.items():
                dropped.add_metric([name, label], count)
            for metric, count in list(store.failed_functions.items()):
                failed.add_metric([name, metric], count)
            for reason, count in store.skipped_files().items():
                skipped.add_metric([name, reason], count)
            for (sink, reason), count in list(store.lost.items()):
                lost.add_metric([name, sink, reason], count)
        yield from families


def _families() -> tuple[GaugeMetricFamily | CounterMetricFamily, ...]:
    return (
        GaugeMetricFamily(
            "stackgen_series",
            "Series that a scrape of the exporter is given.",
            labels=("definition",),
        ),
        GaugeMetricFamily(
            "stackgen_processes",
            "Processes that share the exporter's numbers and were alive at this scrape.",
            labels=("definition",),
        ),
        CounterMetricFamily(
            "stackgen_processes_folded",
            "Processes that ended and whose numbers were added to those that remain.",
            labels=("definition",),
        ),
        CounterMetricFamily(
            "stackgen_label_values_dropped",
            "Times that a label's value was recorded as `other`: past its budget, or outside its closed set.",
            labels=("definition", "label"),
        ),
        CounterMetricFamily(
            "stackgen_gauge_function_errors",
            "Times that a gauge's function raised at a scrape of this process, which left the gauge out.",
            labels=("definition", "metric"),
        ),
        GaugeMetricFamily(
            "stackgen_shared_files_skipped",
            "Files in the shared directory that this scrape left out, by what is wrong with them.",
            labels=("definition", "reason"),
        ),
        CounterMetricFamily(
            "stackgen_sink_samples_lost",
            "Samples that a sink of this process did not get to its receiver, by why.",
            labels=("definition", "sink", "reason"),
        ),
    )
