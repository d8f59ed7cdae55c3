"""The names of `tf.gfile`, for files of this machine."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from glob import glob
from typing import IO, Any, NamedTuple

from daskflow.errors import InvalidArgumentError, NotFoundError, OpError
from daskflow.missing import tell_missing

__all__ = [
    "Copy",
    "DeleteRecursively",
    "Exists",
    "FastGFile",
    "GFile",
    "Glob",
    "IsDirectory",
    "ListDirectory",
    "MakeDirs",
    "MkDir",
    "Open",
    "Remove",
    "Rename",
    "Stat",
    "Walk",
]

tell_missing(__name__)

PathLike = str | os.PathLike[str]


class GFile:
    r"""A file as Python opens it: `mode` is `"r"`, `"w"` or `"a"`, `"rb"` for bytes.

    It is opened when it is first used, and `NotFoundError` says that there is none.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with df.gfile.GFile(folder + "/names.txt", "w") as file:
    ...         file.write("one\ntwo\n")
    ...     with df.gfile.GFile(folder + "/names.txt") as file:
    ...         file.readline(), file.tell(), file.size(), list(file)
    ('one\n', 4, 8, ['two\n'])
    """

    def __init__(self, name: PathLike, mode: str = "r") -> None:
        self.name = name
        self.mode = mode
        self._file: IO[Any] | None = None

    def _opened(self) -> IO[Any]:
        if self._file is None:
            try:
                self._file = open(self.name, self.mode)  # noqa: SIM115
            except FileNotFoundError as error:
                raise _not_found(self.name) from error
        return self._file

    def read(self, n: int = -1) -> Any:
        """The rest of the file, or the next `n` characters or bytes of it.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with df.gfile.GFile(folder + "/names.txt", "w") as file:
        ...         file.write("one and two")
        ...     with df.gfile.GFile(folder + "/names.txt") as file:
        ...         file.read(3), file.read()
        ('one', ' and two')
        """
        return self._opened().read(n)

    def readline(self) -> Any:
        """The next line, with its end."""
        return self._opened().readline()

    def readlines(self) -> list[Any]:
        """The lines that are left, with their ends."""
        return self._opened().readlines()

    def write(self, file_content: Any) -> None:
        """Write text or bytes."""
        self._opened().write(file_content)

    def seek(self, offset: int, whence: int = 0) -> None:
        """Go on from there."""
        self._opened().seek(offset, whence)

    def tell(self) -> int:
        """Where it is."""
        return self._opened().tell()

    def size(self) -> int:
        """The number of bytes in the file."""
        self.flush()
        return Stat(self.name).length

    def flush(self) -> None:
        """Have what was written in the file."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Close it; using it again opens it anew."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __iter__(self) -> Iterator[Any]:
        return iter(self._opened())

    def __enter__(self) -> GFile:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


FastGFile = GFile
Open = GFile


def Exists(filename: PathLike) -> bool:  # noqa: N802  # these have TensorFlow's names
    """Whether there is such a file or directory.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     df.gfile.Exists(folder), df.gfile.Exists(folder + "/data.csv")
    (True, False)
    """
    return os.path.exists(filename)


def IsDirectory(dirname: PathLike) -> bool:  # noqa: N802
    """Whether there is such a directory.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     df.gfile.Exists(file.name), df.gfile.IsDirectory(file.name)
    (True, False)
    """
    return os.path.isdir(dirname)


def MakeDirs(dirname: PathLike) -> None:  # noqa: N802
    """Make a directory and those that it is in, where they are not there.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     df.gfile.MakeDirs(folder + "/logs/run1")
    ...     df.gfile.MakeDirs(folder + "/logs/run1")
    ...     df.gfile.ListDirectory(folder + "/logs")
    ['run1']
    """
    os.makedirs(dirname, exist_ok=True)


def MkDir(dirname: PathLike) -> None:  # noqa: N802
    """Make a directory in one that is there.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     df.gfile.MkDir(folder + "/logs")
    ...     df.gfile.MkDir(folder + "/models/run1")
    Traceback (most recent call last):
        ...
    daskflow.errors.NotFoundError: there is no '...models'
    """
    try:
        os.mkdir(dirname)
    except FileNotFoundError as error:
        raise _not_found(os.path.dirname(dirname)) from error


