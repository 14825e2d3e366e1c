from pathlib import Path

import pytest

from stackgen.stack.binaries import Located
from stackgen.stack.flags import known_flags, set_flag


def test_a_flag_is_set_once() -> None:
    assert set_flag(("--a=1", "-b", "--a=2", "a"), "a", "3") == ("-b", "a", "--a=3")


def program(folder: Path, complaint: str) -> Located:
    """A program that knows --old and --version alone, and complains as the parser it was built with does."""
    path = folder / "program"
    known = "--old=*|-old=*|--version|path"
    path.write_text(
        "#!/bin/sh\n"
        f'for word in "$@"; do case "$word" in {known}) ;; *)\n'
        f'  name="${{word%%=*}}"; name="${{name#--}}"; echo "{complaint}" >&2; exit 1;; esac; done\n'
        "echo version 1.2.3\n"
    )
    path.chmod(0o755)
    return Located(path)


@pytest.mark.parametrize(
    "complaint",
    ["Error parsing commandline arguments: unknown long flag '--$name'", "flag provided but not defined: -$name"],
)
def test_flags_that_the_program_does_not_know_are_left_out(tmp_path: Path, complaint: str) -> None:
    arguments = ("--old=1", "--new=2", "path", "--newer=3", "--new=4")
    assert known_flags(program(tmp_path, complaint), arguments) == (
        ("--old=1", "path"),
        ("--new=2", "--new=4", "--newer=3"),
    )


def test_any_other_complaint_is_left_for_the_start_to_tell(tmp_path: Path) -> None:
    assert known_flags(program(tmp_path, "cannot parse $name"), ("--bad",)) == (("--bad",), ())


def test_a_program_tells_its_version(tmp_path: Path) -> None:
    assert program(tmp_path, "").version() == "1.2.3"
    assert program(tmp_path, "nothing of the kind").run("--bad").returncode == 1


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("prometheus, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5)", "2.42.0"),
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15"),
        ('time="2026-11-21T03:38:36Z" level=info msg="Redis Metrics Exporter 1.45.0-2+b4    build date"', "1.45.0"),
        ("memcached 1.6.18", "1.6.18"),
        ("no idea", ""),
    ],
)
def test_versions_are_found_in_what_programs_say(tmp_path: Path, said: str, version: str) -> None:
    path = tmp_path / "program"
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{said}\nEND\n")
    path.chmod(0o755)
    assert Located(path).version() == version
