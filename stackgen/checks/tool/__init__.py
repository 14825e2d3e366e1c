"""The reference checkers, promtool and amtool, as checks."""
