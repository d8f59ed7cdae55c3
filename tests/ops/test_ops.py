"""What holds for every op, tried on every example that it brings."""

import inspect
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import daskflow as df
from daskflow import blas
from daskflow.arrays import same_bits
from daskflow.costs import specs_of
from daskflow.graph import apply, build
from daskflow.opdef import OPS, no_gradient
from daskflow.ops.define import args
from daskflow.passes.specialize import in_c_order, specialize
from daskflow.plan import plan_of
from daskflow.spec import Spec, spec_of
from daskflow.testing import check_gradient

OURS = [
    op
    for op in OPS.values()
    if op.kernel.__module__.startswith("daskflow.ops.") and op.role == "compute"
]
COMPUTING = [op for op in OURS if op.valued]
CASES = [
    pytest.param(op, example, id=f"{op.name}-{i}")
    for op in COMPUTING
    for i, example in enumerate(op.examples)
]
KNOWN_ONLY_IN_A_RUN = {
    "bincount",
    "boolean_mask",
    "dynamic_partition",
    "dynamic_stitch",
    "getitem",
    "names_where_false",
    "placeholder_with_default",
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "setdiff1d",
    "true_indices",
    "unique",
    "unique_with_counts",
}
DTYPES = [
    np.dtype(name)
    for name in ("bool", "uint8", "int32", "int64", "float16", "float32", "float64")
]


def arrays(op, example):
    """The inputs of an example: read-only, and filled where it gives a shape."""
    rng = np.random.default_rng(7)
    values = [
        filled(op, rng, x) if isinstance(x, tuple) else np.array(x)
        for x in example.inputs
    ]
    for value in values:
        value.flags.writeable = False
    return values


def filled(op, rng, shape):
    if op.kinds == "b":
        return np.array(rng.random(shape) < 0.5)
    values = rng.uniform(op.domain.low, op.domain.high, shape)
    return np.array(values * rng.choice([-1, 1], shape) if op.domain.signed else values)


def value_of(op, values, attrs):
    with np.errstate(all="ignore"):  # as in a run
        return op.kernel(*values, **attrs)


def has_slope(op, example):
    """Whether the value is one that a difference quotient can be made of."""
    if op.grad in (None, no_gradient):
        return False
    specs = map(spec_of, arrays(op, example))
    return all(s.dtype == np.float64 for s in listed(op.infer(*specs, **example.attrs)))


def listed(results):
    """The results of an op: those of most are one, and no list of it."""
    return list(results) if isinstance(results, list | tuple) else [results]


DIFFERENTIABLE = [case for case in CASES if has_slope(*case.values)]


def loosened(spec):
    """The specs that promise less: each axis unknown, the rank, everything."""
    axes = [
        Spec(spec.dtype, (*spec.shape[:i], None, *spec.shape[i + 1 :]))
        for i, _ in enumerate(spec.shape)
    ]
    return [*axes, Spec(spec.dtype, None), Spec(None, spec.shape), Spec()]


@pytest.mark.parametrize("op", OURS, ids=lambda op: op.name)
def test_an_op_says_what_it_does(op):
    words, _, _ = (op.kernel.__doc__ or "").partition(">>>")
    assert words.strip().endswith(".")


@pytest.mark.parametrize("op", COMPUTING, ids=lambda op: op.name)
def test_an_op_that_computes_brings_an_example(op):
    assert op.examples


@pytest.mark.parametrize(("op", "example"), CASES)
def test_shape_and_dtype_are_those_of_the_value(op, example):
    values = arrays(op, example)
    specs = listed(op.infer(*map(spec_of, values), **example.attrs))
    results = listed(value_of(op, values, example.attrs))
    for spec, value in zip(specs, results, strict=True):
        assert str(spec.dtype) == str(value.dtype)  # NumPy: None == float64
        assert spec.admits(value.shape)
        holes = "#" in str(example.attrs)
        assert spec.shape == value.shape or op.name in KNOWN_ONLY_IN_A_RUN or holes


@pytest.mark.parametrize(("op", "example"), CASES)
def test_what_is_inferred_from_less_still_admits_the_value(op, example):
    values = arrays(op, example)
    specs = list(map(spec_of, values))
    results = listed(value_of(op, values, example.attrs))
    for i, spec in enumerate(specs):
        for less in loosened(spec):
            known = op.infer(*specs[:i], less, *specs[i + 1 :], **example.attrs)
            for found, value in zip(listed(known), results, strict=True):
                assert found.admits(value.shape)
                assert found.dtype is None or found.dtype == value.dtype


@pytest.mark.parametrize("op", [op for op in OURS if op.written], ids=str)
@pytest.mark.parametrize("order", "CF")
def test_what_is_written_has_the_bits_of_the_kernel(op, order):
    examples = [*op.examples, *EXAMPLES_OF_UPDATES * (op.role == "update")]
    tried = sum(
        is_written_like_the_kernel(op, example, dtype, order)
        for example in examples
        for dtype in DTYPES
        if dtype.kind in (op.kinds or dtype.kind)
    )
    assert tried


