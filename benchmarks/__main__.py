"""All measurements, one table each: `python -m benchmarks`, or some by name."""

from __future__ import annotations

import argparse

from benchmarks import affine, nodes, training

TABLES = {"affine": affine.table, "nodes": nodes.table, "training": training.table}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("tables", nargs="*", help=f"of {', '.join(TABLES)}; else all")
    names = parser.parse_args().tables or list(TABLES)
    unknown = sorted(set(names) - set(TABLES))
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(TABLES)}")
    for name in names:
        print(TABLES[name](), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
