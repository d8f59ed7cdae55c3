"""Losses over few of many classes: the true ones and some drawn at random."""

from typing import Any, NamedTuple

import numpy as np

from daskflow.defaults import name_scope
from daskflow.errors import GraphError
from daskflow.graph import Tensor
from daskflow.opdef import no_gradient
from daskflow.ops.array import expand_dims, ones_like, reshape, zeros_like
from daskflow.ops.define import args, several
from daskflow.ops.embedding import embedding_lookup
from daskflow.ops.entropy import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
)
from daskflow.ops.joining import concat
from daskflow.ops.linalg import matmul
from daskflow.ops.math import cast, equal, log, select, stop_gradient
from daskflow.ops.random import generator, seeds_in
from daskflow.ops.reduce import reduce_max, reduce_sum
from daskflow.spec import Spec
from daskflow.values import as_tensor, run_number

__all__ = [
    "log_uniform_candidate_sampler",
    "nce_loss",
    "sampled_softmax_loss",
    "uniform_candidate_sampler",
]

INT64, FLOAT32 = np.dtype(np.int64), np.dtype(np.float32)

# Samplers


class Sampled(NamedTuple):
    """What a sampler gives."""

    sampled_candidates: Tensor
    true_expected_count: Tensor
    sampled_expected_count: Tensor


def uniform_draws(draw, count, range_max):
    return draw.integers(0, range_max, count)


def uniform_chances(classes, range_max):
    return np.full(np.shape(classes), 1 / range_max)


def log_uniform_draws(draw, count, range_max):
    classes = np.exp(draw.random(count) * np.log(range_max + 1)).astype(INT64) - 1
    return np.minimum(classes, range_max - 1)  # rounding may reach range_max


def log_uniform_chances(classes, range_max):
    return np.log1p(1 / (np.asarray(classes) + 1)) / np.log(range_max + 1)


DISTRIBUTIONS = {
    "uniform": (uniform_draws, uniform_chances),
    "log_uniform": (log_uniform_draws, log_uniform_chances),
}


def sampled_specs(true_classes, run, num_sampled, unique, range_max, **attrs):
    return [
        Spec(INT64, (num_sampled,)),
        Spec(FLOAT32, true_classes.shape),
        Spec(FLOAT32, (num_sampled,)),
    ]


_EXAMPLE: dict[str, Any] = {"num_sampled": 4, "range_max": 6, "seeds": (0, 1)}


@several(
    specs=sampled_specs,
    agree=(0, 1),
    grad=no_gradient,
    examples=[
        args(np.array([[0], [5]]), np.array(3), kind=kind, unique=unique, **_EXAMPLE)
        for kind in DISTRIBUTIONS
        for unique in (True, False)
    ],
)
def sampled(true_classes, run, /, kind, num_sampled, unique, range_max, seeds):
    """Classes drawn at random, and how often these and the true ones are expected."""
    draws, chances = DISTRIBUTIONS[kind]
    draw = generator(run, seeds)
    if unique:
        classes, tries = drawn_once(draws, draw, num_sampled, range_max)
    else:
        classes, tries = draws(draw, num_sampled, range_max), None

    def expected(of):
        chance = chances(of, range_max)
        if tries is None:
            return (chance * num_sampled).astype(FLOAT32)
        return -np.expm1(tries * np.log1p(-chance)).astype(FLOAT32)

    return classes.astype(INT64), expected(true_classes), expected(classes)


def drawn_once(draws, draw, count, range_max):
    """Draws without those that were drawn before, and how many there were in all."""
    all_draws = np.empty(0, INT64)
    firsts = np.empty(0, INT64)
    while len(firsts) < count:
        more = draws(draw, max(2 * count, len(all_draws)), range_max)
        all_draws = np.concatenate([all_draws, more])
        firsts = np.sort(np.unique(all_draws, return_index=True)[1])
    firsts = firsts[:count]
    return all_draws[firsts], int(firsts[-1]) + 1 if count else 0


def sampler(kind, label, true_classes, num_true, num_sampled, unique, range_max, rest):
    seed, name = rest
    if num_sampled < 1 or range_max < 1 or num_true < 1:
        raise GraphError(
            "needs a positive num_true, num_sampled and range_max, got "
            f"{num_true}, {num_sampled} and {range_max}"
        )
    if unique and num_sampled > range_max:
        raise GraphError(f"there are no {num_sampled} unique classes of {range_max}")
    classes = as_tensor(true_classes)
    graph = classes.graph
    made = sampled(
        classes,
        run_number(graph),
        kind=kind,
        num_sampled=num_sampled,
        unique=unique,
        range_max=range_max,
        seeds=seeds_in(graph, seed),
        name=name or label,
    )
    return Sampled(*made)


