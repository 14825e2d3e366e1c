"""The folder in which users list targets for Prometheus, `compose/targets`."""

from __future__ import annotations

from collections.abc import Mapping

from stackgen.stack.compose_file import ComposeService

#: What the folder is called.
TARGETS = "targets"


def ensure_target_folders(services: Mapping[str, ComposeService]) -> None:
    """Make the folder where services mount it and it is missing; Docker would make it as root's."""
    for service in services.values():
        for mount in service.mounts:
            if mount.source is not None and mount.source.name == TARGETS:
                mount.source.mkdir(exist_ok=True)
