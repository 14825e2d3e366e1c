"""The demonstration application: two read-through caches over a real Redis, observed by a generated exporter.

`python -m stackgen.workload` runs it; docs/workload.md tells what it does and what its scenarios are for.
"""