def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Sampled:
    """Classes `0 <= i < range_max` drawn at random, smaller ones more often.

    The chance of class `i` is `log((i + 2) / (i + 1)) / log(range_max + 1)`: that is
    near to how often words occur, the most frequent one being class 0. With `unique`
    none is drawn twice. What comes with them is how often each of the true and of the
    drawn classes is expected among so many draws.

    >>> drawn = df.nn.log_uniform_candidate_sampler([[0]], 1, 8, False, 100, seed=1)
    >>> drawn.sampled_candidates.eval()
    array([ 0,  1, 24, 64,  2,  1,  3, 90])
    """
    return sampler(
        "log_uniform",
        "LogUniformCandidateSampler",
        true_classes,
        num_true,
        num_sampled,
        unique,
        range_max,
        (seed, name),
    )


def uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Sampled:
    """As `log_uniform_candidate_sampler`, but all classes are equally likely.

    >>> drawn = df.nn.uniform_candidate_sampler([[0]], 1, 5, True, 5, seed=1)
    >>> np.sort(drawn.sampled_candidates.eval())
    array([0, 1, 2, 3, 4])
    """
    return sampler(
        "uniform",
        "UniformCandidateSampler",
        true_classes,
        num_true,
        num_sampled,
        unique,
        range_max,
        (seed, name),
    )


# Losses


def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str = "nce_loss",
) -> Tensor:
    """Noise-contrastive estimation: true classes told from drawn ones, for each input.

    `weights` `[num_classes, n]`, or a list of parts of it, and `biases`
    `[num_classes]` give the logits of a class for `inputs` `[batch, n]`. `labels`
    `[batch, num_true]` are the true classes (Gutmann and Hyvärinen,
    "Noise-contrastive estimation", 2010).

    >>> weights, biases = df.random_normal([1000, 16]), df.zeros([1000])
    >>> inputs, labels = df.random_normal([32, 16]), df.zeros([32, 1], df.int64)
    >>> df.nn.nce_loss(weights, biases, labels, inputs, 64, 1000).shape
    TensorShape([32])
    """
    with name_scope(name, "nce_loss"):
        logits, truth = logits_of_some(
            weights,
            biases,
            labels,
            inputs,
            num_sampled,
            num_classes,
            num_true,
            sampled_values,
            remove_accidental_hits,
            partition_strategy,
            None,
        )
        losses = sigmoid_cross_entropy_with_logits(labels=truth, logits=logits)
        return reduce_sum(losses, 1)


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str = "sampled_softmax_loss",
    seed: int | None = None,
) -> Tensor:
    """Cross-entropy of a softmax over the true and some drawn classes, for each input.

    The arguments are those of `nce_loss` (Jean et al., "On using very large target
    vocabulary for neural machine translation", 2014, section 3).

    >>> weights, biases = df.random_normal([1000, 16]), df.zeros([1000])
    >>> inputs, labels = df.random_normal([32, 16]), df.zeros([32, 1], df.int64)
    >>> df.nn.sampled_softmax_loss(weights, biases, labels, inputs, 64, 1000).shape
    TensorShape([32])
    """
    with name_scope(name, "sampled_softmax_loss"):
        logits, truth = logits_of_some(
            weights,
            biases,
            labels,
            inputs,
            num_sampled,
            num_classes,
            num_true,
            sampled_values,
            remove_accidental_hits,
            partition_strategy,
            seed,
        )
    return softmax_cross_entropy_with_logits_v2(stop_gradient(truth), logits)


def logits_of_some(
    weights,
    biases,
    labels,
    inputs,
    num_sampled,
    num_classes,
    num_true,
    sampled_values,
    removes_hits,
    strategy,
    seed,
):
    """The logits of the true classes and then of the drawn ones, and their labels."""
    true = reshape(cast(labels, INT64), [-1, num_true])
    if sampled_values is None:
        sampled_values = log_uniform_candidate_sampler(
            true, num_true, num_sampled, True, num_classes, seed
        )
    drawn, of_true, of_drawn = map(stop_gradient, sampled_values)
    drawn = cast(drawn, INT64)
    flat = reshape(true, [-1])
    x = as_tensor(inputs)

    def rows(ids):
        return (
            embedding_lookup(weights, ids, strategy),
            embedding_lookup(biases, ids, strategy),
        )

    w, b = rows(flat)
    by_true = reshape(w, [-1, num_true, x.shape[-1]])
    true_logits = reduce_sum(expand_dims(x, 1) * by_true, 2) + reshape(
        b, [-1, num_true]
    )
    w, b = rows(drawn)
    drawn_logits = matmul(x, w, transpose_b=True) + b
    if removes_hits:
        hits = equal(expand_dims(true, 2), reshape(drawn, [1, 1, -1]))
        is_hit = reduce_max(cast(hits, FLOAT32), 1) > 0
        lowest = float(np.finfo(FLOAT32).min)
        drawn_logits = select(is_hit, drawn_logits + lowest, drawn_logits)
    true_logits = true_logits - log(cast(of_true, true_logits.dtype))
    drawn_logits = drawn_logits - log(cast(of_drawn, drawn_logits.dtype))
    logits = concat([true_logits, drawn_logits], 1)
    truth = concat([ones_like(true_logits) / num_true, zeros_like(drawn_logits)], 1)
    return logits, truth
