"""Programs of the stack unpacked from the real packages of the distribution, into an empty cache."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.stack.binaries import BINARIES, Located
from stackgen.stack.health import Check
from stackgen.stack.packages import PackageStore, missing_libraries
from tests.conftest import require
from tests.integration.ports import free_ports
from tests.waiting import wait_for


@pytest.fixture
def store(tmp_path: Path) -> PackageStore:
    """A cache that is empty."""
    require(shutil.which("apt-get"), "there is no apt-get to fetch packages with; these tests need Debian or Ubuntu")
    return PackageStore(tmp_path / "packages")


def fetch(store: PackageStore, key: str) -> Located:
    """A program from its package, as on a machine that does not have it installed."""
    binary = BINARIES[key]
    unpacked = store.fetch(binary.packages, binary.names, binary.data)
    return Located(unpacked.path, unpacked.environment, unpacked.tree / "usr")


def test_redis_is_unpacked_with_the_libraries_that_the_machine_lacks(store: PackageStore) -> None:
    redis = fetch(store, "redis-server")
    assert redis.run("--version").returncode == 0
    assert missing_libraries(store.folder / "redis-server", ("redis-server",)) == ()
    found = store.find(("redis-server",), ("redis-server",))
    assert found is not None
    assert found.path == redis.path
    assert sorted(path.name for path in store.folder.iterdir()) == [".lists", ".lock", "redis-server"], (
        "no scratch is left"
    )


def test_alertmanager_is_unpacked_with_its_templates_in_reach(store: PackageStore, tmp_path: Path) -> None:
    configuration = tmp_path / "alertmanager.yml"
    configuration.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    fetch(store, "alertmanager")
    checked = fetch(store, "amtool").run("check-config", str(configuration))
    assert checked.returncode == 0, checked.stderr
    alertmanager = fetch(store, "alertmanager")
    (port,) = free_ports(1)
    arguments = (f"--config.file={configuration}", f"--storage.path={tmp_path}", "--cluster.listen-address=")
    with subprocess.Popen(
        [alertmanager.path, *arguments, f"--web.listen-address=127.0.0.1:{port}"], cwd=alertmanager.directory
    ) as process:
        try:
            wait_for("Alertmanager", lambda: Check("http", port, "/-/ready").passes())
        finally:
            process.terminate()


def test_what_a_killed_fetch_left_is_cleared_away(store: PackageStore) -> None:
    (store.folder / ".fetching-abandoned" / "tree").mkdir(parents=True)
    fetch(store, "memcached")
    assert sorted(path.name for path in store.folder.iterdir()) == [".lists", ".lock", "memcached"]


def test_without_a_network_it_is_one_line(store: PackageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every way out leads to a port on which nobody listens.
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(StackgenError, match=r"^its package cannot be fetched without a network$"):
        fetch(store, "memcached")
    assert sorted(path.name for path in store.folder.iterdir()) == [".lists", ".lock"]


def test_a_package_that_does_not_exist_is_named(store: PackageStore) -> None:
    with pytest.raises(StackgenError, match=r"package sources hold no no-such-program-x or no-such-program-y$"):
        store.fetch(("no-such-program-x", "no-such-program-y"), ("x",), None)


def test_a_machine_without_package_lists_gets_its_own_once(
    store: PackageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in an image, where the lists were removed to make it small.
    (tmp_path / "lists" / "partial").mkdir(parents=True)
    configuration = tmp_path / "apt.conf"
    configuration.write_text(f'Dir::State::lists "{tmp_path}/lists";\n')
    monkeypatch.setenv("APT_CONFIG", str(configuration))
    fetch(store, "memcached")
    (lists,) = store.folder.glob(".lists")
    before = {path: path.stat().st_mtime_ns for path in lists.iterdir() if path.is_file()}
    assert before
    fetch(store, "redis-exporter")
    assert {path: path.stat().st_mtime_ns for path in lists.iterdir() if path.is_file()} == before
    assert [path for path in (tmp_path / "lists").rglob("*") if path.is_file()] == [], "the machine's are not touched"
