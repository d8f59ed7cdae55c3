"""Finding checkpoints: by their prefix, and by the file that a directory lists them in.

A checkpoint goes by its *prefix*, such as `"logs/model-100"`; on disk that is the file
`logs/model-100.index`. The file `checkpoint` beside it names the latest prefix and
those before it that are kept, in the text form that TensorFlow writes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from daskflow.checkpoint import CheckpointReader, replacing
from daskflow.errors import DataLossError, InvalidArgumentError, NotFoundError

SUFFIX = ".index"
"""TensorFlow programs look for the file of this name to see if a checkpoint exists."""

PathLike = str | os.PathLike[str]


@dataclass(slots=True)
class CheckpointState:
    """The latest checkpoint of a directory and all that are kept, oldest first.

    >>> import tempfile
    >>> w = df.Variable(1.0, name="w")
    >>> saver = df.train.Saver()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = [saver.save(session, folder + "/model", step) for step in (1, 2)]
    ...     state = df.train.get_checkpoint_state(folder)
    >>> state.model_checkpoint_path == paths[-1]
    True
    >>> state.all_model_checkpoint_paths == paths
    True
    """

    model_checkpoint_path: str
    all_model_checkpoint_paths: list[str]


def checkpoint_exists(checkpoint_prefix: PathLike) -> bool:
    """Whether there is a checkpoint of that prefix.

    >>> import tempfile
    >>> w = df.Variable(1.0, name="w")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     prefix = df.train.Saver().save(session, folder + "/model")
    ...     df.train.checkpoint_exists(prefix), df.train.checkpoint_exists(prefix + "x")
    (True, False)
    """
    return os.path.isfile(os.fspath(checkpoint_prefix) + SUFFIX)


def latest_checkpoint(
    checkpoint_dir: PathLike, latest_filename: str | None = None
) -> str | None:
    """The prefix of the latest checkpoint; None if there is none.

    >>> import tempfile
    >>> w = df.Variable(1.0, name="w")
    >>> saver = df.train.Saver()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(df.train.latest_checkpoint(folder))
    ...     paths = [saver.save(session, folder + "/model", step) for step in (1, 2)]
    ...     df.train.latest_checkpoint(folder).removeprefix(folder)
    None
    '/model-2'
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None or not checkpoint_exists(state.model_checkpoint_path):
        return None
    return state.model_checkpoint_path


def get_checkpoint_state(
    checkpoint_dir: PathLike, latest_filename: str | None = None
) -> CheckpointState | None:
    """What the directory's file `checkpoint` lists; None if there is no such file.

    Relative paths in it count from the directory. `DataLossError` if it is not what
    such a file can hold.

    >>> import tempfile
    >>> w = df.Variable(1.0, name="w")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(df.train.get_checkpoint_state(folder))
    ...     prefix = df.train.Saver().save(session, folder + "/model")
    ...     state = df.train.get_checkpoint_state(folder)
    None
    >>> state.model_checkpoint_path == prefix
    True
    """
    folder = os.fspath(checkpoint_dir)
    path = os.path.join(folder, state_filename(latest_filename))
    try:
        with open(path, "rb") as file:
            text = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    state = _parsed(text, path)
    return CheckpointState(
        os.path.join(folder, state.model_checkpoint_path),
        [os.path.join(folder, p) for p in state.all_model_checkpoint_paths],
    )


def update_checkpoint_state(
    save_dir: PathLike,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Sequence[str] | None = None,
    latest_filename: str | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
    *,
    save_relative_paths: bool = False,
) -> None:
    """List these checkpoints in the directory's file `checkpoint`, the latest last.

    In a relative directory, or with `save_relative_paths`, paths are written as they
    are seen from there, so that the directory can be moved. Times are not written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     df.train.update_checkpoint_state(
    ...         folder, folder + "/model-2", save_relative_paths=True
    ...     )
    ...     with open(folder + "/checkpoint") as file:
    ...         print(file.read())
    model_checkpoint_path: "model-2"
    all_model_checkpoint_paths: "model-2"
    """
    folder = os.fspath(save_dir)
    paths = list(all_model_checkpoint_paths or ())
    if paths[-1:] != [model_checkpoint_path]:
        paths.append(model_checkpoint_path)

    def written(path: str) -> str:
        if save_relative_paths or not (os.path.isabs(folder) or os.path.isabs(path)):
            return os.path.relpath(path, folder or os.curdir)
        return path

    fields = [("model_checkpoint_path", model_checkpoint_path)]
    fields += [("all_model_checkpoint_paths", path) for path in paths]
    lines = [f'{field}: "{_escaped(written(path))}"\n' for field, path in fields]
    with replacing(os.path.join(folder, state_filename(latest_filename))) as file:
        file.write("".join(lines).encode("ascii"))


