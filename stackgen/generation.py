"""From definitions to the files that they want, folder by folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from stackgen.definition.model import Definition
from stackgen.findings import StackgenError
from stackgen.generators.registry import KINDS, Kind, generator
from stackgen.output import Folder, Wanted


@dataclass(slots=True)
class _Contents:
    """What is wanted in one folder, while it is being gathered."""

    wanted: dict[str, Wanted] = field(default_factory=dict)
    answers_for: set[tuple[str, str | None]] = field(default_factory=set)
    #: What each path is made from; paths as a filesystem sees them that ignores case.
    makers: dict[str, str] = field(default_factory=dict)


def wanted_folders(
    definitions: Sequence[Definition], kinds: Sequence[Kind], out: Path, *, exporters: str | None = None
) -> list[Folder]:
    """Generate the kinds from the definitions: what is wanted in each folder below `out`.

    `exporters` is the folder of exporters, where it is not the default one. Raises StackgenError where two
    definitions make the same file.
    """
    contents: dict[str, _Contents] = {}
    for kind in kinds:
        folder = exporters if exporters and kind is KINDS["exporter"] else kind.folder
        _gather(definitions, kind, contents.setdefault(folder, _Contents()), folder)
    return [
        Folder(path=out / folder, wanted=content.wanted, answers_for=frozenset(content.answers_for))
        for folder, content in contents.items()
    ]


def _gather(definitions: Sequence[Definition], kind: Kind, content: _Contents, folder: str) -> None:
    generate = generator(kind)
    for root in definitions[:1] if kind.single else definitions:
        content.answers_for.add((kind.name, None if kind.single else root.name))
        for definition in _apart(root) if kind.of_includes else (root,):
            for path, text in generate(definition).items():
                wanted = Wanted(text=text, kind=kind.name, definition=definition.name, roots=(root.name,))
                _add(content, folder, path, wanted)


def reading_rules(definitions: Sequence[Definition]) -> list[Definition]:
    """Those of the definitions, and of what they include, whose panels show nothing without the generated rules."""
    from stackgen.generators.grafana.recordings import recordings  # noqa: PLC0415 (for who asks for dashboards)

    every = {each.name: each for root in definitions for each in _apart(root)}
    return [each for each in every.values() if recordings(each)]


def _apart(root: Definition) -> Iterator[Definition]:
    """Give a definition and all that it includes, directly or not, each once and on its own.

    On their own, so that each file is known to be of the definition that it is made from.
    """
    seen: set[tuple[str, str]] = set()
    waiting = [root]
    while waiting:
        definition = waiting.pop(0)
        if (definition.name, definition.source) not in seen:
            seen.add((definition.name, definition.source))
            yield replace(definition, includes=())
            waiting.extend(definition.includes)


def _add(content: _Contents, folder: str, path: str, wanted: Wanted) -> None:
    before = content.wanted.get(path)
    if before is not None and (before.text, before.definition) == (wanted.text, wanted.definition):
        roots = tuple(sorted({*before.roots, *wanted.roots}))
        content.wanted[path] = replace(before, roots=roots)
        return
    other = content.makers.get(path.casefold())
    if other is not None:
        raise StackgenError(
            f"{folder}/{path}: is made twice, from the definitions '{other}' and '{wanted.definition}'; "
            "give each definition a `name` of its own"
        )
    content.makers[path.casefold()] = wanted.definition
    content.wanted[path] = wanted
