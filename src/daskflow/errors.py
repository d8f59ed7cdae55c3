"""Every error that daskflow raises on purpose.

    DaskflowError
    ├── GraphError (ValueError)             a graph that cannot be
    │   ├── ShapeError                      shapes that cannot match
    │   └── UnknownNameError (KeyError)     no operation or tensor of that name
    ├── FinalizedError (RuntimeError)       a graph that may not grow any more
    ├── DTypeError (TypeError, ValueError)  dtypes that do not mix
    ├── SymbolicTensorError (TypeError)     a value asked of a tensor before any run
    ├── GradientError (LookupError)         no way to differentiate
    ├── FetchError (TypeError, ValueError)  something that cannot be fetched
    ├── FeedError (TypeError, ValueError)   something that cannot be fed
    ├── SessionError (RuntimeError)         a session that cannot run
    │   └── NoSessionError (ValueError)     no session to run in
    ├── PictureError (ValueError)           a file that no picture can be written to
    ├── VerificationError (AssertionError)  runs that differ and should not
    └── OpError                             an operation that failed in a run
        ├── InvalidArgumentError (ValueError)
        ├── UnimplementedError (NotImplementedError)
        ├── ResourceExhaustedError (MemoryError)
        ├── UnavailableError (ConnectionError)
        ├── DeadlineExceededError (TimeoutError)
        ├── UnknownError
        ├── NotFoundError (LookupError, ValueError)  no such checkpoint, or not in it
        ├── DataLossError                            a checkpoint that is damaged
        └── and the others that TensorFlow has, which a `py_func` may raise

`OpError` and what derives from it carry TensorFlow's names, codes and attributes; so
do those on checkpoints, though no operation fails when one is read. There is one
warning, `SecurityWarning`.
"""

from typing import Any

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class SecurityWarning(UserWarning):
    """A connection to a cluster that others may listen to, or make as well.

    There is one for each host outside this machine whose address is not `tls://`. Where
    the whole network is trusted:

    >>> import warnings
    >>> warnings.filterwarnings("ignore", category=df.errors.SecurityWarning)
    """


class DaskflowError(Exception):
    """Base of every error that daskflow raises on purpose.

    >>> try:
    ...     df.constant([1.0, 2.0]) + df.constant([1.0, 2.0, 3.0])
    ... except df.errors.DaskflowError as error:
    ...     type(error).__name__
    'ShapeError'
    """

    __str__ = Exception.__str__  # a KeyError would show the repr of its text


class GraphError(DaskflowError, ValueError):
    """A graph that cannot be built this way.

    >>> df.constant(1.0, name="no blanks")
    Traceback (most recent call last):
        ...
    daskflow.errors.GraphError: 'no blanks' is not a valid name, ...
    """


class ShapeError(GraphError):
    """Shapes that cannot match, found while the graph is built.

    >>> df.zeros([2, 3]) + df.zeros([4])
    Traceback (most recent call last):
        ...
    daskflow.errors.ShapeError: add(...): cannot broadcast shapes [2, 3] and [4]
    """


class UnknownNameError(GraphError, KeyError):
    """No operation or tensor of that name in the graph.

    >>> df.get_default_graph().get_tensor_by_name("x:0")
    Traceback (most recent call last):
        ...
    daskflow.errors.UnknownNameError: no operation named 'x' in this graph
    """


class FinalizedError(DaskflowError, RuntimeError):
    """A graph that was finalized, and may not grow any more.

    >>> df.get_default_graph().finalize()
    >>> df.constant(1.0)
    Traceback (most recent call last):
        ...
    daskflow.errors.FinalizedError: the graph is finalized and takes no more ...
    """


class DTypeError(DaskflowError, TypeError, ValueError):
    """Dtypes that do not mix, or that an op does not take.

    TensorFlow raises a TypeError for some of them and a ValueError for others.

    >>> df.constant(1) + df.constant(1.0)
    Traceback (most recent call last):
        ...
    daskflow.errors.DTypeError: add(...): its inputs need one dtype,
        got int32 and float32; cast() one of them
    """


class SymbolicTensorError(DaskflowError, TypeError):
    """A value, truth or length was asked of a tensor, which only a run gives.

    >>> "positive" if df.constant(1.0) > 0.0 else "negative"
    Traceback (most recent call last):
        ...
    daskflow.errors.SymbolicTensorError: <Tensor 'Greater:0' bool []> has no truth
        until a run; use where() to choose between tensors
    """


class SymbolicAttributeError(SymbolicTensorError, AttributeError):
    """An attribute that arrays have and tensors do not.

    >>> df.constant([1.0, 2.0]).sum()
    Traceback (most recent call last):
        ...
    daskflow.errors.SymbolicAttributeError: <Tensor 'Const:0' float32 [2]> is no
        array and has no .sum; use daskflow's ops, ...
    """


