"""The cases as functions of PyTensor, compiled in its default mode."""

from __future__ import annotations

import numpy as np
import pytensor
import pytensor.tensor as pt

from benchmarks import data
from benchmarks.measure import Function
from benchmarks.peers.worker import serve


def affine() -> Function:
    a, x, b = data.affine()
    fed = pt.dvector()
    run = pytensor.function([fed], pytensor.shared(a) @ fed + pytensor.shared(b))
    return lambda: run(x)


def chain(count: int) -> Function:
    x = y = pt.dscalar()
    for _ in range(count):
        y = y + x
    run = pytensor.function([x], y)
    return lambda: run(0.5)


def fan(count: int) -> Function:
    x = pt.dscalar()
    total = pt.sum(pt.stack([x + float(i) for i in range(count)]))
    run = pytensor.function([x], total)
    return lambda: run(0.5)


def training(*sizes: int) -> Function:
    x, c, *arrays = data.example(*sizes)
    points, classes = pt.dmatrix(), pt.dmatrix()
    weights = list(map(pytensor.shared, arrays))
    w1, b1, w2, b2 = weights
    p = pt.special.softmax(pt.sigmoid(points @ w1 + b1) @ w2 + b2, axis=1)
    loss = -pt.sum(classes * pt.log(p))
    slopes = pytensor.grad(loss, weights)
    updates = [(w, w - data.RATE * g) for w, g in zip(weights, slopes, strict=True)]
    run = pytensor.function([points, classes], loss, updates=updates)
    return lambda: run(x, c)


def branches(kind: str, count: int) -> Function:
    inputs = [map(pytensor.shared, some) for some in data.branch_inputs(kind, count)]
    branch = {
        "product": pt.matmul,
        "ufuncs": lambda x: data.ten(pt, x),
        "sort": pt.sort,
    }
    return pytensor.function([], sum(pt.sum(branch[kind](*some)) for some in inputs))


def ufuncs() -> Function:
    x = np.asarray(data.long_input())
    return pytensor.function([], data.twelve(pt, pytensor.shared(x)))


CASES = {f.__name__: f for f in (affine, chain, fan, training, branches, ufuncs)}

if __name__ == "__main__":
    serve("pytensor", "pytensor", CASES)