@pytest.mark.parametrize(("op", "example"), CASES)
def test_what_is_known_to_lie_in_c_order_does(op, example, daskflow_graph):
    values = arrays(op, example)
    xs = [df.placeholder(value.dtype, value.shape) for value in values]
    y = apply(op, tuple(xs), example.attrs)
    plan = plan_of(daskflow_graph, [y], frozenset(xs))
    given = {x.id: value for x, value in zip(xs, values, strict=True)}
    specs = specs_of(plan, given)
    written = specialize(plan, specs)
    if y.id in in_c_order(written, specs) and y.id in written.nodes:
        for value in listed(value_of(op, values, example.attrs)):
            assert np.asarray(value).flags.c_contiguous


FLOAT64 = Spec(np.dtype(np.float64), (2, 3))
EXAMPLES_OF_UPDATES = [args((2, 3), (3,), spec=FLOAT64)]


def is_written_like_the_kernel(op, example, dtype, order):
    """Whether something is written; then it has been compared."""
    values = [np.asarray(cast(x, dtype), order=order) for x in arrays(op, example)]
    text = op.written(*map(spec_of, values), **example.attrs)
    if text is None:
        return False
    names = {f"x{i}": value for i, value in enumerate(values)}
    with np.errstate(all="ignore"):
        value = eval(text.format(*names, y="y"), {"np": np, "blas": blas, **names})
    expected = value_of(op, values, example.attrs)
    assert same_bits(value, expected)
    assert type(value) is type(expected)
    return True


@pytest.mark.parametrize(("op", "example"), CASES)
@pytest.mark.parametrize("static", [True, False], ids=["known", "unknown"])
def test_a_run_gives_what_the_kernel_gives(op, example, static, session):
    values = arrays(op, example)
    before = [value.copy() for value in values]
    if static:
        xs = [df.placeholder(value.dtype, value.shape) for value in values]
    else:
        xs = [df.placeholder() for _ in values]
    ys = build(op, tuple(xs), example.attrs).outputs
    given = session.run(list(ys), dict(zip(xs, values, strict=True)))
    results = listed(value_of(op, values, example.attrs))
    for value, expected in zip(given, results, strict=True):
        value = np.array(value, object) if isinstance(value, bytes) else value
        assert value.dtype == expected.dtype
        assert_array_equal(value, expected, strict=True)
    for value, kept in zip(values, before, strict=True):
        assert_array_equal(value, kept, strict=True)


@pytest.mark.parametrize(("op", "example"), CASES)
def test_the_dtype_of_the_inputs_says_the_dtype_of_the_value(op, example):
    inputs = arrays(op, example)
    agreeing = range(len(inputs))[slice(*op.agree)]
    for dtype in DTYPES:
        if dtype.kind in (op.kinds or dtype.kind):
            values = [
                cast(x, dtype) if i in agreeing else x for i, x in enumerate(inputs)
            ]
            attrs = example.attrs
            if "dtype" in inspect.signature(op.kernel).parameters:
                attrs = {"dtype": dtype, **attrs}
            specs = listed(op.infer(*map(spec_of, values), **attrs))
            for spec, value in zip(
                specs, listed(value_of(op, values, attrs)), strict=True
            ):
                assert str(spec.dtype) == str(value.dtype)


def cast(value, dtype):
    """`value` in that dtype, rounded away from zero, and positive if it must be."""
    value = value.astype(np.float64)
    if dtype.kind in "bu":
        value = np.abs(value)
    if dtype.kind in "iu":
        value = np.sign(value) * np.ceil(np.abs(value))
    return value.astype(dtype)


@pytest.mark.parametrize(("op", "example"), DIFFERENTIABLE)
def test_the_gradient_is_the_slope(op, example):
    check_gradient(lambda *xs: joined(op, xs, example.attrs), *arrays(op, example))


def joined(op, xs, attrs):
    """The result; several as one vector."""
    ys = build(op, xs, attrs).outputs
    return df.concat([df.reshape(y, [-1]) for y in ys], 0) if op.several else ys[0]


@pytest.mark.parametrize(("op", "example"), DIFFERENTIABLE)
def test_the_gradient_of_the_gradient_is_the_curvature(op, example):
    values = arrays(op, example)
    results = listed(value_of(op, values, example.attrs))
    shape = (sum(map(np.size, results)),) if op.several else results[0].shape
    weights = np.random.default_rng(1).uniform(0.5, 1.5, shape)

    def slope(i, *xs):
        y = joined(op, xs, example.attrs)
        return df.gradients(y, list(xs), [weights])[i]

    for i, _ in enumerate(values):
        if slope(i, *map(df.constant, values)) is not None:
            check_gradient(partial(slope, i), *values)