def ListDirectory(dirname: PathLike) -> list[str]:  # noqa: N802
    """The names in a directory; `NotFoundError` if there is none.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     df.gfile.MakeDirs(folder + "/logs/run1")
    ...     df.gfile.ListDirectory(folder), df.gfile.ListDirectory(folder + "/logs")
    (['logs'], ['run1'])
    """
    if not os.path.isdir(dirname):
        raise _not_found(dirname)
    return os.listdir(dirname)


def Glob(filename: str | Iterable[str]) -> list[str]:  # noqa: N802
    """The paths that match a pattern, or one of several, in order.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in "run2", "run1", "old":
    ...         df.gfile.MkDir(os.path.join(folder, name))
    ...     [os.path.basename(path) for path in df.gfile.Glob(folder + "/run*")]
    ['run1', 'run2']
    """
    patterns = [filename] if isinstance(filename, str) else filename
    return [path for pattern in patterns for path in sorted(glob(pattern))]


def Walk(  # noqa: N802
    top: PathLike, in_order: bool = True
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each directory in `top` with the directories and files in it, parents first.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     df.gfile.MakeDirs(folder + "/logs/run1")
    ...     for path, directories, files in df.gfile.Walk(folder):
    ...         directories, files
    (['logs'], [])
    (['run1'], [])
    ([], [])
    """
    yield from os.walk(os.fspath(top), topdown=in_order)


class FileStatistics(NamedTuple):
    """What `Stat` tells of a file: bytes, nanoseconds since 1970, and its kind."""

    length: int
    mtime_nsec: int
    is_directory: bool


def Stat(filename: PathLike) -> FileStatistics:  # noqa: N802
    """The length of a file, and when it was changed; `NotFoundError` if there is none.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = file.write(b"12345")
    ...     file.flush()
    ...     found = df.gfile.Stat(file.name)
    >>> found.length, found.is_directory
    (5, False)
    """
    try:
        found = os.stat(filename)
    except FileNotFoundError as error:
        raise _not_found(filename) from error
    is_directory = stat.S_ISDIR(found.st_mode)
    return FileStatistics(found.st_size, found.st_mtime_ns, is_directory)


def Remove(filename: PathLike) -> None:  # noqa: N802
    """Remove a file; `NotFoundError` if there is none.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with df.gfile.GFile(folder + "/data.csv", "w") as file:
    ...         file.write("1, 2")
    ...     df.gfile.Remove(folder + "/data.csv")
    ...     df.gfile.ListDirectory(folder)
    []
    """
    try:
        os.remove(filename)
    except FileNotFoundError as error:
        raise _not_found(filename) from error


def DeleteRecursively(dirname: PathLike) -> None:  # noqa: N802
    """Remove a directory with all that is in it, or a file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     df.gfile.MakeDirs(folder + "/logs/run1")
    ...     df.gfile.DeleteRecursively(folder + "/logs")
    ...     df.gfile.ListDirectory(folder)
    []
    """
    if os.path.isdir(dirname):
        shutil.rmtree(dirname)
    else:
        Remove(dirname)


def Copy(  # noqa: N802
    oldpath: PathLike, newpath: PathLike, overwrite: bool = False
) -> None:
    """Copy a file, over one that is there only if it is to `overwrite` it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with df.gfile.GFile(folder + "/a.txt", "w") as file:
    ...         file.write("text")
    ...     df.gfile.Copy(folder + "/a.txt", folder + "/b.txt")
    ...     sorted(df.gfile.ListDirectory(folder))
    ['a.txt', 'b.txt']
    """
    _check_free(newpath, overwrite)
    try:
        shutil.copyfile(oldpath, newpath)
    except FileNotFoundError as error:
        raise _not_found(oldpath) from error


def Rename(  # noqa: N802
    oldname: PathLike, newname: PathLike, overwrite: bool = False
) -> None:
    """Rename a file or directory, in the place of one only if it is to `overwrite`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     df.gfile.MkDir(folder + "/new")
    ...     df.gfile.Rename(folder + "/new", folder + "/old")
    ...     df.gfile.ListDirectory(folder)
    ['old']
    """
    _check_free(newname, overwrite)
    try:
        os.replace(oldname, newname)
    except FileNotFoundError as error:
        raise _not_found(oldname) from error


def _check_free(path: PathLike, overwrite: bool) -> None:
    if os.path.exists(path) and not overwrite:
        raise InvalidArgumentError(
            None, None, f"{os.fspath(path)!r} is there already; say overwrite=True"
        )


def _not_found(path: PathLike) -> OpError:
    return NotFoundError(None, None, f"there is no {os.fspath(path)!r}")
