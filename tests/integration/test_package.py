"""The package as a user installs it: what is in it, and what an installation without extras can do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from stackgen.checks.catalog import checks
from tests.conftest import require

ROOT = Path(__file__).parents[2]


def pip(*words: str) -> None:
    """Run pip; a machine on which it reaches no index lacks something, any other failure is ours."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    unreachable = re.search(r"No matching distribution found for (hatchling|prometheus)", done.stderr)
    require(not unreachable, "pip reaches no package index")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--wheel-dir", str(folder), ".")
    [built] = folder.glob("stackgen-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment in which the wheel is installed, without extras."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    programs = folder / "bin"
    pip("--python", str(programs / "python"), "install", str(wheel))
    return programs


def run(programs: Path, program: str, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of the environment, away from the checkout."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    command = [str(programs / program), *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_wheel_has_all_that_the_tool_reads(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"stackgen/packs/cache.yaml", "stackgen/definition/schema.json", "stackgen/py.typed"} <= names
    assert "stackgen/exporters/cache.py" in names
    data = {path.relative_to(ROOT).as_posix() for path in (ROOT / "stackgen").rglob("*") if path.is_file()}
    python_cannot_see = {name for name in data if not name.endswith((".py", ".pyc")) and "/." not in name}
    assert python_cannot_see <= names


def test_an_installation_has_the_pages_of_the_checks(wheel: Path, tmp_path: Path) -> None:
    pages = {
        name.removeprefix("stackgen/checks/pages/")
        for name in zipfile.ZipFile(wheel).namelist()
        if name.startswith("stackgen/checks/pages/")
    }
    assert pages == {f"{id_}.md" for id_ in checks()}
    zipfile.ZipFile(wheel).extractall(tmp_path)
    # The libraries of this environment, the package of the wheel.
    code = (
        "import stackgen.cli; print(stackgen.cli.__file__); stackgen.cli.main(['check', '--explain', 'promql/syntax'])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    where, first, *_ = done.stdout.splitlines()
    assert Path(where).is_relative_to(tmp_path)
    assert first == "# promql/syntax"


def test_the_wheel_has_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"stackgen"}
    assert not [name for name in names if name.endswith(".pyc")]


def test_an_exporter_needs_no_extra(installed: Path, tmp_path: Path) -> None:
    code = (
        "from prometheus_client import REGISTRY; from stackgen.exporters.cache import CacheMetrics\n"
        "CacheMetrics(cache='sessions', backend='redis').record_hit(0.0003)\n"
        "labels = dict(cache='sessions', backend='redis', operation='get', result='hit')\n"
        "print(REGISTRY.get_sample_value('cache_operations_total', labels))\n"
        "import importlib.metadata as m; print(sorted(d.name.lower() for d in m.distributions()))"
    )
    done = run(installed, "python", "-c", code, folder=tmp_path)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["1.0", "['prometheus_client', 'stackgen']"]


@pytest.mark.parametrize("command", [["generate"], ["validate"], ["packs"], ["init"], ["status"]])
def test_a_command_names_the_extra_that_it_needs(installed: Path, tmp_path: Path, command: list[str]) -> None:
    done = run(installed, "stackgen", *command, folder=tmp_path)
    assert done.returncode == 2
    assert re.fullmatch(
        r"this command needs [\w-]+, which is not installed: pip install 'stackgen\[generate\]'\n", done.stderr
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["--help"], ["--version"], ["generate", "--help"]])
def test_help_needs_no_extra(installed: Path, tmp_path: Path, command: list[str]) -> None:
    done = run(installed, "stackgen", *command, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "stackgen" in done.stdout
