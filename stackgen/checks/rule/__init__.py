"""Checks of recording and alerting rules."""
