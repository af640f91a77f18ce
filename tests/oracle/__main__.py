"""Compare the lab mesh with the oracle on many random cases: ``python -m tests.oracle [CASES] [SEED]``."""

import sys
import time

from tests.oracle.compare import compare, shrunk
from tests.oracle.strategies import cases

REQUESTS = 4


def main(number: int = 50_000, seed: int = 1) -> int:
    """Print what was compared; 1 if there is a disagreement."""
    started = time.monotonic()
    result = compare(cases(seed, number // REQUESTS, REQUESTS))
    took = time.monotonic() - started
    for found in result.disagreements:
        sys.stdout.write(f"{shrunk(found)}\n\n")
    sys.stdout.write(
        f"{result.cases} cases, seed {seed}, {took:.0f} s: {len(result.disagreements)} disagreements, "
        f"{result.undecided} that no statement decides\n"
        f"outcomes {dict(result.seen)}\nreadings {dict(result.readings)}\n"
    )
    return bool(result.disagreements)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
