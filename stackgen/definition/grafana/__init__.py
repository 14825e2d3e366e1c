"""Grafana's own words in a definition: `options`, `fields` and `overrides` of panels, held against what Grafana has."""

from stackgen.definition.grafana.checking import check_fields, check_options, check_overrides

__all__ = ["check_fields", "check_options", "check_overrides"]
