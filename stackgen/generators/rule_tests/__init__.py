"""Tests of the generated rules, for `promtool test rules`, made from the same definition."""