class GradientError(DaskflowError, LookupError, ValueError):
    """No gradient can be built.

    >>> df.train.GradientDescentOptimizer(0.1).minimize(df.constant(1.0))
    Traceback (most recent call last):
        ...
    daskflow.errors.GradientError: No variables to optimize.
    """


class FetchError(DaskflowError, TypeError, ValueError):
    """Something that a session cannot fetch.

    >>> session.run([df.constant(1.0), 2.0])
    Traceback (most recent call last):
        ...
    daskflow.errors.FetchError: cannot fetch 2.0: expected a tensor, ...
    """


class FeedError(DaskflowError, TypeError, ValueError):
    """Something that a session cannot feed.

    >>> x = df.placeholder(df.float32, [2], name="x")
    >>> session.run(x, {x: [1.0, 2.0, 3.0]})
    Traceback (most recent call last):
        ...
    daskflow.errors.FeedError: Cannot feed value of shape [3] for tensor 'x:0', ...
    """


class SessionError(DaskflowError, RuntimeError):
    """A session that cannot run, closed for instance.

    >>> closed = df.Session("sync")
    >>> closed.close()
    >>> closed.run(df.constant(1.0))
    Traceback (most recent call last):
        ...
    daskflow.errors.SessionError: this session is closed; open another one
    """


class NoSessionError(SessionError, ValueError):
    """There is no default session.

    >>> session.close()
    >>> df.constant(1.0).eval()
    Traceback (most recent call last):
        ...
    daskflow.errors.NoSessionError: no default session in this thread; ...
    """


class PictureError(DaskflowError, ValueError):
    """A file name that does not say which kind of picture it is to be.

    >>> x = df.constant(1.0)
    >>> df.get_default_graph().visualize("graph.gif")
    Traceback (most recent call last):
        ...
    daskflow.errors.PictureError: a picture is saved as .svg, .png or .dot, ...
    """


class VerificationError(DaskflowError, AssertionError):
    """Two runs that should give the same bits did not.

    >>> draw = df.py_func(lambda: np.random.default_rng().random(), [], df.float64)
    >>> session.verify(draw)
    Traceback (most recent call last):
        ...
    daskflow.errors.VerificationError: 'PyFunc' (PyFunc) gives other bits when ...
    """


class OpError(DaskflowError):
    """An operation failed while the graph ran.

    `op` is the operation (its name, until the error reaches the session), `message`
    the text, `error_code` TensorFlow's number of the class; `node_def` is there because
    TensorFlow's errors have it.

    >>> x = df.placeholder(df.float32)
    >>> finite = df.check_numerics(x, "loss", name="check")
    >>> try:
    ...     session.run(finite, {x: np.inf})
    ... except df.OpError as error:
    ...     error.op.name, error.error_code == df.errors.INVALID_ARGUMENT
    ('check', True)
    """

    error_code = UNKNOWN

    def __init__(self, node_def: Any, op: Any, message: str) -> None:
        super().__init__(node_def, op, message)
        self.node_def, self.op, self.message = node_def, op, message

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # The cause travels too: Python's own pickling of errors drops it.
        name = getattr(self.op, "name", self.op)
        return _rebuilt, (type(self), name, self.message, self.__cause__)


class InvalidArgumentError(OpError, ValueError):
    """A value that the operation cannot take, a missing feed included.

    >>> x = df.placeholder(df.float32, name="x")
    >>> session.run(x + 1.0)
    Traceback (most recent call last):
        ...
    daskflow.errors.InvalidArgumentError: placeholder 'x:0' (float32 any shape)
        needs a value; give it one in feed_dict ...
    """

    error_code = INVALID_ARGUMENT


class UnimplementedError(OpError, NotImplementedError):
    """The operation does not do this.

    >>> def later():
    ...     raise NotImplementedError("not yet")
    >>> session.run(df.py_func(later, [], df.float32))
    Traceback (most recent call last):
        ...
    daskflow.errors.UnimplementedError: 'PyFunc' (PyFunc) failed: ... not yet ...
    """

    error_code = UNIMPLEMENTED


class ResourceExhaustedError(OpError, MemoryError):
    """The operation ran out of memory.

    >>> def huge():
    ...     raise MemoryError("no room for it")
    >>> session.run(df.py_func(huge, [], df.float32))
    Traceback (most recent call last):
        ...
    daskflow.errors.ResourceExhaustedError: 'PyFunc' (PyFunc) failed: ... no room ...
    """

    error_code = RESOURCE_EXHAUSTED


class UnavailableError(OpError, ConnectionError):
    """The scheduler, or a worker, cannot be reached.

    >>> error = df.errors.UnavailableError(None, None, "no worker answers")
    >>> isinstance(error, ConnectionError), error.error_code == df.errors.UNAVAILABLE
    (True, True)
    """

    error_code = UNAVAILABLE


