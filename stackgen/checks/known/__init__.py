"""What is known of the metrics that expressions name: from definitions, or from a Prometheus that runs."""

from stackgen.checks.known.knowledge import Knowledge, Series

__all__ = ["Knowledge", "Series"]
