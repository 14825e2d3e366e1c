"""What was recorded to the metrics of a test, in the words of the definition."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import Backend, CacheMetrics


class Recorded:
    """Metrics in a registry of their own."""

    def __init__(self, backend: Backend = "redis", cache: str = "test") -> None:
        self.registry = CollectorRegistry()
        self.metrics = CacheMetrics(cache=cache, backend=backend, registry=self.registry)

    def _series(self, name: str) -> dict[tuple[str, ...], float]:
        """The samples of a name by their own labels' values."""
        return {
            tuple(value for label, value in sample.labels.items() if label not in {"cache", "backend"}): sample.value
            for family in self.registry.collect()
            for sample in family.samples
            if sample.name == name
        }

    @property
    def operations(self) -> Mapping[tuple[str, ...], float]:
        """How many ended, by (operation, result); those that none did are left out."""
        return {key: value for key, value in self._series("cache_operations_total").items() if value}

    @property
    def errors(self) -> Mapping[tuple[str, ...], float]:
        """How many failed, by (operation, kind)."""
        return {key: value for key, value in self._series("cache_errors_total").items() if value}

    def value(self, name: str, *labels: str) -> float | None:
        """One sample, by the values of its own labels."""
        return self._series(name).get(labels)

    def all(self) -> dict[tuple[str, ...], float]:
        """Every sample that is not 0."""
        names = {sample.name for family in self.registry.collect() for sample in family.samples}
        return {(name, *key): value for name in names for key, value in self._series(name).items() if value}
