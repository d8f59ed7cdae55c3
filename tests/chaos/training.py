"""A training loop whose end tells whether a step was lost, torn or made twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Event, Lock, Thread
from typing import Any

import numpy as np

import daskflow as df
from daskflow import Operation, Session
from tests.chaos.cluster import SECONDS, Footprint, wait_until

ROWS, COLUMNS, HIDDEN = 64, 128, 256  # 256 KiB of weights and momentum
WARM_UP = 10  # steps before any disturbance; plans are made and timed in the first
BOUND = Footprint(client=8, scheduler=20, workers=20, tasks=20)
"""How much more there may be after a loop than after its warm-up."""


class Training:
    """A perceptron on the default graph, with dropout, momentum and a count of steps.

    Each half of a batch goes through `work(x, seconds)`, which gives `x`, in a task of
    its own. What began is a line in the file `marks`.
    """

    def __init__(self, marks: Path, work: Callable[[Any, float], Any] | None = None):
        df.set_random_seed(11)
        self.marks, self.graph = marks, df.get_default_graph()
        self.x = df.placeholder("float32", [ROWS, COLUMNS], name="x")
        self.number = df.placeholder("float32", [], name="number")
        self.seconds = df.placeholder("float32", [], name="seconds")
        half = ROWS // 2
        parts = [self.x[:half], self.x[half:]]
        through = operation(work or paused, marks)
        x = df.concat([through(part, self.number, self.seconds) for part in parts], 0)
        x.set_shape([ROWS, COLUMNS])

        w1 = df.Variable(df.random_normal([COLUMNS, HIDDEN], stddev=0.1))
        w2 = df.Variable(df.random_normal([HIDDEN, 1], stddev=0.1))
        kept = df.cast(df.random_uniform([ROWS, HIDDEN]) < 0.8, "float32") / 0.8
        y = df.matmul(df.tanh(df.matmul(x, w1)) * kept, w2)
        target = df.reduce_sum(x[:, :4], axis=1, keepdims=True)
        self.loss = df.reduce_mean(df.square(y - target))

        self.count = df.Variable(0, trainable=False)
        weights = [w1, w2]
        momenta = [df.Variable(df.zeros(w.shape), trainable=False) for w in weights]
        moves = [self.count.assign_add(1)]
        for w, m, g in zip(
            weights, momenta, df.gradients(self.loss, weights), strict=True
        ):
            moves.append(w.assign_sub(0.01 * m.assign(0.9 * m + g)))
        self.move = df.group(*moves)
        self.variables = [self.count, *weights, *momenta]

    def step(self, session: Session, number: int, seconds: float) -> bytes:
        """One update; the bits of the loss before it."""
        feeds = self.feeds(number, seconds)
        return bytes(session.run([self.loss, self.move], feeds)[0].tobytes())

    def feeds(self, number: int, seconds: float) -> dict[Any, Any]:
        """The batch of that number, in tasks of so many seconds."""
        x = np.random.default_rng(number).standard_normal((ROWS, COLUMNS), "float32")
        return {self.x: x, self.number: number, self.seconds: seconds}

    def state(self, session: Session) -> list[bytes]:
        """The bits of all variables, the count of steps first."""
        return [value.tobytes() for value in session.run(self.variables)]

    def undisturbed(self, steps: int) -> list[bytes]:
        """The losses of so many steps, and the state after them, on one thread."""
        with Session("sync", self.graph) as session:
            losses = [self.step(session, number, 0.0) for number in range(steps)]
            return losses + self.state(session)

    def repeated(self) -> int:
        """How many tasks began once more than they had to."""
        begun = self.marks.read_text().splitlines()
        return len(begun) - len({*begun})


def paused(x: Any, seconds: float) -> Any:
    """`x`, a while later."""
    time.sleep(seconds)  # this is the work
    return x


def operation(work: Callable[[Any, float], Any], marks: Path) -> Any:
    """An operation that computes `work` and leaves a mark."""

    class worked(Operation):
        # Made in a function, so that it goes to other processes by value.
        def __init__(self, *inputs: Any) -> None:
            super().__init__(inputs)

        def compute(self, x: Any, number: Any, seconds: Any) -> Any:
            if seconds:
                with marks.open("a") as lines:
                    lines.write(f"{number} {x[0, 0]}\n")
            return work(x, float(seconds))

    return worked


class Loop:
    """Steps of a training in a thread, from entering the context to its end.

    The end waits for the step under way, raises what the loop has raised, and sees
    that all is as if nothing had happened: losses and weights to the bit, every
    update once, no more memory than before.
    """

    def __init__(
        self, training: Training, session: Session, address: str, seconds: float = 0.02
    ) -> None:
        self.training, self.session, self.address = training, session, address
        self.seconds = seconds
        self.losses: list[bytes] = []
        self.ends: list[float] = []
        self.error: BaseException | None = None
        self._running, self._may_go_on, self._last = Lock(), Event(), Event()
        self._may_go_on.set()
        self._thread = Thread(target=self._train, daemon=True)

    def _train(self) -> None:
        try:
            while self._may_go_on.wait() and not self._last.is_set():
                with self._running:
                    number = len(self.losses)
                    loss = self.training.step(self.session, number, self.seconds)
                    self.ends.append(time.perf_counter())
                    self.losses.append(loss)
        except BaseException as error:
            self.error = error

    def __enter__(self) -> Loop:
        self._thread.start()
        self.advance(WARM_UP)
        self._before = Footprint.of(self.address)
        return self

    def advance(self, steps: int = 1) -> None:
        """Wait until the loop has made so many more steps."""
        goal = len(self.losses) + steps
        wait_until(
            lambda: len(self.losses) >= goal or not self._thread.is_alive(),
            f"end of step {len(self.losses)}: the run hangs",
        )
        if self.error is not None:
            raise self.error

    @contextmanager
    def between_runs(self) -> Iterator[None]:
        """Let the run under way end, and none begin."""
        self._may_go_on.clear()
        try:
            with self._running:
                yield
        finally:
            self._may_go_on.set()

    def __exit__(self, *exception: object) -> None:
        self._last.set()
        self._thread.join(SECONDS)
        hangs = self._thread.is_alive()
        if hangs:
            self.session.close()
        if exception[0] is None:
            assert not hangs, f"no end of step {len(self.losses)}: the run hangs"
            if self.error is not None:
                raise self.error
            self._check()

    def _check(self) -> None:
        grown = self._grown = self._settled() - self._before
        state = self.training.state(self.session)
        steps = len(self.losses)
        [counted] = np.frombuffer(state[0], "int32")
        assert counted == steps, f"{steps} steps were counted as {counted}"
        same = [*self.losses, *state] == self.training.undisturbed(steps)
        assert same, f"{steps} steps gave other bits than without a disturbance"
        assert grown.within(BOUND), f"{grown} are more than {BOUND}"

    def _settled(self) -> Footprint:
        """What there is once the scheduler has heard what nobody wants any more."""
        now = Footprint.of(self.address)
        for _ in range(20):
            if now.tasks <= self._before.tasks + BOUND.tasks:
                break
            time.sleep(0.1)
            now = Footprint.of(self.address)
        return now

    def __str__(self) -> str:
        """What it took; `lost` against the pace of the warm-up."""
        times = np.diff(self.ends)
        usual, disturbed = median(times[: WARM_UP - 1]), times[WARM_UP - 1 :]
        return (
            f"{len(self.losses)} steps, {self.training.repeated()} tasks run again, "
            f"{sum(disturbed - usual):.1f} s lost, {max(disturbed):.1f} s at most at "
            f"once, {self._grown}"
        )
