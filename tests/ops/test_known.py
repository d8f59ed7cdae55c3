"""What is known of values before a run: shapes computed from shapes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import daskflow as df
from daskflow.ops.known import DEEPEST, LARGEST, known_value

X = [None, 3, 4]


@pytest.mark.parametrize(
    ("build", "known"),
    [
        (lambda x: df.shape(x), (None, 3, 4)),
        (lambda x: df.shape(x)[1], 3),
        (lambda x: df.shape(x)[0], None),
        (lambda x: df.shape(x)[1:], (3, 4)),
        (lambda x: df.shape(x)[::-2], (4, None)),
        (lambda x: df.shape(x)[df.placeholder("int32", [])], None),
        (lambda x: df.stack([df.shape(x)[0], 7]), (None, 7)),
        (lambda x: df.stack([df.shape(x), [1, 2, 3]]), ((None, 3, 4), (1, 2, 3))),
        (lambda x: df.stack([df.shape(x), [1, 2, 3]], 1), None),
        (lambda x: df.concat([df.shape(x)[:1], [5]], 0), (None, 5)),
        (lambda x: df.concat([df.placeholder("int32", [2]), [5]], 0), (None, None, 5)),
        (lambda x: df.concat([df.placeholder("int32", [None]), [5]], 0), None),
        (lambda x: df.unstack(df.shape(x))[2], 4),
        (lambda x: df.shape(x)[1] * 2 + 1, 7),
        (lambda x: df.shape(x) * 2, (None, 6, 8)),
        (lambda x: df.shape(x) - [1, 2, 3], (None, 1, 1)),
        (lambda x: 10 - df.shape(x)[1:], (7, 6)),
        (lambda x: df.shape(x)[1] // 2, 1),
        (lambda x: df.reduce_prod(df.shape(x)[1:]), 12),
        (lambda x: df.reduce_prod(df.shape(x)), None),
        (lambda x: df.cast(df.shape(x), "int64"), (None, 3, 4)),
        (lambda x: df.cast(df.cast(df.shape(x)[1], "float32") / 2, "int32"), 1),
        (lambda x: df.size(df.zeros([2, 3])), 6),
        (lambda x: df.rank(x), 3),
        (lambda x: df.range(1, df.rank(x)), (1, 2)),
        (lambda x: df.identity(df.shape(x)), (None, 3, 4)),
        (lambda x: df.shape(df.placeholder("float32")), None),
        (lambda x: df.placeholder_with_default(3, []), None),
        (lambda x: df.Variable(3).value(), None),
        (lambda x: df.random_uniform([], 0, 5, "int32"), None),
        (lambda x: df.zeros([LARGEST + 1], "int32"), None),
        (lambda x: df.constant(np.zeros(LARGEST + 1)), None),
        (lambda x: df.constant(1) // df.constant(0), None),
    ],
)
def test_a_value_is_known_as_far_as_it_is_sure(build, known):
    assert known_value(build(df.placeholder("float32", X))) == known


def test_a_long_chain_is_looked_through_no_further_than_it_pays():
    y = df.constant(0)
    for _ in range(3 * DEEPEST):
        y = y + 1
    assert known_value(y) is None


def test_a_value_that_is_used_twice_each_time_is_found_once():
    y = df.constant(1)
    for _ in range(DEEPEST - 2):
        y = y + y
    assert known_value(y) == 0  # after 32 doublings of an int32


@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (lambda x: df.reshape(x, [df.shape(x)[0], 12]), (None, 12)),
        (lambda x: df.reshape(x, [-1, df.shape(x)[1] * df.shape(x)[2]]), (None, 12)),
        (lambda x: df.reshape(x, df.concat([df.shape(x)[:1], [12]], 0)), (None, 12)),
        (lambda x: df.zeros(df.shape(x)), (None, 3, 4)),
        (lambda x: df.zeros([df.shape(x)[0], df.shape(x)[1]]), (None, 3)),
        (lambda x: df.ones(df.shape(x)[1:]), (3, 4)),
        (lambda x: df.fill(df.stack([df.shape(x)[0], 7]), 1.0), (None, 7)),
        (lambda x: df.tile(x, [1, 2, df.rank(x)]), (None, 6, 12)),
        (lambda x: df.random_normal(df.shape(x)), (None, 3, 4)),
        (lambda x: df.transpose(x, df.range(df.rank(x))[::-1]), (4, 3, None)),
        (lambda x: df.slice(x, [0, 1, 0], [-1, 2, df.shape(x)[2]]), (None, 2, 4)),
        (lambda x: df.pad(x, [[0, 0], [0, df.shape(x)[1]], [1, 1]]), (None, 6, 6)),
        (lambda x: df.one_hot([1], df.shape(x)[1]), (1, 3)),
        (lambda x: df.range(df.shape(x)[2]), (4,)),
        (lambda x: df.split(x, df.constant([1, 2]), 1)[1], (None, 2, 4)),
        (lambda x: df.repeat(x, df.constant([1, 0, 2]), 1), (None, 3, 4)),
        (lambda x: df.broadcast_to(1.0, df.shape(x)), (None, 3, 4)),
    ],
)
def test_shapes_made_of_shapes_are_known_as_far_as_these_are(build, shape):
    assert build(df.placeholder("float32", X)).shape == shape


@given(st.data())
def test_what_is_known_is_what_the_run_gives(data):
    with df.Graph().as_default():
        shape = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
        static = [n if data.draw(st.booleans()) else None for n in shape]
        x = df.placeholder("float32", static)
        y = df.shape(x)
        for _ in range(data.draw(st.integers(0, 3))):
            other = data.draw(st.integers(-2, 2))
            change = data.draw(st.sampled_from(CHANGES))
            y = change(y, other)
        known = known_value(y)
        value = df.Session("sync").run(y, {x: np.zeros(shape)}).tolist()
    assert known is None or all(
        n in (None, m) for n, m in zip(known, value, strict=True)
    )


CHANGES = [
    lambda y, n: y + n,
    lambda y, n: y * n,
    lambda y, n: n - y,
    lambda y, n: df.concat([y, [n]], 0),
    lambda y, n: y[abs(n) :],
    lambda y, n: df.stack([n, *df.unstack(y)]),
    lambda y, n: df.cast(df.cast(y, "int64"), "int32"),
    lambda y, n: y[::-1],
]
