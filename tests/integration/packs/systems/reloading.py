"""What Prometheus and Alertmanager have in common: a configuration that they read again when they are asked to."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import yaml

from tests.waiting import wait_for


class Configured:
    """The configuration of a server, and the server's leave to read it."""

    def __init__(self, file: Path, port: int) -> None:
        self.file = file
        self._url = f"http://127.0.0.1:{port}"

    def write(self, settings: Mapping[str, object]) -> None:
        self.file.write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")

    def reload(self) -> None:
        """Have it read again; one that is refused is answered with an error, which is what is wanted of some."""
        with suppress(urllib.error.HTTPError):
            urllib.request.urlopen(urllib.request.Request(f"{self._url}/-/reload", method="POST"), timeout=30).close()

    def change(self, settings: Mapping[str, object]) -> None:
        """Write other settings, and have them read."""
        self.write(settings)
        self.reload()

    def ready(self) -> None:
        """Wait until the server takes questions."""
        wait_for(
            f"{self.file.stem} is ready",
            lambda: urllib.request.urlopen(f"{self._url}/-/ready", timeout=5).close() or True,
        )
