"""An Alertmanager that tells the stack's own receiver, which is asked for a path that it does not have, and killed."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tests.integration.packs.reloading import Configured, alertmanager, give_alert
from tests.integration.packs.system import Application, Fault, Finder, System, nothing
from tests.integration.ports import free_ports


@contextmanager
def system(folder: Path, binary: Finder) -> Iterator[System]:
    """Alertmanager as this machine's release has it."""
    with ExitStack() as stack:
        watched = _Watched(folder, binary)
        stack.callback(watched.stop)
        watched.start()
        yield System(
            address=f"127.0.0.1:{watched.port}", use=watched.use, faults=tuple(watched.faults()), later=("reason",)
        )


class _Watched:
    """The Alertmanager and its receiver."""

    def __init__(self, folder: Path, binary: Finder) -> None:
        self.port, receiver = free_ports(2)
        self._numbers = itertools.count()
        command = [sys.executable, "-m", "stackgen.stack.receiver", "--host=127.0.0.1", f"--port={receiver}"]
        self._receiver = Application(command, receiver, folder / "receiver.log")
        self._configured = Configured(folder / "alertmanager.yml", self.port)
        self._server = alertmanager(binary("alertmanager"), self._configured.file, folder / "data", self.port)
        route: dict[str, object] = {"receiver": "people", "routes": [{"receiver": "lost", "matchers": ["lost=yes"]}]}
        at_once = {"group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h", "group_by": ["..."]}
        # There is no such path: what is refused in this way is not tried again.
        paths = {"people": "/alerts", "lost": "/nowhere"}
        self._settings: dict[str, object] = {
            "route": route | at_once,
            "receivers": [
                {"name": name, "webhook_configs": [{"url": f"http://{self._receiver.address}{path}"}]}
                for name, path in paths.items()
            ],
        }

    def start(self) -> None:
        self._configured.write(self._settings)
        self._server.start()
        self._configured.ready()

    def stop(self) -> None:
        self._server.stop()
        self._receiver.kill()

    def use(self, **labels: str) -> None:
        """An alert fires, and is over soon."""
        over = datetime.now(tz=UTC) + timedelta(seconds=1)
        alert = {
            "labels": {"alertname": "Made", "number": str(next(self._numbers)), **labels},
            "endsAt": over.isoformat(),
        }
        give_alert(self.port, alert)

    def faults(self) -> Iterator[Fault]:
        """What goes wrong in it and around it."""
        yield Fault(
            name="its configuration has a mistake", alerts=("AlertmanagerConfigurationRefused",),
            begin=partial(self._configure, invented=1), end=self._configure,
        )  # fmt: skip
        yield Fault(
            name="the receiver refuses", alerts=("AlertmanagerNotificationsFailing",),
            use=partial(self.use, lost="yes"),
        )  # fmt: skip
        yield Fault(
            name="it ends", alerts=("AlertmanagerDown", "AlertmanagerMetricsMissing"),
            begin=self._server.stop, use=nothing,
        )  # fmt: skip

    def _configure(self, **changed: object) -> None:
        self._configured.change(self._settings | changed)
