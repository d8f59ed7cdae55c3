"""The cases as functions of JAX, compiled by `jit`, their arrays on the device."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import data
from benchmarks.measure import Function
from benchmarks.peers.worker import serve

jax.config.update("jax_enable_x64", True)

BRANCHES = {
    "product": jnp.matmul,
    "ufuncs": partial(data.ten, jnp),
    "sort": jnp.sort,
    "fft": jnp.fft.rfft,
}


def run(function: Callable[..., object], *arguments: object) -> Function:
    """A call of the compiled function, until its value is there as NumPy's."""
    compiled, given = jax.jit(function), jax.device_put(arguments)
    return lambda: jax.tree.map(np.asarray, compiled(*given))


def affine() -> Function:
    return run(lambda a, x, b: a @ x + b, *data.affine())


def chain(count: int) -> Function:
    def added(x: jax.Array) -> jax.Array:
        y = x
        for _ in range(count):
            y = y + x
        return y

    return run(added, 0.5)


def fan(count: int) -> Function:
    return run(lambda x: jnp.sum(jnp.stack([x + float(i) for i in range(count)])), 0.5)


def training(*sizes: int) -> Function:
    x, c, *weights = map(jnp.asarray, data.example(*sizes))

    def loss_of(weights: list[jax.Array]) -> jax.Array:
        w1, b1, w2, b2 = weights
        p = jax.nn.softmax(jax.nn.sigmoid(x @ w1 + b1) @ w2 + b2)
        return -jnp.sum(c * jnp.log(p))

    @jax.jit
    def step(weights: list[jax.Array]) -> tuple[jax.Array, list[jax.Array]]:
        loss, slopes = jax.value_and_grad(loss_of)(weights)
        return loss, [w - data.RATE * g for w, g in zip(weights, slopes, strict=True)]

    def take_step() -> None:
        loss, weights[:] = step(weights)
        jax.block_until_ready(weights)
        float(loss)

    return take_step


def branches(kind: str, count: int) -> Function:
    def total(inputs: list[tuple[jax.Array, ...]]) -> jax.Array:
        return sum(jnp.sum(BRANCHES[kind](*some)) for some in inputs)

    return run(total, data.branch_inputs(kind, count))


def ufuncs() -> Function:
    return run(partial(data.twelve, jnp), data.long_input())


CASES = {f.__name__: f for f in (affine, chain, fan, training, branches, ufuncs)} | {
    "first_fan": fan
}

if __name__ == "__main__":
    serve("jax", "jax", CASES)
