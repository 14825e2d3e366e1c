"""A block of Prometheus's database, written as Prometheus writes it: a day of many series in a minute, not in an hour.

Going through `promtool tsdb create-blocks-from openmetrics` or remote write, a billion samples would take hours and a
hundred gigabytes of text. What a query costs depends on how many series and chunks it reads, not on what is in them, so
series of one shape share their chunks; each has its own entry in the index. The formats are those of
prometheus/tsdb/docs/format (index version 2, chunks version 1, XOR chunks).
"""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crc32c import crc32c

#: Samples in a chunk, as Prometheus cuts them.
_CHUNK = 120
#: A name for the block; a ULID.
_ULID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """Series that have the same samples: values at equal steps, from the block's beginning."""

    series: tuple[Labels, ...]
    values: Sequence[float]
    #: Steps of the block from one of them to the next.
    every: float = 1


def write_block(data: Path, shapes: Iterable[Shape], *, start: int, step: int) -> int:
    """Write a block below a data folder; `start` and `step` are in milliseconds. Gives the number of series."""
    folder = data / _ULID
    (folder / "chunks").mkdir(parents=True)
    entries: list[tuple[Labels, bytes]] = []
    samples = end = 0
    with (folder / "chunks" / "000001").open("wb") as chunks:
        chunks.write(struct.pack(">IB3x", 0x85BD40DD, 1))
        for shape in shapes:
            metas = list(_chunks(chunks, shape.values, start, round(step * shape.every)))
            encoded = _encoded_metas(metas)
            entries += [(tuple(sorted(labels)), encoded) for labels in shape.series]
            samples += len(shape.series) * len(shape.values)
            end = max(end, start + round(step * shape.every) * len(shape.values))
    entries.sort(key=lambda entry: entry[0])
    _write_index(folder / "index", entries)
    meta = {
        "ulid": _ULID,
        "minTime": start,
        "maxTime": end,
        "stats": {"numSamples": samples, "numSeries": len(entries), "numChunks": samples // _CHUNK},
        "compaction": {"level": 1, "sources": [_ULID]},
        "version": 1,
    }
    (folder / "meta.json").write_text(json.dumps(meta))
    return len(entries)


# -- chunks -----------------------------------------------------------------------------------------------------------


def _chunks(file: object, values: Sequence[float], start: int, step: int) -> Iterator[tuple[int, int, int]]:
    """Write the chunks of a series: (its first time, its last time, where it is) of each."""
    for first in range(0, len(values), _CHUNK):
        part = values[first : first + _CHUNK]
        low = start + first * step
        data = b"\x01" + _xor(part, low, step)
        reference = (0 << 32) | file.tell()  # type: ignore[attr-defined]
        file.write(_uvarint(len(data) - 1) + data + struct.pack(">I", crc32c(data)))  # type: ignore[attr-defined]
        yield low, low + (len(part) - 1) * step, reference


def _xor(values: Sequence[float], start: int, step: int) -> bytes:
    """Samples at equal steps as an XOR chunk (Pelkonen et al., "Gorilla", 2015, as Prometheus has it)."""
    bits: list[str] = []
    words = [struct.unpack(">Q", struct.pack(">d", value))[0] for value in values]
    head = struct.pack(">H", len(values)) + _varint(start) + struct.pack(">Q", words[0])
    leading = trailing = -1
    for position in range(1, len(words)):
        if position == 1:
            bits += [f"{byte:08b}" for byte in _uvarint(step)]
        else:
            bits.append("0")  # the same step again
        difference = words[position] ^ words[position - 1]
        if not difference:
            bits.append("0")
            continue
        zeros = min(64 - difference.bit_length(), 31)
        after = (difference & -difference).bit_length() - 1
        if leading >= 0 and zeros >= leading and after >= trailing:
            bits.append("10")
        else:
            leading, trailing = zeros, after
            width = 64 - leading - trailing
            bits.append(f"11{leading:05b}{width % 64:06b}")
        bits.append(f"{difference >> trailing:0{64 - leading - trailing}b}")
    stream = "".join(bits)
    stream += "0" * (-len(stream) % 8)
    return head + (int(stream, 2).to_bytes(len(stream) // 8, "big") if stream else b"")


def _encoded_metas(metas: Sequence[tuple[int, int, int]]) -> bytes:
    """Where a series' chunks are, as its entry in the index says it."""
    out = bytearray(_uvarint(len(metas)))
    before_time = before_reference = 0
    for number, (low, high, reference) in enumerate(metas):
        out += _varint(low) if number == 0 else _uvarint(low - before_time)
        out += _uvarint(high - low)
        out += _uvarint(reference) if number == 0 else _varint(reference - before_reference)
        before_time, before_reference = high, reference
    return bytes(out)


# -- the index --------------------------------------------------------------------------------------------------------


def _write_index(path: Path, entries: Sequence[tuple[Labels, bytes]]) -> None:
    """Symbols, series, postings, where the postings are, where everything is."""
    words = sorted({word for labels, _ in entries for pair in labels for word in pair} | {""})
    number = {word: _uvarint(position) for position, word in enumerate(words)}
    out = bytearray(struct.pack(">IB", 0xBAAAD700, 2))
    symbols = len(out)
    texts = b"".join(_text(word) for word in words)
    _section(out, struct.pack(">I", len(words)) + texts)
    series = len(out)
    postings: dict[tuple[str, str], array[int]] = {("", ""): array("I")}
    for labels, metas in entries:
        out += b"\0" * (-len(out) % 16)
        reference = len(out) // 16
        content = _uvarint(len(labels)) + b"".join(number[name] + number[value] for name, value in labels) + metas
        out += _uvarint(len(content)) + content + struct.pack(">I", crc32c(content))
        postings["", ""].append(reference)
        for pair in labels:
            postings.setdefault(pair, array("I")).append(reference)
    lists = len(out)
    places = []
    for (name, value), references in sorted(postings.items()):
        out += b"\0" * (-len(out) % 4)
        places.append((name, value, len(out)))
        references.byteswap()
        _section(out, struct.pack(">I", len(references)) + references.tobytes())
    table = len(out)
    rows = b"".join(b"\x02" + _text(name) + _text(value) + _uvarint(place) for name, value, place in places)
    _section(out, struct.pack(">I", len(places)) + rows)
    # There are no label indices any more; readers take them from the postings.
    contents = struct.pack(">6Q", symbols, series, 0, 0, lists, table)
    out += contents + struct.pack(">I", crc32c(contents))
    path.write_bytes(out)


def _section(out: bytearray, content: bytes) -> None:
    out += struct.pack(">I", len(content)) + content + struct.pack(">I", crc32c(content))


def _text(text: str) -> bytes:
    data = text.encode()
    return _uvarint(len(data)) + data


def _uvarint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _varint(value: int) -> bytes:
    return _uvarint(value << 1 if value >= 0 else ~(value << 1))
