"""Rows of tables in one part and in several."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import daskflow as df
from daskflow.errors import GraphError, ShapeError

TABLE = np.random.default_rng(0).standard_normal((13, 2))
IDS = np.array([[12, 0, 5], [5, 7, 11]])


@pytest.mark.parametrize("strategy", ["mod", "div"])
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_table_in_parts_is_the_table(strategy, count, session):
    every = [TABLE[i::count] for i in range(count)]
    parts = every if strategy == "mod" else np.array_split(TABLE, count)
    rows = df.nn.embedding_lookup(list(map(df.constant, parts)), IDS, strategy)
    assert_array_equal(session.run(rows), TABLE[IDS])


def test_long_rows_are_scaled_down(session):
    rows = session.run(df.nn.embedding_lookup(TABLE, IDS, max_norm=0.5))
    lengths = np.linalg.norm(TABLE[IDS], axis=-1)
    assert_allclose(np.linalg.norm(rows, axis=-1), np.minimum(lengths, 0.5))


def test_a_table_in_parts_needs_to_be_known():
    part = df.placeholder("float32", [None, 2])
    with pytest.raises(GraphError, match="needs a table to look rows up in"):
        df.nn.embedding_lookup([], [0])
    with pytest.raises(GraphError, match="partition_strategy is 'mod' or 'div'"):
        df.nn.embedding_lookup([part, part], [0], "near")
    with pytest.raises(ShapeError, match="needs parts whose lengths are known"):
        df.nn.embedding_lookup([part, part], [0], "div")
    with pytest.raises(ShapeError, match="needs ids and a table of known rank"):
        df.nn.embedding_lookup(df.placeholder("float32"), [0], max_norm=1.0)
