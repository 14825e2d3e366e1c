"""The text formats of metrics, Prometheus's 0.0.4 and OpenMetrics 1.0, as families.

prometheus_client has parsers for both, and they are what tests hold this one against. They are not used here because
they say nothing of lines, because the older one gives `_total` to counters that are exposed without it, so that names
are not those that Prometheus stores, and because half a million series take them minutes.

Like Prometheus's own parser of the older format this one does not mind the order of lines, and it takes a timestamp
or an exemplar at the end of a line without looking at it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from stackgen.findings import StackgenError
from stackgen.scrape.families import Family, FamilyType, Metadata, Sample, gather, number

_STRING = r'"(?:[^"\\]|\\.)*+"'
_SAMPLE = re.compile(
    rf"(?P<name>[a-zA-Z_:][\w:]*+)?[ \t]*+(?:\{{(?P<labels>(?:[^\"}}]|{_STRING})*+)\}})?[ \t]*+(?P<rest>.*)", re.ASCII
)
_LABEL = re.compile(rf"[ \t]*+(?:(?P<name>[a-zA-Z_:][\w:]*+)|(?P<quoted>{_STRING}))[ \t]*+(?P<equals>=)?", re.ASCII)
#: Labels as nearly all are written: no escapes, no spaces, nothing quoted that need not be.
_PLAIN = re.compile(r'([a-zA-Z_]\w*+)="([^"\\]*+)"(?:,|$)', re.ASCII)
_VALUE = re.compile(rf"[ \t]*+({_STRING})[ \t]*+")
_META = re.compile(r"#[ \t]+(TYPE|HELP|UNIT)[ \t]+(\S+)[ \t]*(.*)")
_ESCAPE = re.compile(r'\\([\\n"])')
_OPENMETRICS_END = "# EOF"
_TYPES = {**{str(each): each for each in FamilyType}, "untyped": FamilyType.UNKNOWN}
#: As much of a line as an error shows.
_SHOWN = 60


def parse(text: str, source: str, *, openmetrics: bool | None = None) -> dict[str, Family]:
    """The families of an exposition, by name.

    `openmetrics` says which of the two formats it is; None: OpenMetrics if it ends as that has to.
    Raises StackgenError with the first line that is neither a sample nor a comment.
    """
    if openmetrics is None:
        openmetrics = text.rstrip().endswith(_OPENMETRICS_END)
    metadata: dict[str, Metadata] = {}
    samples = list(_samples(text, source, metadata))
    if not samples and not metadata:
        raise StackgenError(f"{source}: holds no metrics; name a page or a file in the text format of Prometheus")
    return gather(samples, metadata, openmetrics=openmetrics)


def _samples(text: str, source: str, metadata: dict[str, Metadata]) -> Iterator[Sample]:
    """The samples; what comments say of families goes to `metadata`."""
    for number_, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if not line:
            continue
        if line[0] == "#":
            if line == _OPENMETRICS_END:
                return
            _note(line, number_, source, metadata)
            continue
        yield _sample(line, number_, source)


def _note(line: str, at: int, source: str, metadata: dict[str, Metadata]) -> None:
    """Take in what a comment says; one that says nothing of a family is for people."""
    found = _META.match(line)
    if found is None:
        return
    word, name, rest = found.groups()
    name = _unquoted(name) if name.startswith('"') else name
    known = metadata.get(name) or Metadata(line=at)
    match word:
        case "HELP":
            known = replace(known, help=_ESCAPE.sub(_escaped, rest.strip()))
        case "UNIT":
            known = replace(known, unit=rest.strip())
        case "TYPE":
            kind = _TYPES.get(rest.strip().lower())
            if kind is None:
                raise StackgenError(f"{source}: line {at}: {rest.strip()[:_SHOWN]!r} is no type of metrics; {_CURE}")
            known = replace(known, type=kind)
    metadata[name] = known


_CURE = "put the exporter right, or name a page in the text format of Prometheus"


def _sample(line: str, at: int, source: str) -> Sample:
    found = _SAMPLE.match(line)
    assert found is not None  # every part of it may be empty
    name, inner, rest = found["name"], found["labels"], found["rest"]
    labels: dict[str, str] = {}
    if inner is not None and inner.strip():
        named = _labels(inner)
        if named is None:
            raise _no_sample(line, at, source)
        quoted, labels = named
        name = name or quoted
    value = number(rest.split(None, 1)[0]) if rest else None
    if name is None or value is None:
        raise _no_sample(line, at, source)
    return Sample(name, labels, value, at)


def _labels(text: str) -> tuple[str | None, dict[str, str]] | None:
    """The name in braces, where names are quoted, and the labels; None where they are malformed."""
    plain = _PLAIN.findall(text)
    if sum(len(key) + len(value) + 4 for key, value in plain) - (not text.endswith(",")) == len(text):
        labels = dict(plain)
        return (None, labels) if len(labels) == len(plain) else None
    name, labels, at = None, {}, 0
    while at < len(text):
        found = _LABEL.match(text, at)
        if found is None:
            return None
        key = found["name"] or _unquoted(found["quoted"])
        at = found.end()
        if found["equals"] is None:
            if found["quoted"] is None or name is not None:
                return None
            name = key
            at += len(text[at:]) - len(text[at:].lstrip(" \t"))
        else:
            value = _VALUE.match(text, at)
            if value is None or key in labels:
                return None
            labels[key] = _unquoted(value[1])
            at = value.end()
        if at < len(text):
            if text[at] != ",":
                return None
            at += 1
            if not text[at:].strip():
                break
    return name, labels


def _unquoted(text: str) -> str:
    inner = text[1:-1] if text.endswith('"') else text[1:]
    return _ESCAPE.sub(_escaped, inner) if "\\" in inner else inner


def _escaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


def _no_sample(line: str, at: int, source: str) -> StackgenError:
    shown = line if len(line) <= _SHOWN else line[: _SHOWN - 3] + "..."
    return StackgenError(f"{source}: line {at} is no sample: {shown!r}; {_CURE}")
