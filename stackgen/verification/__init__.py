"""Holds what is exposed against its definition: findings, statistics, coverage, once or as it changes."""
