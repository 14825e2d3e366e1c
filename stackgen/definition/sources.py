"""Where definitions come from: packs and files, with what they extend merged in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from stackgen.definition.generated import generated_dashboards, is_generated
from stackgen.definition.model import GENERATED_DASHBOARDS
from stackgen.definition.structure import show
from stackgen.definition.tree import Node, parse, read_text
from stackgen.definition.tree import Path as TreePath
from stackgen.definition.words import nearest
from stackgen.findings import DefinitionError, Finding, Place

_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """One file: the name shown to people, and where it is."""

    name: str
    path: Path


@dataclass(slots=True)
class Reading:
    """A merged tree, the file that each of its parts came from, and what was found on the way."""

    tree: Node
    findings: list[Finding]
    sources: dict[str, Source] = field(default_factory=dict)


def packs() -> dict[str, Path]:
    """The packs that ship with stackgen, by name."""
    folder = Path(__file__).parents[1] / "packs"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def locate(reference: str, place: Place, beside: Path | None = None) -> Source:
    """The source that a reference names: a pack, or a file (relative to `beside` where another file names it)."""
    shipped = packs()
    if reference in shipped:
        return Source(f"{reference}.yaml", shipped[reference])
    if beside is None:
        path, name = Path(reference), Path(reference).as_posix()
    else:
        path = beside.parent / reference
        name = (Path(place.file).parent / reference).as_posix()
    try:
        if path.is_file():
            return Source(name, path)
        folder, exists = path.is_dir(), path.exists()
    except (OSError, ValueError):
        folder = exists = False  # a name that no file can have
    if folder:
        raise DefinitionError([Finding(place, "", f"{reference!r} is a directory", "name a file in it")])
    if exists:
        raise DefinitionError([Finding(place, "", f"{reference!r} is no regular file", "name a YAML file")])
    if "/" in reference or reference.endswith(_ENDINGS):
        raise DefinitionError([Finding(place, "", f"no file {reference!r}", "check the path")])
    cure = nearest(reference, shipped)
    raise DefinitionError([Finding(place, "", f"no pack and no file {reference!r}", cure)])


def read(source: Source) -> Reading:
    """The tree of a source with everything that it extends merged in, and the dashboards that follow from the whole."""
    reading = _read(source, ())
    if isinstance(reading.tree.value, dict):
        _add_generated(reading)
    return reading


def _add_generated(reading: Reading) -> None:
    assert isinstance(reading.tree.value, dict)
    generated, own = generated_dashboards(reading.tree), reading.tree.value.get("dashboards")
    if own is None:
        merged = generated
    elif isinstance(own.value, dict):
        merged = _merge(generated, own, ("dashboards",), reading.findings, whole=True)
    else:
        return  # the schema says so
    assert isinstance(merged.value, dict)
    # A definition's own come first, in its order.
    last = [key for key in GENERATED_DASHBOARDS if key in merged.value]
    for key in last:
        merged.value[key] = merged.value.pop(key)
    if merged.value or own is not None:
        reading.tree.value["dashboards"] = merged


def _read(source: Source, chain: tuple[Source, ...]) -> Reading:
    """The tree of a source with everything that it extends merged in."""
    tree, findings = _read_one(source)
    reading = Reading(tree, findings, {source.name: source})
    extends = tree.child("extends")
    if extends is None or not isinstance(tree.value, dict):
        return reading
    if not isinstance(extends.value, str):
        return reading  # the schema says so
    base_source = locate(extends.value, extends.place, beside=source.path)
    chain = (*chain, source)
    if any(base_source.path.resolve() == each.path.resolve() for each in chain):
        circle = " -> ".join(each.name for each in (*chain, base_source))
        raise DefinitionError([Finding(extends.place, "extends", f"a circle: {circle}", "build on something else")])
    base = _read(base_source, chain)
    if isinstance(base.tree.value, dict):
        base.tree.value.pop("extends", None)
        reading.tree = _merge(base.tree, tree, (), reading.findings)
        reading.findings.extend(base.findings)
        reading.sources |= base.sources
    return reading


def _read_one(source: Source) -> tuple[Node, list[Finding]]:
    try:
        data = source.path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise DefinitionError([Finding(Place(source.name), "", reason, "check the path and its permissions")]) from None
    text, findings = read_text(data, source.name)
    if findings:
        raise DefinitionError(findings)
    tree, findings = parse(text, source.name)
    if tree is None:
        raise DefinitionError(findings)
    return tree, findings


def _merge(base: Node, over: Node, path: TreePath, findings: list[Finding], *, whole: bool = False) -> Node:
    """`over` on top of `base`: mappings merge, everything else replaces, null removes.

    `whole`: both are known to their end.
    """
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return over
    merged = Node(dict(base.value), over.place, dict(base.keys))
    assert isinstance(merged.value, dict)
    for key, node in over.value.items():
        inner = (*path, key)
        # What follows from the whole definition is not known before all of it is; null waits for that.
        if node.value is None and (whole or not is_generated(inner)):
            if key not in base.value:
                problem = f"nothing to remove: what this extends has no {key!r}"
                findings.append(Finding(over.keys[key], show(inner), problem, nearest(key, base.value)))
            merged.value.pop(key, None)
            merged.keys.pop(key, None)
            continue
        below = base.value.get(key)
        merged.value[key] = _merge(below, node, inner, findings, whole=whole) if below else node
        merged.keys[key] = over.keys[key]
    return merged
