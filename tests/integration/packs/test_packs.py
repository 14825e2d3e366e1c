"""Each pack is true of the system that it is for: that system runs, a real Prometheus scrapes it, and things break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from stackgen.definition import load, packs
from stackgen.definition.model import Label, MetricType
from tests.integration.packs.prometheus import PackPrometheus, running_prometheus
from tests.integration.packs.proof import Proof, prove, wrong_metrics
from tests.integration.packs.system import Finder, System, nothing
from tests.integration.packs.systems import SYSTEMS

pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]

each_pack = pytest.mark.parametrize("pack", sorted(SYSTEMS))

ProofOf = Callable[[str], Proof]


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory, binary: Finder) -> Iterator[PackPrometheus]:
    """One Prometheus for all packs."""
    with running_prometheus(tmp_path_factory.mktemp("prometheus"), binary("prometheus")) as running:
        yield running


@pytest.fixture(scope="module")
def begin(
    tmp_path_factory: pytest.TempPathFactory, prometheus: PackPrometheus, binary: Finder
) -> Iterator[Callable[[str], Future[Proof]]]:
    """Begin the proof of a pack in the background."""
    with ThreadPoolExecutor(len(SYSTEMS)) as pool:
        yield lambda pack: pool.submit(prove, pack, SYSTEMS[pack], prometheus, tmp_path_factory.mktemp(pack), binary)


@pytest.fixture(scope="module")
def proofs(request: pytest.FixtureRequest, begin: Callable[[str], Future[Proof]]) -> dict[str, Future[Proof]]:
    """The proofs of all packs that are asked for. They run at once: they mostly wait."""
    asked = {
        str(item.callspec.params["pack"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module and "pack" in item.fixturenames
    }
    return {pack: begin(pack) for pack in sorted(asked)}


@pytest.fixture
def proof(
    request: pytest.FixtureRequest, proofs: dict[str, Future[Proof]], begin: Callable[[str], Future[Proof]]
) -> ProofOf:
    """The proof of a pack, once it is there; a test that is tried again (pytest-rerunfailures) has it proven anew."""
    if getattr(request.node, "execution_count", 1) > 1:
        pack = request.node.callspec.params["pack"]
        proofs[pack] = begin(pack)
    return lambda pack: proofs[pack].result()


def test_every_pack_is_proven() -> None:
    assert {*SYSTEMS, "cache"} == set(packs())


@each_pack
def test_every_metric_is_exposed_with_its_type_labels_and_buckets(pack: str, proof: ProofOf) -> None:
    assert proof(pack).metrics == []


@each_pack
def test_every_panel_has_data(pack: str, proof: ProofOf) -> None:
    assert proof(pack).panels == []


@each_pack
def test_every_rule_evaluates(pack: str, proof: ProofOf) -> None:
    assert proof(pack).rules == []


@each_pack
def test_no_alert_fires_while_nothing_is_wrong(pack: str, proof: ProofOf) -> None:
    assert proof(pack).noisy == []


@each_pack
def test_every_alert_fires_in_a_made_fault(pack: str, proof: ProofOf) -> None:
    assert (proof(pack).silent, proof(pack).unproven) == ([], [])


@pytest.mark.parametrize("pack", ["cache-kit"])
def test_a_pack_that_names_what_the_system_does_not_export_is_found_out(
    pack: str, proof: ProofOf, prometheus: PackPrometheus
) -> None:
    true = load(pack)
    result = Label(name="result", values=("hit",))
    lying = replace(
        true,
        labels={"result": result},
        metrics={
            "invented": replace(true.metrics["hits"], key="invented", exposed="cache_inventions_total"),
            "hits": replace(true.metrics["hits"], type=MetricType.GAUGE),
            "misses": replace(true.metrics["misses"], labels=("result",)),
        },
    )
    system = System(address="", use=nothing, faults=())
    found = list(wrong_metrics(lying, prometheus, pack, dict(proof(pack).types), system))
    assert [line.split(": ")[0] for line in found[:3]] == [
        "cache_inventions_total", "cache_hits_total", "cache_misses_total",
    ]  # fmt: skip
    assert "not exposed" in found[0]
    assert "a counter, not a gauge" in found[1]
    assert "'result'" in found[2]
