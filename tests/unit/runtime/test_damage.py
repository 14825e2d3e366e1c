"""Whatever stands in a shared file, a scrape shows what the others have and does not fail."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from stackgen.runtime import generate_latest
from stackgen.runtime.sharedfile import CELLS, FOLDED, OWN, TABLE, header, whole
from tests.unit.runtime.exporters import JOB_QUEUE, exporter_class, parsed, value

DIGEST = "0123456789abcdef"
BYTES = st.binary(max_size=400)
KINDS = st.sampled_from([TABLE, CELLS, FOLDED, OWN, 3, 9])


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.CRITICAL, "stackgen"):
        yield


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[CollectorRegistry, Path, bytes, str]:
    """A process that shares, a path that another's file would have, and what such a file begins with."""
    directory = tmp_path_factory.mktemp("shared")
    registry = CollectorRegistry()
    metrics: Any = exporter_class(JOB_QUEUE)("eu", registry=registry, shared=directory)
    metrics.record_done(0.1, "mail")
    (own,) = directory.glob("*.cells")
    digest = own.name.split(".")[1]
    return registry, own.with_name(f"job_queue.{digest}.{'f' * 16}.cells"), own.read_bytes(), digest


def shows_its_own(registry: CollectorRegistry) -> None:
    assert parsed(generate_latest(registry))
    assert (value(registry, "job_queue_jobs_total", queue="mail", outcome="done") or 0) >= 1


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BYTES)
def test_random_bytes(scene: tuple[CollectorRegistry, Path, bytes, str], data: bytes) -> None:
    registry, path, _, _ = scene
    path.write_bytes(data)
    shows_its_own(registry)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(KINDS, BYTES), max_size=4))
def test_random_blocks_in_a_good_file(
    scene: tuple[CollectorRegistry, Path, bytes, str], blocks: list[tuple[int, bytes]]
) -> None:
    registry, path, _, digest = scene
    path.write_bytes(whole(digest, "f" * 16, blocks))
    shows_its_own(registry)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 3000), st.integers(0, 255), st.integers(0, 3000))
def test_a_good_file_with_one_byte_changed_or_cut_off(
    scene: tuple[CollectorRegistry, Path, bytes, str], place: int, byte: int, end: int
) -> None:
    registry, path, good, _ = scene
    data = bytearray(good)
    data[place % len(data)] = byte
    path.write_bytes(data[: max(end, 1)] if end % 2 else data)
    shows_its_own(registry)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BYTES, st.integers(0, 3))
def test_random_bytes_for_a_base(scene: tuple[CollectorRegistry, Path, bytes, str], data: bytes, kind: int) -> None:
    registry, path, _, digest = scene
    blocks = [(kind, data)] if kind else []
    content = whole(digest, "base", blocks) if kind else header(digest, "base") + data
    path.with_name(f"job_queue.{digest}.base").write_bytes(content)
    shows_its_own(registry)
