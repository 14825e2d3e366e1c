"""The folder in which users list targets for Prometheus, `compose/targets`."""

from __future__ import annotations

from collections.abc import Mapping

from stackgen.stack.compose_file import ComposeService


def ensure_target_folders(services: Mapping[str, ComposeService]) -> None:
    """Make the folder where services mount it and it is missing; Docker would make it as root's."""
    for service in services.values():
        for mount in service.mounts:
            if mount.source is not None and mount.source.name == "targets":
                mount.source.mkdir(exist_ok=True)
