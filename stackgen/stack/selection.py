"""Takes out of a configuration file what only services that do not run would answer.

The generated files speak of every service that the stack may have. A target that was never started would be reported
as down, and a store as failing, so both engines run on copies without them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

import yaml


def without(text: str, absent: Collection[str]) -> str:
    """The text of a YAML file without targets, stores and datasources of the services that are absent.

    What speaks of none of them is left as it is, to the letter. Raises yaml.YAMLError for what is no YAML.
    """
    if not absent or not re.search("|".join(map(re.escape, absent)), text):
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
    if kept == data:
        return text
    return yaml.safe_dump({key: value for key, value in kept.items() if value != []}, sort_keys=False, width=10_000)


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
