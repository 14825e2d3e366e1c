"""What Prometheus and Alertmanager have in common: a configuration that they read again when they are asked to."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import yaml

from stackgen.stack.binaries import Located
from tests.integration.instrument.servers import Server
from tests.waiting import wait_for


def reload(url: str) -> str | None:
    """Have a server read its configuration again; gives why it refuses that."""
    try:
        urllib.request.urlopen(urllib.request.Request(f"{url}/-/reload", method="POST"), timeout=60).close()
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode()
    return None


def is_ready(url: str) -> bool:
    """Whether a server takes questions."""
    try:
        urllib.request.urlopen(f"{url}/-/ready", timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        return False
    return True


class Configured:
    """The configuration of a server, and the server's leave to read it."""

    def __init__(self, file: Path, port: int) -> None:
        self.file = file
        self._url = f"http://127.0.0.1:{port}"

    def write(self, settings: Mapping[str, object]) -> None:
        self.file.write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")

    def reload(self) -> None:
        """Have it read again; that one is refused is what is wanted of some."""
        reload(self._url)

    def change(self, settings: Mapping[str, object]) -> None:
        """Write other settings, and have them read."""
        self.write(settings)
        self.reload()

    def ready(self) -> None:
        """Wait until the server takes questions."""
        wait_for(f"{self.file.stem} is ready", lambda: is_ready(self._url))


def give_alert(port: int, alert: Mapping[str, object]) -> None:
    """Tell an Alertmanager of an alert, as Prometheus does."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v2/alerts",
        data=json.dumps([alert]).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=30).close()


def alertmanager(program: Located, configuration: Path, data: Path, port: int) -> Server:
    """An Alertmanager without peers; not started."""
    words = [f"--config.file={configuration}", f"--storage.path={data}", f"--web.listen-address=127.0.0.1:{port}"]
    return Server(program, [*words, "--cluster.listen-address="], port)
