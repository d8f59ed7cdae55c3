"""The file format: what is written comes back to the bit, or is refused."""

import os
import tracemalloc
import zipfile
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from daskflow.checkpoint import CheckpointReader, replacing, write
from daskflow.errors import (
    DataLossError,
    DTypeError,
    InvalidArgumentError,
    NotFoundError,
)

SMALL = {
    "layer/w": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
    "layer/b": np.array([True, False]),
    "step": np.array(3, np.int64),
    "none": np.empty((0, 4), np.complex64),
}

DTYPES = [
    "?",
    "i1",
    "i2",
    "i4",
    "i8",
    "u1",
    "u2",
    "u4",
    "u8",
    "f2",
    "f4",
    "f8",
    "c8",
    "c16",
]

ARRAYS = st_numpy.arrays(
    st.sampled_from(DTYPES).map(np.dtype),
    st_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)

NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
)


def all_of(path: Path) -> dict[str, Any]:
    with CheckpointReader(str(path)) as reader:
        names = reader.get_variable_to_shape_map()
        return {name: reader.get_tensor(name) for name in names}


def same(a: Any, b: Any) -> bool:
    """Whether two arrays have the same dtype, shape, order and bits."""
    c, fortran = a.flags.c_contiguous, a.flags.f_contiguous
    return (
        (a.dtype, a.shape) == (b.dtype, b.shape)
        and (c, fortran) == (b.flags.c_contiguous, b.flags.f_contiguous)
        and a.tobytes() == b.tobytes()
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.index"


@pytest.fixture
def small(path: Path) -> bytes:
    """The bytes of a small checkpoint at `path`."""
    write(str(path), SMALL, run_number=7)
    return path.read_bytes()


# What is written comes back


@given(arrays=st.dictionaries(NAMES, ARRAYS, max_size=5), order=st.sampled_from("CF"))
def test_any_arrays_come_back_to_the_bit_and_in_their_order(
    arrays: dict[str, Any], order: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("round") / "model.index"
    arrays = {name: array.copy(order) for name, array in arrays.items()}
    write(str(path), arrays)
    found = all_of(path)
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert same(found[name], array), name
        assert not found[name].flags.writeable


def test_dtypes_shapes_and_the_number_of_the_run_are_known_before_a_value_is_read(
    path: Path, small: bytes
) -> None:
    with CheckpointReader(str(path)) as reader:
        assert reader.run_number == 7
        assert reader.get_variable_to_shape_map() == {
            "layer/w": [2, 3], "layer/b": [2], "step": [], "none": [0, 4]
        }  # fmt: skip
        assert reader.get_variable_to_dtype_map()["layer/w"] == np.float32
        assert reader.has_tensor("step")
        assert not reader.has_tensor("steps")
        assert str(reader.spec("layer/b")) == "bool [2]"


def test_the_number_of_the_run_may_be_left_out(path: Path) -> None:
    write(str(path), SMALL)
    with CheckpointReader(str(path)) as reader:
        assert reader.run_number is None


def test_a_view_with_gaps_and_one_in_the_other_byte_order_come_back_as_values(
    path: Path,
) -> None:
    gaps = np.arange(20).reshape(4, 5)[::2, ::2]
    swapped = np.arange(3).astype(np.dtype(np.int32).newbyteorder())
    write(str(path), {"gaps": gaps, "swapped": swapped})
    found = all_of(path)
    assert same(found["gaps"], gaps.copy("C"))
    assert same(found["swapped"], swapped.astype(np.int32))


def test_numpy_reads_it_without_daskflow(path: Path, small: bytes) -> None:
    with np.load(path, allow_pickle=False) as arrays:
        assert list(arrays) == list(SMALL)
        assert all(same(arrays[name], SMALL[name]) for name in SMALL)


def test_writing_the_same_twice_gives_the_same_bytes(path: Path, small: bytes) -> None:
    write(str(path), SMALL, run_number=7)
    assert path.read_bytes() == small


def test_no_second_copy_of_a_large_array_is_made(path: Path) -> None:
    large = np.ones((6_000, 2_000))  # 96 MB
    large = np.asfortranarray(large)
    tracemalloc.start()
    try:
        write(str(path), {"large": large})
        _, written = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        with CheckpointReader(str(path)) as reader:
            found = reader.get_tensor("large")
        _, read = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert same(found, large)
    assert written < 0.5 * large.nbytes
    assert read < 1.2 * large.nbytes


# What cannot be written


@pytest.mark.parametrize(
    "array",
    [np.array([None]), np.array(["a"]), np.zeros(1, "M8[s]"), np.zeros(1, "V4")],
)
def test_only_numbers_are_written(array: Any, path: Path, small: bytes) -> None:
    with pytest.raises(DTypeError, match="cannot save 'x' of dtype"):
        write(str(path), {"w": np.ones(2), "x": array})
    assert path.read_bytes() == small


@pytest.mark.parametrize("name", ["", "a\0b", "a" * 60_001, "ü" * 30_001])
def test_a_name_that_a_zip_cannot_keep_is_refused(name: str, path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="a name in a checkpoint"):
        write(str(path), {name: np.ones(2)})
    assert not path.exists()


def test_an_error_while_writing_leaves_the_old_file_and_nothing_else(
    path: Path, small: bytes
) -> None:
    def interrupted() -> None:
        with replacing(str(path)) as file:
            file.write(b"half of it")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == small
    assert os.listdir(path.parent) == [path.name]


# What is refused


def test_every_flipped_bit_is_refused(path: Path, small: bytes) -> None:
    for bit in range(8 * len(small)):
        flipped = bytearray(small)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        with pytest.raises(DataLossError, match="model.index' is damaged: "):
            CheckpointReader(str(path))


def test_every_truncation_is_refused(path: Path, small: bytes) -> None:
    for length in range(len(small)):
        path.write_bytes(small[:length])
        with pytest.raises(DataLossError, match=f"its {length} bytes do not end"):
            CheckpointReader(str(path))


def test_what_was_added_or_swapped_is_refused(path: Path, small: bytes) -> None:
    middle = len(small) // 2
    swapped = small[middle:-66] + small[:middle] + small[-66:]
    for tampered in [small + b"\0", b"\0" + small, small + small, swapped]:
        path.write_bytes(tampered)
        with pytest.raises(DataLossError, match="damaged"):
            CheckpointReader(str(path))


def test_a_change_after_it_was_opened_is_found_by_the_checksum_of_the_array(
    path: Path,
) -> None:
    arrays = {"first": np.ones(100_000), "last": np.full(100_000, 2.0)}
    write(str(path), arrays)
    with CheckpointReader(str(path)) as reader:
        with open(path, "r+b") as file:  # in place, unlike what write does
            file.seek(path.stat().st_size // 4)
            file.write(b"\1")
        with pytest.raises(DataLossError, match="damaged: .*'first.npy'"):
            reader.get_tensor("first")
        assert same(reader.get_tensor("last"), arrays["last"])


def test_a_reader_keeps_to_the_file_that_it_opened(path: Path, small: bytes) -> None:
    with CheckpointReader(str(path)) as reader:
        write(str(path), {"step": np.array(4, np.int64)})
        assert reader.get_tensor("step") == 3


def test_a_missing_file_and_a_missing_array_are_named(path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no checkpoint '.*model.index'"):
        CheckpointReader(str(path))
    write(str(path), {f"v{i}": np.ones(1) for i in range(12)})
    with (
        CheckpointReader(str(path)) as reader,
        pytest.raises(NotFoundError, match="no 'w' in .*which has 'v0', .* and 2 more"),
    ):
        reader.get_tensor("w")


# Files with a digest that fits, which somebody made by hand


def signed(data: bytes) -> bytes:
    body, end = data[:-66], data[-2:]
    digest = blake2b(body + b"0" * 64 + end, digest_size=32)
    return body + digest.hexdigest().encode() + end


def archive(path: Path, members: dict[str, bytes], notes: str, **options: Any) -> None:
    with zipfile.ZipFile(path, "w", **options) as file:
        for name, data in members.items():
            file.writestr(name, data)
        file.comment = f'{{{notes}, "blake2b": "{"0" * 64}"}}'.encode()
    path.write_bytes(signed(path.read_bytes()))


NOTES = '"format": "daskflow checkpoint 1", "run_number": null'


def npy(header: str, data: bytes) -> bytes:
    return b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header.encode() + data


def header(descr: str, shape: str) -> str:
    return f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}\n"


def test_what_these_tests_make_by_hand_is_read_if_it_is_right(path: Path) -> None:
    archive(path, {"w.npy": npy(header("<f4", "(2,)"), bytes(8))}, NOTES)
    assert same(all_of(path)["w"], np.zeros(2, np.float32))


@pytest.mark.parametrize(
    ("members", "notes", "complaint"),
    [
        ({}, NOTES.replace("1", "2"), "expected the format 'daskflow checkpoint 1'"),
        ({}, NOTES.replace("null", "-1"), "expected the number of a run, got -1"),
        ({}, NOTES.replace("null", "true"), "expected the number of a run, got True"),
        ({"w.npy": npy(header("<f8", "(10000000000,)"), b"")}, NOTES, "claims float64"),
        ({"w.npy": npy(header("<f8", "(0, 10000000000)"), b"1")}, NOTES, "and has 1"),
        ({"w.npy": npy(header("<f8", "(-1, -1)"), bytes(8))}, NOTES, "claims float64"),
        ({"w.npy": npy(header("|O", "(1,)"), bytes(8))}, NOTES, "is of dtype object"),
        ({"w.npy": npy("(" * 5000, b"")}, NOTES, "damaged"),
        ({"w.npy": b"\x93NUMPY\2\0" + bytes(80)}, NOTES, "another version of .npy"),
        ({"w.npy": b""}, NOTES, "damaged"),
        ({"w": b"", "w.npy": b""}, NOTES, "two arrays of one name"),
    ],
)
def test_a_file_with_a_right_digest_and_wrong_content_is_refused(
    members: dict[str, bytes], notes: str, complaint: str, path: Path
) -> None:
    archive(path, members, notes)
    with pytest.raises(DataLossError, match=complaint):
        CheckpointReader(str(path))


def test_nothing_in_it_is_decompressed(path: Path) -> None:
    bomb = npy(header("<f8", "(100000,)"), bytes(800_000))
    archive(path, {"w.npy": bomb}, NOTES, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(DataLossError, match="'w.npy' in it is compressed"):
        CheckpointReader(str(path))


def test_arrays_that_overlap_are_refused(path: Path) -> None:
    data = npy(header("<f8", "(1000,)"), bytes(8_000))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("w0.npy", data)
        for i in range(1, 9):
            entry = zipfile.ZipInfo(f"w{i}.npy")
            entry.header_offset = 0
            entry.CRC = file.infolist()[0].CRC
            entry.file_size = entry.compress_size = len(data)
            file.filelist.append(entry)
        file.comment = f'{{{NOTES}, "blake2b": "{"0" * 64}"}}'.encode()
    path.write_bytes(signed(path.read_bytes()))
    with pytest.raises(DataLossError, match="claim more bytes than the file has"):
        CheckpointReader(str(path))


def test_any_damage_under_a_right_digest_is_refused_or_harmless(
    path: Path, small: bytes
) -> None:
    random = np.random.default_rng(11)
    refused = 0
    for _ in range(3_000):
        damaged = bytearray(small)
        for place in random.integers(0, len(small) - 66, random.integers(1, 4)):
            damaged[place] = random.integers(256)
        path.write_bytes(signed(bytes(damaged)))
        try:
            found = all_of(path)
        except DataLossError:
            refused += 1
        else:
            assert sum(array.nbytes for array in found.values()) <= len(small)
    assert refused > 1_000


def test_memory_that_runs_out_is_not_called_damage(
    path: Path, small: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*args: Any, **kwargs: Any) -> None:
        raise MemoryError

    with CheckpointReader(str(path)) as reader, monkeypatch.context() as patch:
        patch.setattr(np, "empty", no_memory)
        with pytest.raises(MemoryError):
            reader.get_tensor("layer/w")
    assert len(os.listdir(path.parent)) == 1
