"""The words of metrics' names."""

from __future__ import annotations

import re

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

#: How the names begin that client libraries, and generated exporters, expose of themselves, whatever the program does.
RUNTIME = (
    "dotnet_", "go_", "jvm_", "net_conntrack_", "nodejs_", "process_", "promhttp_", "python_", "ruby_",
    "stackgen_", "tokio_",
)  # fmt: skip


def words(name: str) -> tuple[str, ...]:
    """The words of a name, lower case: `MemAvailable_bytes` has mem, available and bytes."""
    return tuple(part.lower() for part in re.split(r"[_:]+", _CAMEL.sub("_", name)) if part)


def is_runtime(name: str) -> bool:
    """Whether a client library exposes this by itself."""
    return name.startswith(RUNTIME)
