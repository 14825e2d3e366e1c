"""Grafana dashboards, held against what Grafana and its users ask of them."""