class DeadlineExceededError(OpError, TimeoutError):
    """A run took longer than its `timeout`.

    >>> import time
    >>> slow = df.py_func(lambda: time.sleep(0.2), [], [])
    >>> session.run(slow, timeout=0.01)
    Traceback (most recent call last):
        ...
    daskflow.errors.DeadlineExceededError: the run took longer than its timeout; ...
    """

    error_code = DEADLINE_EXCEEDED


class UnknownError(OpError):
    """The operation raised an error that has no closer class.

    >>> def fails():
    ...     raise RuntimeError("no reason")
    >>> session.run(df.py_func(fails, [], df.float32))
    Traceback (most recent call last):
        ...
    daskflow.errors.UnknownError: 'PyFunc' (PyFunc) failed: RuntimeError: ...
    """


class NotFoundError(OpError, LookupError, ValueError):
    """There is no such checkpoint or directory, or no such variable in a checkpoint.

    A ValueError too, since TensorFlow raises that for some of them.

    >>> df.train.load_checkpoint("nowhere/model")
    Traceback (most recent call last):
        ...
    daskflow.errors.NotFoundError: there is no checkpoint 'nowhere/model.index'
    """

    error_code = NOT_FOUND


class DataLossError(OpError):
    """A checkpoint is not as it was written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with open(folder + "/model.index", "wb") as file:
    ...         _ = file.write(b"damaged")
    ...     df.train.load_checkpoint(folder + "/model")
    Traceback (most recent call last):
        ...
    daskflow.errors.DataLossError: the checkpoint ... is damaged: its 7 bytes ...
    """

    error_code = DATA_LOSS


class CancelledError(OpError):
    """The operation was cancelled.

    >>> error = df.errors.CancelledError(None, None, "stopped by its user")
    >>> error.error_code == df.errors.CANCELLED
    True
    """

    error_code = CANCELLED


class AlreadyExistsError(OpError):
    """What was to be made is there already.

    >>> def make():
    ...     raise df.errors.AlreadyExistsError(None, None, "the table is there")
    >>> session.run(df.py_func(make, [], df.float32))
    Traceback (most recent call last):
        ...
    daskflow.errors.AlreadyExistsError: 'PyFunc' ... the table is there ...
    """

    error_code = ALREADY_EXISTS


class PermissionDeniedError(OpError):
    """Whoever runs it may not do this.

    >>> def write():
    ...     raise df.errors.PermissionDeniedError(None, None, "the table is read-only")
    >>> session.run(df.py_func(write, [], df.float32))
    Traceback (most recent call last):
        ...
    daskflow.errors.PermissionDeniedError: 'PyFunc' ... the table is read-only ...
    """

    error_code = PERMISSION_DENIED


class UnauthenticatedError(OpError):
    """It is not known who runs it.

    >>> error = df.errors.UnauthenticatedError(None, None, "no password was given")
    >>> error.error_code == df.errors.UNAUTHENTICATED
    True
    """

    error_code = UNAUTHENTICATED


class FailedPreconditionError(OpError):
    """The system is not in the state that the operation needs.

    >>> def read():
    ...     raise df.errors.FailedPreconditionError(None, None, "the table is closed")
    >>> session.run(df.py_func(read, [], df.float32))
    Traceback (most recent call last):
        ...
    daskflow.errors.FailedPreconditionError: 'PyFunc' ... the table is closed ...
    """

    error_code = FAILED_PRECONDITION


class AbortedError(OpError):
    """The operation was given up, for two that were at it at once for instance.

    >>> error = df.errors.AbortedError(None, None, "another writer was first")
    >>> error.error_code == df.errors.ABORTED
    True
    """

    error_code = ABORTED


class OutOfRangeError(OpError):
    """What was read has come to its end.

    >>> batches = iter([1.0, 2.0])
    >>> def following():
    ...     for batch in batches:
    ...         return np.float32(batch)
    ...     raise df.errors.OutOfRangeError(None, None, "no batch is left")
    >>> batch, seen = df.py_func(following, [], df.float32), []
    >>> try:
    ...     while True:
    ...         seen.append(float(session.run(batch)))
    ... except df.errors.OutOfRangeError as error:
    ...     seen, error.error_code == df.errors.OUT_OF_RANGE
    ([1.0, 2.0], True)
    """

    error_code = OUT_OF_RANGE


class InternalError(OpError):
    """Something that should hold does not.

    >>> error = df.errors.InternalError(None, None, "a node ran twice")
    >>> error.error_code == df.errors.INTERNAL
    True
    """

    error_code = INTERNAL


def _rebuilt(
    cls: type[OpError], op: str, message: str, cause: BaseException | None
) -> OpError:
    error = cls(None, op, message)
    error.__cause__ = cause
    return error
