"""A checkpoint on disk: arrays by name, in one file that is whole or refused.

The file is a zip of `.npy` members, as `np.savez` writes it, so that any program with
NumPy can read it; nothing in it is ever pickled. Zip brings a checksum for each array.
What it lacks stands in its comment, the last bytes of the file: a digest of all others,
headers included, and the number of the last run.
"""

from __future__ import annotations

import json
import os
import re
import uuid
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import blake2b
from io import RawIOBase
from math import prod
from typing import Any, BinaryIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy

from daskflow.arrays import sealed
from daskflow.errors import (
    DataLossError,
    DTypeError,
    InvalidArgumentError,
    NotFoundError,
)
from daskflow.spec import Spec, full_shape

FORMAT = "daskflow checkpoint 1"

_CHUNK = 1 << 20
_NO_DIGEST = b"0" * 64
"""What stands for the digest while it is computed."""

_END = b'"}'
_ENDING = re.compile(rb'"blake2b": "([0-9a-f]{64})' + _END)
_ENDING_SIZE = len(b'"blake2b": "') + len(_NO_DIGEST) + len(_END)


def write(path: str, arrays: Mapping[str, Any], run_number: int | None = None) -> None:
    """Write `arrays` to the file `path`, in the place of one that is there.

    Bool, int, float and complex arrays of any shape, C or Fortran order kept. They are
    streamed: no second copy is made. `DTypeError` or `InvalidArgumentError`, before
    anything is written, for another dtype or a name that a zip cannot keep.
    """
    for name, array in arrays.items():
        _check(name, array)
    with replacing(path) as file:
        digesting = _Digesting(file)
        with ZipFile(digesting, "w") as archive:
            for name, array in arrays.items():
                entry = ZipInfo(f"{name}.npy")
                with archive.open(entry, "w", force_zip64=True) as member:
                    npy.write_array(member, array, (1, 0), allow_pickle=False)
            notes = {"format": FORMAT, "run_number": run_number}
            notes["blake2b"] = _NO_DIGEST.decode()
            archive.comment = json.dumps(notes).encode()
        file.seek(-len(_NO_DIGEST + _END), os.SEEK_END)
        file.write(digesting.digest.hexdigest().encode())


def _check(name: str, array: Any) -> None:
    if array.dtype.kind not in "biufc":
        raise DTypeError(
            f"cannot save {name!r} of dtype {array.dtype}: a checkpoint keeps bools, "
            "ints, floats and complex numbers"
        )
    if not name or "\0" in name or len(name.encode(errors="replace")) > 60_000:
        raise InvalidArgumentError(
            None, None, f"a name in a checkpoint has 1 to 60000 bytes, none 0: {name!r}"
        )


