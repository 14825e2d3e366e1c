"""Takes out of a configuration file what only services that do not run would answer.

The generated files speak of every service that the stack may have. A target that was never started would be reported
as down, a store as failing and metrics as missing, so both engines run on copies without them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import yaml

from stackgen.findings import StackgenError

T = TypeVar("T")

#: A rule that fires where a job has no such series.
_ABSENCE = re.compile(r"\s*absent(?:_over_time)?\(")
_JOB = re.compile(r'\bjob="([^"]+)"')
#: What makes the name of one of several entries of a job.
_NUMBER = re.compile(r"/\d+$")


def without(text: str, absent: Collection[str], unscraped: Collection[str] = ()) -> str:
    """The text of a YAML file without what leads to services that are absent.

    Those are targets, stores, datasources, and alerts on what is missing of jobs that are not scraped then (see
    `unscraped`). What speaks of none of them is left as it is, to the letter. Raises yaml.YAMLError for what is no
    YAML.
    """
    words = "|".join(map(re.escape, (*absent, *unscraped)))
    if not words or not re.search(words, text):
        return text
    data = yaml.safe_load(text)
    if not isinstance(data, dict):
        return text
    kept: dict[str, Any] = data | {
        key: [entry for entry in data[key] if not _leads_to(entry, absent)]
        for key in ("remote_write", "datasources")
        if isinstance(data.get(key), list)
    }
    if isinstance(data.get("scrape_configs"), list):
        jobs = (_job(job, absent) for job in data["scrape_configs"])
        kept["scrape_configs"] = [job for job in jobs if job is not None]
    if isinstance(data.get("groups"), list):
        kept["groups"] = [_group(group, unscraped) for group in data["groups"]]
    if kept == data:
        return text
    return yaml.safe_dump({key: value for key, value in kept.items() if value != []}, sort_keys=False, width=10_000)


def unscraped(project: Path, absent: Collection[str]) -> frozenset[str]:
    """The jobs that a project's Prometheus scrapes, and that nothing is left of without the absent services.

    Raises StackgenError for a `prometheus.yml` that is not YAML; one that is not there scrapes nothing.
    """
    file = project / "compose" / "prometheus" / "prometheus.yml"
    if not file.is_file():
        return frozenset()
    return understood(file, lambda text: _unscraped(text, absent))


def understood(file: Path, read: Callable[[str], T]) -> T:
    """What is read of a YAML file; StackgenError, with the file, where that cannot be."""
    try:
        return read(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        problem = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else " ".join(str(error).split())
        raise StackgenError(f"{file}: {problem}; `stackgen generate --force` makes it anew") from error


def _unscraped(text: str, absent: Collection[str]) -> frozenset[str]:
    data = yaml.safe_load(text)
    entries = data.get("scrape_configs") if isinstance(data, dict) else None
    jobs = [entry for entry in entries or () if isinstance(entry, dict)]
    return _names(jobs) - _names(job for job in jobs if _job(job, absent) is not None)


def _names(jobs: Iterable[dict[str, Any]]) -> frozenset[str]:
    return frozenset(_NUMBER.sub("", str(job.get("job_name"))) for job in jobs)


def _leads_to(entry: object, absent: Collection[str]) -> bool:
    return isinstance(entry, dict) and urlsplit(str(entry.get("url", ""))).hostname in absent


def _job(job: Any, absent: Collection[str]) -> Any:
    """A scrape job without targets that are absent; None: nothing is left of it."""
    if not isinstance(job, dict) or not isinstance(job.get("static_configs"), list):
        return job
    groups = [
        group | {"targets": [target for target in group["targets"] if str(target).partition(":")[0] not in absent]}
        for group in job["static_configs"]
    ]
    if groups == job["static_configs"]:
        return job
    groups = [group for group in groups if group["targets"]]
    return job | {"static_configs": groups} if groups else None


def _group(group: Any, jobs: Collection[str]) -> Any:
    """A group of rules without those that fire because one of the jobs is not scraped."""
    if not isinstance(group, dict) or not isinstance(group.get("rules"), list):
        return group
    return group | {"rules": [rule for rule in group["rules"] if not _misses(rule, jobs)]}


def _misses(rule: Any, jobs: Collection[str]) -> bool:
    expr = str(rule.get("expr")) if isinstance(rule, dict) and "alert" in rule else ""
    return _ABSENCE.match(expr) is not None and not set(_JOB.findall(expr)).isdisjoint(jobs)
