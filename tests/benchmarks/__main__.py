"""Run every benchmark and print its ratios: ``python -m tests.benchmarks [GROUP ...]``."""

import sys
import warnings

from tests.benchmarks import listed, pairing, pricing
from tests.benchmarks.measure import print_table

GROUPS = {"pricing": pricing.ITEMS, "pairing": pairing.ITEMS, "listed": listed.ITEMS}


def main(names: list[str]) -> int:
    """Print the table of the groups named, or of all; 1 if a goal was missed."""
    warnings.simplefilter("ignore")  # the peers'
    items = [item for name in names or GROUPS for item in GROUPS[name]]
    return 0 if print_table([row for item in items for row in item()]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
