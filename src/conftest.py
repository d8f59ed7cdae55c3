"""What the examples in docstrings may take for granted, as the reference says."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import daskflow as df


@pytest.fixture(autouse=True)
def examples(
    daskflow_graph: Any, doctest_namespace: dict[str, Any]
) -> Iterator[df.Session]:
    """`np`, `df`, and a default session on the graph of the example."""
    session = df.InteractiveSession("sync")
    doctest_namespace |= {"np": np, "df": df, "session": session}
    yield session
    session.close()
