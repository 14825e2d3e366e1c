"""Checks of expressions, wherever they stand."""
