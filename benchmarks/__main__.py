"""All measurements, one table each: `python -m benchmarks`, or some by name.

`python -m benchmarks compare` has options of its own, and takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks import affine, cluster, compare, conv, dashboard, nodes, training

TABLES = {
    "affine": affine.table,
    "nodes": nodes.table,
    "training": training.table,
    "conv": conv.table,
    "cluster": cluster.table,
    "dashboard": dashboard.table,
}


def main(arguments: Sequence[str]) -> None:
    if arguments[:1] == ["compare"]:
        compare.main(arguments[1:])
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("tables", nargs="*", help=f"of {', '.join(TABLES)}; else all")
    names = parser.parse_args(arguments).tables or list(TABLES)
    unknown = sorted(set(names) - set(TABLES))
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(TABLES)}")
    for name in names:
        print(TABLES[name](), end="\n\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
