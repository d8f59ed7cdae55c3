"""The cases in PyTorch, eager as it is by default."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import torch

from benchmarks import data
from benchmarks.measure import Function
from benchmarks.peers.worker import serve

M = SimpleNamespace(
    maximum=lambda x, low: x.clamp(min=low),
    minimum=lambda x, high: x.clamp(max=high),
    abs=torch.abs,
)
BRANCHES = {
    "product": torch.matmul,
    "ufuncs": partial(data.ten, M),
    "sort": lambda x: torch.sort(x)[0],
    "fft": torch.fft.rfft,
}


def affine() -> Function:
    a, x, b = map(torch.from_numpy, data.affine())
    return lambda: a @ x + b


def chain(count: int) -> Function:
    x = torch.tensor(0.5, dtype=torch.float64)

    def added() -> None:
        y = x
        for _ in range(count):
            y = y + x

    return added


def fan(count: int) -> Function:
    x = torch.tensor(0.5, dtype=torch.float64)
    return lambda: torch.stack([x + float(i) for i in range(count)]).sum()


def training(*sizes: int) -> Function:
    x, c, *weights = map(torch.from_numpy, data.example(*sizes))
    w1, b1, w2, b2 = [w.requires_grad_() for w in weights]

    def step() -> float:
        p = torch.softmax(torch.sigmoid(x @ w1 + b1) @ w2 + b2, dim=1)
        loss = -(c * torch.log(p)).sum()
        slopes = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, g in zip(weights, slopes, strict=True):
                w -= data.RATE * g
        return loss.item()

    return step


def convolutional(batch: int) -> Function:
    x, c, *weights = map(torch.from_numpy, data.images(batch))
    x = x.permute(0, 3, 1, 2).contiguous()  # the channels first, as it has them
    weights[0] = weights[0].permute(3, 2, 0, 1).contiguous()
    weights[2] = weights[2].permute(3, 2, 0, 1).contiguous()
    k1, b1, k2, b2, w3, b3, w4, b4 = [w.requires_grad_() for w in weights]
    adam = torch.optim.Adam(weights, data.RATE)

    def step() -> float:
        y = x
        for k, b in ((k1, b1), (k2, b2)):
            y = torch.relu(torch.nn.functional.conv2d(y, k, b, padding=2))
            y = torch.nn.functional.max_pool2d(y, 2)
        y = torch.relu(y.permute(0, 2, 3, 1).reshape(-1, 7 * 7 * 64) @ w3 + b3)
        loss = torch.nn.functional.cross_entropy(y @ w4 + b4, c)
        adam.zero_grad()
        loss.backward()
        adam.step()
        return loss.item()

    return step


def branches(kind: str, count: int) -> Function:
    inputs = [
        [torch.from_numpy(x) for x in some] for some in data.branch_inputs(kind, count)
    ]
    return lambda: sum(BRANCHES[kind](*some).sum() for some in inputs)


def ufuncs() -> Function:
    x = torch.from_numpy(data.long_input())
    return lambda: data.twelve(M, x)


CASES = {
    f.__name__: f
    for f in (affine, chain, fan, training, convolutional, branches, ufuncs)
}

if __name__ == "__main__":
    serve("torch", "torch", CASES)
