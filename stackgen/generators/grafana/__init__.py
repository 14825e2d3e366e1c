"""What Grafana dashboards are made of, one idea per file; `stackgen.generators.dashboards` puts it together."""
