"""What is wrong with definitions, rules, dashboards and configuration, found before Prometheus and Grafana find it.

One check is one file below `stackgen/checks/<area>/`: its `META` (id, level, what it looks at) and a pure function
`check(subject, context)` that yields findings. `stackgen.checks.run` reads files, asks every check, and leaves out
what a comment suppresses.
"""
