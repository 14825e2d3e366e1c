"""Signals: what a definition's numbers mean, rendered for dashboards, rules and tests."""
