"""The arguments of the second of two runs."""

from __future__ import annotations

import pytest

from suites.both_channels import for_second_run

CRDS = ["--lab-gateway-api", "v1.6/experimental"]


@pytest.mark.parametrize(
    ("given", "second"),
    [
        ([], ["-m", "experimental"]),
        (["-n", "6", "-q"], ["-m", "experimental", "-n", "6", "-q"]),
        (["-m", "timeouts or grpc", "-x"], ["-m", "experimental and (timeouts or grpc)", "-x"]),
        (["--report-dir", "runs/a", "-k", "b"], ["-m", "experimental", "--report-dir=runs/a-experimental", "-k", "b"]),
        (["--report-dir=runs/a"], ["-m", "experimental", "--report-dir=runs/a-experimental"]),
        (["--scenario", "unmatched"], ["-m", "experimental", "--scenario", "unmatched"]),
    ],
)
def test_what_the_second_run_is_told(given: list[str], second: list[str]) -> None:
    assert for_second_run(given) == [*CRDS, *second]
