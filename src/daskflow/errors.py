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
    """A connection to a cluster that others may listen to, or make as well."""


class DaskflowError(Exception):
    """Base of every error that daskflow raises on purpose."""

    __str__ = Exception.__str__  # a KeyError would show the repr of its text


class GraphError(DaskflowError, ValueError):
    """A graph that cannot be built this way."""


class ShapeError(GraphError):
    """Shapes that cannot match, found while the graph is built."""


class UnknownNameError(GraphError, KeyError):
    """No operation or tensor of that name in the graph."""


class FinalizedError(DaskflowError, RuntimeError):
    """A graph that was finalized, and may not grow any more."""


class DTypeError(DaskflowError, TypeError, ValueError):
    """Dtypes that do not mix, or that an op does not take.

    TensorFlow raises a TypeError for some of them and a ValueError for others.
    """


class SymbolicTensorError(DaskflowError, TypeError):
    """A value, truth or length was asked of a tensor, which only a run gives."""


class SymbolicAttributeError(SymbolicTensorError, AttributeError):
    """An attribute that arrays have and tensors do not."""


class GradientError(DaskflowError, LookupError, ValueError):
    """No gradient can be built."""


class FetchError(DaskflowError, TypeError, ValueError):
    """Something that a session cannot fetch."""


class FeedError(DaskflowError, TypeError, ValueError):
    """Something that a session cannot feed."""


class SessionError(DaskflowError, RuntimeError):
    """A session that cannot run, closed for instance."""


class NoSessionError(SessionError, ValueError):
    """There is no default session."""


class PictureError(DaskflowError, ValueError):
    """A file name that does not say which kind of picture it is to be."""


class VerificationError(DaskflowError, AssertionError):
    """Two runs that should give the same bits did not."""


class OpError(DaskflowError):
    """An operation failed while the graph ran.

    `op` is the operation (its name, until the error reaches the session), `message`
    the text, `error_code` TensorFlow's number of the class; `node_def` is there because
    TensorFlow's errors have it.
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
    """A value that the operation cannot take, a missing feed included."""

    error_code = INVALID_ARGUMENT


class UnimplementedError(OpError, NotImplementedError):
    """The operation does not do this."""

    error_code = UNIMPLEMENTED


class ResourceExhaustedError(OpError, MemoryError):
    """The operation ran out of memory."""

    error_code = RESOURCE_EXHAUSTED


class UnavailableError(OpError, ConnectionError):
    """The scheduler, or a worker, cannot be reached."""

    error_code = UNAVAILABLE


class DeadlineExceededError(OpError, TimeoutError):
    """A run took longer than its `timeout`."""

    error_code = DEADLINE_EXCEEDED


class UnknownError(OpError):
    """The operation raised an error that has no closer class."""


class NotFoundError(OpError, LookupError, ValueError):
    """There is no such checkpoint or directory, or no such variable in a checkpoint.

    A ValueError too, since TensorFlow raises that for some of them.
    """

    error_code = NOT_FOUND


class DataLossError(OpError):
    """A checkpoint is not as it was written."""

    error_code = DATA_LOSS


class CancelledError(OpError):
    """The operation was cancelled."""

    error_code = CANCELLED


class AlreadyExistsError(OpError):
    """What was to be made is there already."""

    error_code = ALREADY_EXISTS


class PermissionDeniedError(OpError):
    """Whoever runs it may not do this."""

    error_code = PERMISSION_DENIED


class UnauthenticatedError(OpError):
    """It is not known who runs it."""

    error_code = UNAUTHENTICATED


class FailedPreconditionError(OpError):
    """The system is not in the state that the operation needs."""

    error_code = FAILED_PRECONDITION


class AbortedError(OpError):
    """The operation was given up, for two that were at it at once for instance."""

    error_code = ABORTED


class OutOfRangeError(OpError):
    """What was read has come to its end."""

    error_code = OUT_OF_RANGE


class InternalError(OpError):
    """Something that should hold does not."""

    error_code = INTERNAL


def _rebuilt(
    cls: type[OpError], op: str, message: str, cause: BaseException | None
) -> OpError:
    error = cls(None, op, message)
    error.__cause__ = cause
    return error
