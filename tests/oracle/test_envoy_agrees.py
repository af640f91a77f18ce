"""A real Envoy under the lab's control plane against the oracle, many worlds in one snapshot."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.contract.lab_mesh.bench import Bench
from tests.oracle.envoy_answer import allowed, asked
from tests.oracle.lab_objects import Block
from tests.oracle.model import READINGS, answers
from tests.oracle.strategies import Case, cases
from tests.oracle.terms import UNSPECIFIED, Request

SEED, WORLDS, REQUESTS, TIMES = 7, 30, 12, 2
FIRST_BLOCK = 20


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("mesh"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def blocks() -> list[tuple[Case, Block]]:
    return [(case, Block(case.world, number)) for number, case in enumerate(cases(SEED, WORLDS, REQUESTS), FIRST_BLOCK)]


def differences(bench: Bench, blocks: list[tuple[Case, Block]], defect: str = "") -> Iterator[str]:
    """The requests that Envoy answers as the oracle does not allow."""
    bench.apply(*(obj for _, block in blocks for obj in block.objects()), defect=defect)
    assert bench.rejections == []
    for case, block in blocks:
        for request in case.requests:
            found = _difference(bench, case, block, request)
            if found:
                yield found


def test_a_real_envoy_does_what_the_oracle_allows(bench, blocks):
    found = list(differences(bench, blocks))
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize("defect", ["unmatched-falls-through", "consumer-merged-with-producer", "weights-ignored"])
def test_a_defect_is_seen_through_envoy(bench, blocks, defect):
    assert next(differences(bench, blocks, defect), None) is not None


def _difference(bench: Bench, case: Case, block: Block, plain: Request) -> str:
    request = block.request(plain)
    if request.grpc:  # the sandbox's client of gRPC calls the address it dials
        request = replace(request, host=f"{block.service_address(request.namespace, request.service)}:{request.port}")
    possible = [list(answers(block.world, request, reading)) for reading in READINGS]
    if any(UNSPECIFIED in outcomes for outcomes in possible):
        return ""
    observed = asked(bench, block, request, TIMES)
    if any(all(allowed(one, outcomes, request) for one in observed) for outcomes in possible):
        return ""
    routes = "\n".join(f"  {route}" for route in block.world.routes)
    return f"case {case.seed}: {request}\n{routes}\noracle  {possible[0]}\nenvoy   {observed}"
