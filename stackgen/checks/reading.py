"""From paths to subjects: what each file is follows from what is in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stackgen.checks.boards import Board, is_dashboard, read_board
from stackgen.checks.configurations import Alertmanager, Datasources, PrometheusConfig, items, read_alertmanager
from stackgen.checks.json_places import JsonError, read_json
from stackgen.checks.rule_files import RuleFile, read_rule_file
from stackgen.checks.texts import SourceText
from stackgen.checks.wrappings import CURE, wrapped_json, wrapped_yaml
from stackgen.definition.tree import MAX_BYTES, Node, parse_all, read_text
from stackgen.definition.tree import Path as TreePath
from stackgen.findings import Place, StackgenError

#: Files that are looked into below a folder.
_ENDINGS = (".yaml", ".yml", ".json", ".rules")
_PASSED_OVER = frozenset({"node_modules", "__pycache__", "site-packages"})


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be made sense of. `what` is the id of the check that tells it."""

    what: str
    place: Place
    problem: str
    cure: str


@dataclass(slots=True)
class Subjects:
    """What was found in files."""

    sources: dict[str, SourceText] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    rule_files: list[RuleFile] = field(default_factory=list)
    boards: list[Board] = field(default_factory=list)
    alertmanagers: list[Alertmanager] = field(default_factory=list)
    prometheus_configs: list[PrometheusConfig] = field(default_factory=list)
    datasources: list[Datasources] = field(default_factory=list)
    #: Paths of definitions.
    definitions: list[str] = field(default_factory=list)
    #: Files that could be read, and are nothing that is checked.
    unrecognised: set[str] = field(default_factory=set)


def files_below(paths: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The files of paths, and whether each was named itself; raises StackgenError for a path that is not there."""
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - names stay as the user wrote them
            yield from ((file, False) for file in _walk(path))
        elif os.path.exists(path):  # noqa: PTH110 - as above
            yield path, True
        else:
            raise StackgenError(f"{path}: no such file or folder; name what to check")


def _walk(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _PASSED_OVER)
        for name in sorted(names):
            if name.endswith(_ENDINGS) and not name.startswith("."):
                yield Path(parent, name).as_posix()


def read_files(files: Iterable[tuple[str, bool]], progress: Callable[[str], None]) -> Subjects:
    """The subjects of files."""
    subjects = Subjects()
    for file, named in files:
        progress(file)
        _read_file(file, subjects, named=named)
    return subjects


def _read_file(file: str, subjects: Subjects, *, named: bool) -> None:
    if file in subjects.sources:
        return
    data, problem = _content(Path(file))
    if data is None:
        subjects.unread.append(Unread("file/unreadable", Place(file), problem, "check the path and its permissions"))
        return
    text, findings = read_text(data, file)
    if findings:
        subjects.unread += [Unread("file/unreadable", f.place, f.problem, f.cure) for f in findings]
        return
    read_source(SourceText(file, text), subjects, named=named)


def _content(path: Path) -> tuple[bytes | None, str]:
    """What a file holds, or why that is not known. Devices and pipes have no end, and are not read."""
    try:
        if not path.is_file():
            return None, "is no regular file"
        if (size := path.stat().st_size) > MAX_BYTES:
            return None, f"holds {size:,} bytes; no more than {MAX_BYTES:,} are read"
        return path.read_bytes(), ""
    except OSError as error:
        return None, (error.strerror or "cannot be read").lower()


def read_source(source: SourceText, subjects: Subjects, *, named: bool = True) -> None:
    """Add the subjects of a text."""
    subjects.sources[source.file] = source
    if source.file.endswith(".json") or source.text.lstrip()[:1] == "{":
        _read_json(source, subjects, named=named)
    else:
        _read_yaml(source, subjects, named=named)


def _read_json(source: SourceText, subjects: Subjects, *, named: bool) -> None:
    try:
        value = read_json(source.text)
    except JsonError as error:
        place = source.place(min(error.offset, len(source.text)))
        subjects.unread.append(Unread("file/json", place, f"not JSON: {error.problem}", "put the syntax right"))
        return
    if is_dashboard(value):
        subjects.boards.append(read_board(source, value))
        return
    subjects.unrecognised.add(source.file)
    if what := wrapped_json(value):
        subjects.unread.append(Unread("file/unknown", Place(source.file), what, CURE))
    elif named:
        subjects.unread.append(_unknown(source, "JSON that is no dashboard"))


def _read_yaml(source: SourceText, subjects: Subjects, *, named: bool) -> None:
    roots, findings = parse_all(source.text, source.file)
    for each in findings:
        cure = "put the syntax right" if "definition" in each.cure or "stackgen" in each.cure else each.cure
        # The parser may see the end of the text on the line behind the last one.
        place = source.place(source.offset(each.place))
        subjects.unread.append(Unread("file/yaml", place, each.problem, cure))
    known = [_add(source, root, subjects) for root in roots]
    wrapped = [(root, what) for root in roots if (what := wrapped_yaml(root))]
    subjects.unread += [Unread("file/unknown", root.place, what, CURE) for root, what in wrapped]
    if any(known) or (findings and not roots):
        return
    subjects.unrecognised.add(source.file)
    if named and not wrapped:
        what = "YAML that is nothing stackgen knows" if roots else "an empty file"
        subjects.unread.append(_unknown(source, what))


def _unknown(source: SourceText, what: str) -> Unread:
    cure = "name a definition, rules, a dashboard, or the configuration of Prometheus, Alertmanager or datasources"
    return Unread("file/unknown", Place(source.file), what, cure)


def _add(source: SourceText, root: Node, subjects: Subjects, path: TreePath = ()) -> bool:
    """Add what a YAML tree is, or what is in the list that it is; False where it is nothing known."""
    keys = set(root.value) if isinstance(root.value, dict) else set()
    kind = root.child("kind")
    if kind is not None and kind.value in ("List", "PrometheusRuleList"):
        known = [
            _add(source, each, subjects, (*path, "items", at)) for at, each in enumerate(items(root.child("items")))
        ]
        return any(known)
    if "groups" in keys or (kind is not None and kind.value == "PrometheusRule"):
        following = any(file.source is source and not file.in_kubernetes for file in subjects.rule_files)
        subjects.rule_files.append(read_rule_file(source, root, path, following=following))
    elif "stackgen" in keys:
        subjects.definitions.append(source.file)
    elif "scrape_configs" in keys or {"global", "rule_files"} <= keys:
        subjects.prometheus_configs.append(PrometheusConfig(source, root))
    elif keys & {"route", "receivers"}:
        subjects.alertmanagers.append(read_alertmanager(source, root))
    elif "datasources" in keys:
        subjects.datasources.append(Datasources(source, root))
    else:
        # promtool's tests, providers of dashboards and compose files are known, and nothing is asked of them here.
        return bool(keys & {"tests", "providers", "services"})
    return True
