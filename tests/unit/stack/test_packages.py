from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.stack.apt import explain
from stackgen.stack.binaries import locate
from stackgen.stack.packages import PackageStore, cache_folder, library_folders, release
from stackgen.stack.relocation import relocate


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("E: You don't have enough free space in /x/archives/.", "there is no space left to unpack it under /cache"),
        (
            "tar: ./usr/bin/redis: Cannot write: No space left on device",
            "there is no space left to unpack it under /cache",
        ),
        (
            "W: Failed to fetch x  Temporary failure resolving 'deb.example'",
            "its package cannot be fetched without a network",
        ),
        ("E: Failed to fetch x  Could not connect to 127.0.0.1:9", "its package cannot be fetched without a network"),
        ("W: odd\nE: Version '1' was not found\nE: Held packages\n", "its package cannot be fetched: Held packages"),
        (
            "dpkg-deb: error: not a Debian format archive",
            "its package cannot be fetched: dpkg-deb: error: not a Debian format archive",
        ),
        ("", "its package cannot be fetched: apt said nothing"),
    ],
)
def test_what_apt_says_becomes_a_reason(said: str, reason: str) -> None:
    assert explain(said, Path("/cache")) == reason


def test_the_cache_is_where_the_user_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/fast")
    assert cache_folder() == Path("/fast/stackgen")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path.home() / ".cache" / "stackgen"
    assert PackageStore().folder == cache_folder() / "packages" / release()


def test_without_apt_the_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    line = (
        "Redis is missing: there is no redis-server on PATH, and this machine has no apt-get to fetch it with; "
        "install Redis and run the command again"
    )
    with pytest.raises(StackgenError) as caught:
        locate("redis-server", lambda _: None, PackageStore(tmp_path))
    assert str(caught.value) == line


def test_a_program_in_no_package_has_to_be_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StackgenError, match="no grafana or grafana-server on PATH; install Grafana"):
        locate("grafana", lambda _: None, PackageStore(tmp_path))


def program(path: Path, content: bytes = b"#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return path


def test_what_is_on_path_goes_before_what_was_unpacked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed = program(tmp_path / "bin" / "prometheus-redis-exporter")
    unpacked = program(tmp_path / "store" / "prometheus-redis-exporter" / "usr" / "bin" / "prometheus-redis-exporter")
    store = PackageStore(tmp_path / "store")
    monkeypatch.setenv("PATH", "/nowhere")
    assert locate("redis-exporter", lambda _: None, store).path == unpacked
    monkeypatch.setenv("PATH", str(installed.parent))
    assert locate("redis-exporter", lambda _: None, store).path == installed


def test_unpacked_programs_find_their_libraries_and_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    program(tmp_path / "redis-server" / "usr" / "bin" / "redis-server")
    libraries = tmp_path / "redis-server" / "usr" / "lib" / "triplet"
    libraries.mkdir(parents=True)
    (libraries / "liblzf.so.1").touch()
    program(tmp_path / "prometheus" / "usr" / "bin" / "prometheus")
    store = PackageStore(tmp_path)
    assert library_folders(tmp_path / "redis-server") == (libraries,)
    assert locate("redis-server", lambda _: None, store).environment == {"LD_LIBRARY_PATH": str(libraries)}
    assert locate("prometheus", lambda _: None, store).environment == {}
    assert locate("prometheus", lambda _: None, store).directory == tmp_path / "prometheus" / "usr"


def test_a_relocated_program_keeps_its_length_and_its_mode(tmp_path: Path) -> None:
    before = b"\x7fELF/usr/share/prometheus/web\x00/usr/share/prometheus\x00/usr/share/other/x"
    path = program(tmp_path / "prometheus", before)
    assert relocate(path, "prometheus")
    assert path.read_bytes() == b"\x7fELF.////share/prometheus/web\x00/usr/share/prometheus\x00/usr/share/other/x"
    assert path.stat().st_mode & 0o777 == 0o755
    assert list(tmp_path.iterdir()) == [path]


def test_a_program_without_the_path_is_not_touched(tmp_path: Path) -> None:
    path = program(tmp_path / "redis-server", b"\x7fELF/usr/share/doc")
    inode = path.stat().st_ino
    assert not relocate(path, "prometheus")
    assert path.stat().st_ino == inode
