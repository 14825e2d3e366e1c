"""Findings as text: for people, and for the places where machines show them. Each format is a pure function."""

from __future__ import annotations

from collections.abc import Callable

from stackgen.checks.reports.codeclimate import codeclimate
from stackgen.checks.reports.github import github
from stackgen.checks.reports.json import json_report
from stackgen.checks.reports.junit import junit
from stackgen.checks.reports.sarif import sarif
from stackgen.checks.reports.text import text
from stackgen.checks.running import Report

FORMATS: dict[str, Callable[[Report], str]] = {
    "text": text,
    "json": json_report,
    "github": github,
    "sarif": sarif,
    "junit": junit,
    "codeclimate": codeclimate,
}

__all__ = ["FORMATS"]