def state_filename(latest_filename: str | None) -> str:
    """The name of the file that lists checkpoints: a name without a directory."""
    name = latest_filename or "checkpoint"
    if os.path.dirname(name):
        raise InvalidArgumentError(
            None, None, f"latest_filename must have no directory in it, got {name!r}"
        )
    return name


def load_checkpoint(ckpt_dir_or_file: PathLike) -> CheckpointReader:
    """A reader of that checkpoint, or of the latest in that directory.

    >>> import tempfile
    >>> w = df.Variable([1.0, 2.0], name="w")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     prefix = df.train.Saver().save(session, folder + "/model")
    ...     with df.train.load_checkpoint(prefix) as reader:
    ...         reader.get_variable_to_shape_map(), reader.get_tensor("w")
    ({'w': [2]}, array([1., 2.], dtype=float32))
    """
    prefix = os.fspath(ckpt_dir_or_file)
    if os.path.isdir(prefix):
        latest = latest_checkpoint(prefix)
        if latest is None:
            raise NotFoundError(
                None, None, f"no checkpoint is listed in the directory {prefix!r}"
            )
        prefix = latest
    return CheckpointReader(prefix + SUFFIX)


def list_variables(ckpt_dir_or_file: PathLike) -> list[tuple[str, list[int]]]:
    """Name and shape of every variable in a checkpoint, sorted by name.

    >>> import tempfile
    >>> w, b = df.Variable([[1.0], [2.0]], name="w"), df.Variable(0.0, name="b")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     prefix = df.train.Saver().save(session, folder + "/model")
    ...     df.train.list_variables(folder)
    [('b', []), ('w', [2, 1])]
    """
    with load_checkpoint(ckpt_dir_or_file) as reader:
        return sorted(reader.get_variable_to_shape_map().items())


def load_variable(ckpt_dir_or_file: PathLike, name: str) -> Any:
    """The value of one variable in a checkpoint, a read-only array.

    >>> import tempfile
    >>> w = df.Variable([1.0, 2.0], name="w")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     prefix = df.train.Saver().save(session, folder + "/model")
    ...     df.train.load_variable(folder, "w")
    array([1., 2.], dtype=float32)
    """
    with load_checkpoint(ckpt_dir_or_file) as reader:
        return reader.get_tensor(name.removesuffix(":0"))


# The text form: a field and its value on each line, paths in quotes

_LINE = re.compile(rb'(\w+): (?:"((?:[^"\\\n]|\\.)*)"|([-+.\w]+))')
_PATHS = (b"model_checkpoint_path", b"all_model_checkpoint_paths")
_TIMES = (b"all_model_checkpoint_timestamps", b"last_preserved_timestamp")
_ESCAPE = re.compile(rb"""\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([abfnrtv\\'"?])|.)""")
_LETTERS = dict(zip(b"abfnrtv", b"\a\b\f\n\r\t\v", strict=True))


def _parsed(text: bytes, path: str) -> CheckpointState:
    found: dict[bytes, list[str]] = {field: [] for field in _PATHS}
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line.strip())
        if not line.strip() or (match and match[1] in _TIMES and match[3]):
            continue
        if match is None or match[1] not in _PATHS or match[2] is None:
            raise _unreadable(path, f"line {number} is {line[:80]!r}")
        try:
            found[match[1]].append(_unescaped(match[2]))
        except ValueError as error:
            raise _unreadable(path, f"line {number}: {error}") from None
    latest, others = found.values()
    if len(latest) != 1 or not latest[0]:
        raise _unreadable(path, "it names no latest checkpoint, or several")
    return CheckpointState(latest[0], others or latest)


def _unreadable(path: str, why: str) -> DataLossError:
    return DataLossError(
        None,
        None,
        f"{path!r} is no list of checkpoints: {why}; pass Saver.restore the prefix of "
        "a checkpoint instead, or delete the file",
    )


def _escaped(path: str) -> str:
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}"
        for byte in os.fsencode(path)
    )


def _unescaped(quoted: bytes) -> str:
    def byte(match: re.Match[bytes]) -> bytes:
        octal, hexadecimal, letter = match.groups()
        if letter:
            return bytes([_LETTERS.get(letter[0], letter[0])])
        if not (octal or hexadecimal):
            raise ValueError(f"{match[0]!r} stands for no character")
        value = int(octal, 8) if octal else int(hexadecimal, 16)
        if not 0 < value < 256:
            raise ValueError(f"{match[0]!r} stands for no byte of a path")
        return bytes([value])

    return os.fsdecode(_ESCAPE.sub(byte, quoted))