@contextmanager
def replacing(path: str) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` once all of it is on the disk.

    Whatever fails, is killed or loses power meanwhile: who opens `path` finds the old
    file or the new one. What a killed process leaves behind is a hidden file beside it.
    """
    folder, name = os.path.split(path)
    aside = os.path.join(folder, f".{name}.{uuid.uuid4().hex[:12]}")
    try:
        with open(aside, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(aside)
        raise
    _sync_folder(folder or os.curdir)


def _sync_folder(folder: str) -> None:
    """Have the disk know the new name, too."""
    if hasattr(os, "O_DIRECTORY"):  # pragma: no branch  # Windows cannot, and need not
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class _Digesting(RawIOBase):
    """A file to append to, and a digest of what was.

    It cannot seek, so zip writes the size of a member behind it and never goes back.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = blake2b(digest_size=32)

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return self._file.write(data)


class CheckpointReader:
    """A checkpoint that is open, and was found whole.

    Opening reads all of the file once. `NotFoundError` if there is no such file,
    `DataLossError` if it is not what `write` left, to the byte.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._file = open(path, "rb")  # noqa: SIM115  # closed by self.close
        except FileNotFoundError:
            raise NotFoundError(
                None, None, f"there is no checkpoint {path!r}"
            ) from None
        self.close = weakref.finalize(self, self._file.close)
        with self._refusing():
            self._size = os.fstat(self._file.fileno()).st_size
            self._check_digest()
            self._archive = ZipFile(self._file)
            self.run_number = self._run_number()
            self._members = self._members_by_name()
            self._specs = {name: self._read_spec(name) for name in self._members}

    def __enter__(self) -> CheckpointReader:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def has_tensor(self, name: str) -> bool:
        """Whether there is an array of that name."""
        return name in self._specs

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """The shape of each array."""
        return {name: list(full_shape(s.shape)) for name, s in self._specs.items()}

    def get_variable_to_dtype_map(self) -> dict[str, Any]:
        """The dtype of each array."""
        return {name: spec.dtype for name, spec in self._specs.items()}

    def spec(self, name: str) -> Spec:
        """Dtype and shape of the array of that name; `NotFoundError` if none is."""
        if name not in self._specs:
            raise NotFoundError(
                None,
                None,
                f"there is no {name!r} in {self._path!r}, which has {self._listed()}",
            )
        return self._specs[name]

    def get_tensor(self, name: str) -> Any:
        """The array of that name, read-only; `NotFoundError` if there is none."""
        self.spec(name)
        with self._refusing(), self._archive.open(self._members[name]) as member:
            shape, fortran, dtype = self._header(member, name)
            array = np.empty(shape, dtype, order="F" if fortran else "C")
            _fill(array, member)
        native = dtype.newbyteorder("=")
        return sealed(array.astype(native, order="K", copy=False))

    def _listed(self) -> str:
        names = sorted(self._specs)
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        return (", ".join(map(repr, names[:10])) or "nothing") + more

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Say of whatever goes wrong that this file is damaged."""
        try:
            yield
        except MemoryError:  # no array is larger than the file has bytes for
            raise
        except Exception as error:  # what parsers say of bytes that nobody wrote so
            raise DataLossError(
                None,
                None,
                f"the checkpoint {self._path!r} is damaged: {error}; restore another "
                "one (see train.get_checkpoint_state)",
            ) from error

    def _check_digest(self) -> None:
        left = self._size - len(_NO_DIGEST + _END)
        self._file.seek(max(0, self._size - _ENDING_SIZE))
        ending = _ENDING.fullmatch(self._file.read(_ENDING_SIZE))
        if ending is None:
            raise ValueError(
                f"its {self._size} bytes do not end as those of a checkpoint; it was "
                "cut short, or is something else"
            )
        digest = blake2b(digest_size=32)
        self._file.seek(0)
        while chunk := self._file.read(min(left, _CHUNK)):
            digest.update(chunk)
            left -= len(chunk)
        digest.update(_NO_DIGEST + _END)
        if digest.hexdigest().encode() != ending[1]:
            raise ValueError("its bytes are not those that were written (checksum)")

    # From here on nothing is wrong, unless somebody made the digest fit.

    def _run_number(self) -> int | None:
        notes = json.loads(self._archive.comment)
        if notes["format"] != FORMAT:
            raise ValueError(f"expected the format {FORMAT!r}, got {notes['format']!r}")
        number = notes["run_number"]
        if number is not None and (type(number) is not int or number < 0):
            raise ValueError(f"expected the number of a run, got {number!r}")
        return number

    def _members_by_name(self) -> dict[str, ZipInfo]:
        entries = self._archive.infolist()
        members = {e.filename.removesuffix(".npy"): e for e in entries}
        if len(members) != len(entries):
            raise ValueError("it has two arrays of one name")
        for entry in entries:
            sizes = {entry.file_size, entry.compress_size}
            if entry.compress_type != ZIP_STORED or len(sizes) > 1:
                raise ValueError(f"{entry.filename!r} in it is compressed")
        if sum(entry.file_size for entry in entries) > self._size:
            raise ValueError("its arrays claim more bytes than the file has")
        return members

    def _read_spec(self, name: str) -> Spec:
        with self._archive.open(self._members[name]) as member:
            shape, _, dtype = self._header(member, name)
        return Spec(dtype.newbyteorder("="), shape)

    def _header(self, member: Any, name: str) -> tuple[Any, bool, np.dtype[Any]]:
        """Shape, order and dtype, which are known to take up the whole member."""
        if npy.read_magic(member) != (1, 0):
            raise ValueError(f"{name!r} in it is of another version of .npy")
        shape, fortran, dtype = npy.read_array_header_1_0(member)
        if dtype.kind not in "biufc":
            raise ValueError(f"{name!r} in it is of dtype {dtype}")
        claimed = prod(shape) * dtype.itemsize
        left = self._members[name].file_size - member.tell()
        if claimed != left or min(shape, default=0) < 0:
            raise ValueError(
                f"{name!r} in it claims {dtype} {list(shape)}, {claimed} bytes, and "
                f"has {left}"
            )
        return shape, fortran, dtype


def _fill(array: np.ndarray[Any, Any], member: Any) -> None:
    """Read the bytes of `array`, a chunk at a time; zip checks their checksum."""
    target = array.reshape(-1, order="A").view(np.uint8)
    for start in range(0, target.size, _CHUNK):
        part = target[start : start + _CHUNK]
        part[:] = np.frombuffer(member.read(part.size), np.uint8)
