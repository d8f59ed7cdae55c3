"""From a kernel to an op, and what an op takes for a setting."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import DTypeError, ShapeError
from daskflow.opdef import OPS
from daskflow.ops.define import op


def test_an_axis_is_named_once():
    with pytest.raises(ShapeError, match=r"needs each axis once, got \[0, -2\]"):
        df.reduce_sum(np.zeros((2, 3)), axis=[0, -2])


def test_a_tensor_is_no_setting():
    n = df.placeholder("int32", [])
    for build in (
        lambda: df.one_hot([1], n),
        lambda: df.reduce_sum([1.0], axis=n),
        lambda: df.random_normal([2], mean=n),
        lambda: df.squeeze([[1.0]], [n]),
    ):
        with pytest.raises(DTypeError, match="fixed before any run, got <Tensor"):
            build()


def test_numpy_numbers_and_lists_are_settings_too():
    x = df.placeholder("float32", [2, 3, 4])
    assert df.reduce_sum(x, axis=[np.int64(0), -1]).shape == (3,)
    assert df.transpose(x, np.array([2, 0, 1])).shape == (4, 2, 3)


def test_an_op_without_a_value_leaves_the_operation(monkeypatch):
    monkeypatch.setattr("daskflow.opdef.OPS", dict(OPS))

    @op(valued=False)
    def waits(x):
        """Wait for `x`."""

    operation = waits(df.constant(1.0))
    assert type(operation) is df.Operation
    assert operation.outputs == ()
    assert df.Session("sync").run(operation) is None


def test_what_an_op_leaves_has_the_kernel_s_name_parameters_and_docstring():
    assert df.transpose.__name__ == "transpose"
    assert df.transpose.__doc__.startswith("`x` with its axes")
    with pytest.raises(TypeError, match="missing a required argument: 'axis'"):
        df.expand_dims([1.0])
    assert df.zeros(shape=[2], dtype="int32", name="z").op.name == "z"
