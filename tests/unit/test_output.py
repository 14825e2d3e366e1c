"""Writing generated files: all or none, never over what somebody else wrote, and exactly what a check announces."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.output import MANIFEST, Folder, Plan, Wanted, apply, plan_changes, transaction, unified_diff

Files = Mapping[str, str]


def folder(
    path: Path,
    files: Files,
    *,
    kind: str = "rules",
    definition: str = "cache",
    root: str | None = None,
    every_root: bool = False,
) -> Folder:
    """A folder in which a run wants some files of one kind, made from one definition."""
    root = root or definition
    wanted = {path: Wanted(text=text, kind=kind, definition=definition, roots=(root,)) for path, text in files.items()}
    return Folder(path=path, wanted=wanted, answers_for=frozenset({(kind, None if every_root else root)}))


def generate(path: Path, files: Files, *, force: bool = False, **more: str) -> Plan:
    plan = plan_changes([folder(path, files, **more)])  # type: ignore[arg-type]  # only texts are passed on
    apply(plan, force=force)
    return plan


def contents(path: Path) -> dict[str, str]:
    """All files below a folder, without the manifest."""
    files = [file for file in path.rglob("*") if file.is_file() and file.name != MANIFEST]
    return {file.relative_to(path).as_posix(): file.read_text() for file in sorted(files)}


def everything(path: Path) -> dict[str, bytes | None]:
    """All there is below a folder, to compare before and after."""
    return {
        place.relative_to(path).as_posix(): place.read_bytes() if place.is_file() else None
        for place in sorted(path.rglob("*"))
    }


def recorded(path: Path) -> dict[str, dict[str, object]]:
    files: dict[str, dict[str, object]] = json.loads((path / MANIFEST).read_text())["files"]
    return files


# -- writing ----------------------------------------------------------------------------------------------------------


def test_files_are_written_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    files = {"cache.rules.yaml": "groups: []\n", "deep/er/page.md": "# Page ä\n"}
    plan = generate(tmp_path / "alerts", files)
    assert contents(tmp_path / "alerts") == files
    assert (plan.written, plan.unchanged, plan.removed) == (2, 0, 0)

    before = everything(tmp_path)
    again = plan_changes([folder(tmp_path / "alerts", files)])
    assert (again.changes, again.unchanged) == ((), 2)
    apply(again)
    assert everything(tmp_path) == before


def test_what_is_written_does_not_depend_on_the_order_it_is_wanted_in(tmp_path: Path) -> None:
    generate(tmp_path / "one", {"a": "1\n", "b": "2\n"})
    generate(tmp_path / "two", {"b": "2\n", "a": "1\n"})
    assert everything(tmp_path / "one") == everything(tmp_path / "two")


def test_the_manifest_is_not_taken_for_a_dashboard(tmp_path: Path) -> None:
    generate(tmp_path, {"cache-overview.json": "{}\n"}, kind="dashboards")
    assert [file.name for file in tmp_path.glob("*.json")] == ["cache-overview.json"]
    assert not MANIFEST.endswith(".json")


def test_the_manifest_has_a_line_for_each_file_so_that_branches_merge(tmp_path: Path) -> None:
    generate(tmp_path, {"a": "1\n", "b": "2\n"})
    lines = (tmp_path / MANIFEST).read_text().splitlines()
    assert sum('"sha256"' in line for line in lines) == 2
    assert recorded(tmp_path)["a"]["definition"] == "cache"


def test_new_files_follow_the_umask_and_replaced_ones_keep_their_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        generate(tmp_path, {"new": "1\n", "tool": "1\n"})
        (tmp_path / "tool").chmod(0o755)
        generate(tmp_path, {"new": "1\n", "tool": "2\n"})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "tool").stat().st_mode) == 0o755


# -- ownership --------------------------------------------------------------------------------------------------------


def test_a_file_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("by hand\n")
    with pytest.raises(StackgenError, match=r"mine\.yaml: was not written by stackgen") as raised:
        generate(tmp_path, {"mine.yaml": "generated\n", "other.yaml": "generated\n"})
    assert "--force" in str(raised.value)
    assert contents(tmp_path) == {"mine.yaml": "by hand\n"}


def test_every_file_that_stands_in_the_way_is_listed(tmp_path: Path) -> None:
    generate(tmp_path, {"edited": "1\n", "gone": "1\n", "fine": "1\n"})
    (tmp_path / "edited").write_text("by hand\n")
    (tmp_path / "gone").write_text("by hand\n")
    (tmp_path / "foreign").write_text("by hand\n")
    before = everything(tmp_path)
    with pytest.raises(StackgenError) as raised:
        generate(tmp_path, {"edited": "2\n", "foreign": "2\n", "fine": "2\n"})
    named = [line.split(": ")[0].rpartition("/")[2] for line in str(raised.value).splitlines()[:-1]]
    assert named == ["edited", "foreign", "gone"]
    assert everything(tmp_path) == before


def test_an_edited_file_that_need_not_change_stands_in_nobodys_way(tmp_path: Path) -> None:
    generate(tmp_path, {"a": "1\n"})
    (tmp_path / "a").write_text("2\n")
    plan = generate(tmp_path, {"a": "2\n", "b": "1\n"})
    assert (plan.written, plan.unchanged) == (1, 1)
    assert generate(tmp_path, {"a": "3\n", "b": "1\n"}).written == 1  # and is stackgen's again


def test_force_replaces_and_removes_what_others_wrote(tmp_path: Path) -> None:
    generate(tmp_path, {"edited": "1\n", "gone": "1\n"})
    for name in ("edited", "gone", "foreign"):
        (tmp_path / name).write_text("by hand\n")
    generate(tmp_path, {"edited": "2\n", "foreign": "2\n"}, force=True)
    assert contents(tmp_path) == {"edited": "2\n", "foreign": "2\n"}


def test_a_file_that_is_already_right_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1\n")
    assert generate(tmp_path, {"a": "1\n"}).written == 0
    assert generate(tmp_path, {"a": "2\n"}).written == 1


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious\n")
    place = tmp_path / "alerts"
    place.mkdir()
    (place / "a").symlink_to(elsewhere)
    (place / "dangling").symlink_to(tmp_path / "nothing")
    with pytest.raises(StackgenError, match="is a link"):
        generate(place, {"a": "1\n", "dangling": "1\n"})
    generate(place, {"a": "1\n", "dangling": "1\n"}, force=True)
    assert elsewhere.read_text() == "precious\n"
    assert contents(place) == {"a": "1\n", "dangling": "1\n"}
    assert not (place / "a").is_symlink()


def test_a_folder_that_is_a_link_inside_the_output_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts" / "runbooks").symlink_to(tmp_path / "outside")
    with pytest.raises(StackgenError, match="runbooks: is a link or a file where a folder has to be"):
        generate(tmp_path / "alerts", {"runbooks/page.md": "1\n"}, force=True)
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_directory_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(StackgenError, match="a: is a directory where a file has to be written"):
        generate(tmp_path, {"a": "1\n"}, force=True)


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "alerts").write_text("not a folder\n")
    with pytest.raises(StackgenError, match="alerts: is a file where a folder has to be"):
        generate(tmp_path / "alerts", {"a": "1\n"})


# -- what is not generated any more -----------------------------------------------------------------------------------


def test_files_that_are_not_generated_any_more_are_removed_with_their_empty_folders(tmp_path: Path) -> None:
    generate(tmp_path, {"keep": "1\n", "runbooks/cache/Old.md": "1\n"})
    plan = generate(tmp_path, {"keep": "1\n"})
    assert plan.removed == 1
    assert contents(tmp_path) == {"keep": "1\n"}
    assert not (tmp_path / "runbooks").exists()
    assert set(recorded(tmp_path)) == {"keep"}


def test_the_last_file_takes_the_manifest_with_it_and_leaves_the_folder(tmp_path: Path) -> None:
    generate(tmp_path / "alerts", {"a": "1\n"})
    generate(tmp_path / "alerts", {})
    assert everything(tmp_path) == {"alerts": None}


def test_a_file_that_somebody_removed_already_is_forgotten(tmp_path: Path) -> None:
    generate(tmp_path, {"a": "1\n", "b": "1\n"})
    (tmp_path / "b").unlink()
    generate(tmp_path, {"a": "1\n"})
    assert set(recorded(tmp_path)) == {"a"}


def test_files_of_other_kinds_and_definitions_and_people_stay(tmp_path: Path) -> None:
    generate(tmp_path, {"cache.rules.yaml": "1\n"}, kind="rules")
    generate(tmp_path, {"runbooks/A.md": "1\n"}, kind="runbooks")
    generate(tmp_path, {"queue.rules.yaml": "1\n"}, kind="rules", definition="queue")
    (tmp_path / "README.md").write_text("by hand\n")
    generate(tmp_path, {"cache2.rules.yaml": "1\n"}, kind="rules")
    assert set(contents(tmp_path)) == {"README.md", "cache2.rules.yaml", "queue.rules.yaml", "runbooks/A.md"}


def test_what_two_definitions_include_goes_with_the_last_of_them(tmp_path: Path) -> None:
    generate(tmp_path, {"redis": "1\n"}, definition="redis", root="shop")
    generate(tmp_path, {"redis": "1\n"}, definition="redis", root="blog")
    assert recorded(tmp_path)["redis"]["roots"] == ["blog", "shop"]
    generate(tmp_path, {}, definition="shop")
    assert contents(tmp_path) == {"redis": "1\n"}
    generate(tmp_path, {}, definition="blog")
    assert contents(tmp_path) == {}


def test_two_definitions_do_not_overwrite_each_others_files_in_turn(tmp_path: Path) -> None:
    generate(tmp_path, {"a": "from cache\n"}, definition="cache")
    with pytest.raises(StackgenError, match="was generated from the definition 'cache', and 'queue' makes it too"):
        generate(tmp_path, {"a": "from queue\n"}, definition="queue")


def test_a_folder_has_the_stack_of_the_definition_generated_last(tmp_path: Path) -> None:
    first = {"compose.yaml": "cache\n", "cache-only.yml": "1\n"}
    apply(plan_changes([folder(tmp_path, first, kind="compose", definition="cache", every_root=True)]))
    second = {"compose.yaml": "queue\n"}
    apply(plan_changes([folder(tmp_path, second, kind="compose", definition="queue", every_root=True)]))
    assert contents(tmp_path) == second


# -- the manifest -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not JSON"),
        ("<<<<<<< HEAD\n{}\n", "is not JSON"),
        ("\ud8ff", "is not JSON"),
        ("[]", "no table of files"),
        ('{"manifest": 1}', "no table of files"),
        ('{"manifest": 99, "files": {}}', "not of version 1"),
        ('{"manifest": 1, "files": {"a": {}}}', "entry for 'a' is incomplete"),
        (
            '{"manifest": 1, "files": {"a": {"kind": "rules", "definition": "x", "roots": [], "sha256": "0"}}}',
            "entry for 'a' is incomplete",
        ),
        ('{"manifest": 1, "files": {"../../etc/passwd": {}}}', "outside its folder"),
        ('{"manifest": 1, "files": {"/etc/passwd": {}}}', "outside its folder"),
    ],
)
def test_a_manifest_that_cannot_be_used_stops_the_run_and_names_the_cure(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / MANIFEST).write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(StackgenError, match=why) as raised:
        generate(tmp_path, {"a": "1\n"}, force=True)
    assert "restore it from version control" in str(raised.value)
    assert contents(tmp_path) == {}


def test_without_its_manifest_a_folder_is_taken_over_again(tmp_path: Path) -> None:
    generate(tmp_path, {"a": "1\n", "b": "1\n"})
    before = everything(tmp_path)
    (tmp_path / MANIFEST).unlink()
    generate(tmp_path, {"a": "1\n", "b": "1\n"})
    assert everything(tmp_path) == before


@pytest.mark.parametrize("path", ["../outside", "/outside", "a/../../outside", "a//b", "", MANIFEST])
def test_nothing_is_written_outside_the_folder_or_over_the_manifest(tmp_path: Path, path: str) -> None:
    with pytest.raises(StackgenError, match="not a file that can be generated"):
        generate(tmp_path / "alerts", {path: "1\n"}, force=True)
    assert everything(tmp_path) == {}


# -- all or none ------------------------------------------------------------------------------------------------------


def fail_at(monkeypatch: pytest.MonkeyPatch, step: int, error: BaseException) -> Callable[[], bool]:
    """Make the step-th putting in place of a file fail half-way; tells whether it came to that."""
    real = transaction._put_in_place
    done = 0

    def fails(*arguments: object) -> None:
        nonlocal done
        done += 1
        real(*arguments)  # type: ignore[arg-type]  # passed on as they come
        if done == step:
            raise error

    monkeypatch.setattr(transaction, "_put_in_place", fails)
    return lambda: done >= step


@pytest.mark.parametrize("step", range(1, 6))
@pytest.mark.parametrize(
    ("error", "raised"),
    [(OSError(errno.ENOSPC, "No space left on device"), StackgenError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_a_failure_at_any_step_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, error: BaseException, raised: type[BaseException]
) -> None:
    generate(tmp_path, {"replaced": "1\n", "same": "1\n", "old/removed": "1\n"})
    before = everything(tmp_path)
    reached = fail_at(monkeypatch, step, error)
    with pytest.raises(raised) as told:
        generate(tmp_path, {"replaced": "2\n", "same": "1\n", "new/er": "2\n", "new/est": "2\n"})
    assert reached()
    assert everything(tmp_path) == before
    if raised is StackgenError:
        assert "No space left on device; nothing was changed" in str(told.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full, as Linux has it")
def test_a_full_disk_is_one_clear_line_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path, {"a": "1\n", "b": "1\n"})
    before = everything(tmp_path)
    real = Path.open

    def onto_the_full_disk(path: Path, mode: str = "r", *more: object, **others: object) -> object:
        if mode == "xb" and ".b." in path.name:
            path, mode = Path("/dev/full"), "wb"
        return real(path, mode, *more, **others)  # type: ignore[call-overload]  # passed on as they come

    monkeypatch.setattr(Path, "open", onto_the_full_disk)
    with pytest.raises(StackgenError, match=r"b: cannot be written: No space left on device; nothing was changed"):
        generate(tmp_path, {"a": "2\n", "b": "2\n"})
    assert everything(tmp_path) == before


def test_a_filesystem_without_hard_links_is_served_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    generate(tmp_path, {"a": "1\n", "b": "1\n"})
    before = everything(tmp_path)
    with monkeypatch.context() as broken:
        fail_at(broken, 2, OSError(errno.EIO, "Input/output error"))
        with pytest.raises(StackgenError):
            generate(tmp_path, {"a": "2\n", "b": "2\n"})
    assert everything(tmp_path) == before
    generate(tmp_path, {"a": "2\n", "b": "2\n"})
    assert contents(tmp_path) == {"a": "2\n", "b": "2\n"}


def test_a_folder_without_permission_is_one_clear_line() -> None:
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, which only its owner may enter
        place, user = Path(name), os.geteuid()
        place.chmod(0o555)
        if user == 0:
            os.seteuid(65534)  # root may write everywhere, so be `nobody` for a moment
        try:
            with pytest.raises(StackgenError, match="cannot be written: Permission denied; nothing was changed"):
                generate(place / "alerts", {"a": "1\n"})
        finally:
            os.seteuid(user)
        assert everything(place) == {}


def test_a_name_that_the_filesystem_refuses_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StackgenError, match=r"cannot be (read|written): File name too long"):
        generate(tmp_path, {"a": "1\n", "x" * 300: "1\n"})
    assert everything(tmp_path) == {}


# -- the diff ---------------------------------------------------------------------------------------------------------


def test_the_diff_shows_missing_different_and_superfluous_files(tmp_path: Path) -> None:
    generate(tmp_path / "alerts", {"different": "old\nsame\n", "superfluous": "1\n"})
    plan = plan_changes([folder(tmp_path / "alerts", {"different": "new\nsame\n", "missing": "2\n"})])
    diff = "".join(unified_diff(plan, tmp_path))
    assert "--- a/alerts/different\n+++ b/alerts/different\n@@ -1,2 +1,2 @@\n-old\n+new\n same\n" in diff
    assert "--- /dev/null\n+++ b/alerts/missing\n@@ -0,0 +1 @@\n+2\n" in diff
    assert "--- a/alerts/superfluous\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n" in diff


def test_the_diff_is_a_patch_that_does_what_generating_does(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    old = {"different": "old\nsame", "superfluous": "1\n", "page": "form\x0ffeed\u2028separator\r\n"}
    new = {"different": "new\nsame", "missing": "no newline", "page": "form\x0cfeed\u2028separator\r\n"}
    for place in (one, two):
        generate(place / "alerts", old)
    plan = plan_changes([folder(one / "alerts", new)])
    patch = "".join(unified_diff(plan, one))
    subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], input=patch.encode(), cwd=two, check=True)
    apply(plan)
    assert everything(two) == everything(one)


def test_an_empty_file_that_is_missing_is_named_too(tmp_path: Path) -> None:
    plan = plan_changes([folder(tmp_path / "exporters", {"__init__.py": ""})])
    assert "+++ b/exporters/__init__.py\n" in "".join(unified_diff(plan, tmp_path))
