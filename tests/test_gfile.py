"""`tf.gfile` is Python's files under TensorFlow's names."""

import pytest

import daskflow as df
from daskflow import gfile
from daskflow.errors import InvalidArgumentError, NotFoundError


def test_files_are_read_and_written(tmp_path):
    path = str(tmp_path / "file")
    with gfile.GFile(path, "w") as file:
        file.write("one\ntwo\n")
        assert file.size() == 8
        assert file.tell() == 8
    with gfile.Open(path) as file:
        assert file.readline() == "one\n"
        file.flush()
        assert file.readlines() == ["two\n"]
        file.seek(0)
        assert list(file) == ["one\n", "two\n"]
    with gfile.FastGFile(path, "rb") as file:
        assert file.read(3) == b"one"
    reader = gfile.GFile(path)
    reader.close()
    assert reader.read() == "one\ntwo\n"
    reader.close()


def test_directories_are_made_walked_and_removed(tmp_path):
    top = str(tmp_path / "a")
    gfile.MakeDirs(f"{top}/b")
    gfile.MakeDirs(f"{top}/b")
    gfile.MkDir(f"{top}/c")
    for name in ("b/1.txt", "2.txt"):
        with gfile.GFile(f"{top}/{name}", "w") as file:
            file.write("x")
    assert gfile.IsDirectory(top)
    assert not gfile.IsDirectory(f"{top}/2.txt")
    assert sorted(gfile.ListDirectory(top)) == ["2.txt", "b", "c"]
    assert gfile.Glob(f"{top}/*.txt") == [f"{top}/2.txt"]
    assert gfile.Glob([f"{top}/b/*", f"{top}/2*"]) == [f"{top}/b/1.txt", f"{top}/2.txt"]
    assert next(iter(gfile.Walk(top)))[0] == top
    assert [folder for folder, _, _ in gfile.Walk(top, in_order=False)][-1] == top
    gfile.Remove(f"{top}/2.txt")
    gfile.DeleteRecursively(f"{top}/b/1.txt")
    gfile.DeleteRecursively(top)
    assert not gfile.Exists(top)


def test_copies_and_renamed_files_spare_what_is_there(tmp_path):
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    for path in (a, b):
        with gfile.GFile(path, "w") as file:
            file.write(path[-1])
    for change in (gfile.Copy, gfile.Rename):
        with pytest.raises(InvalidArgumentError, match="overwrite=True"):
            change(a, b)
    gfile.Copy(a, b, overwrite=True)
    with gfile.GFile(b) as file:
        assert file.read() == "a"
    gfile.Rename(a, b, overwrite=True)
    assert not gfile.Exists(a)


def test_what_is_not_there_is_not_found(tmp_path):
    none = str(tmp_path / "none")
    for use in [
        lambda: gfile.GFile(none).read(),
        lambda: gfile.Stat(none),
        lambda: gfile.Remove(none),
        lambda: gfile.DeleteRecursively(none),
        lambda: gfile.ListDirectory(none),
        lambda: gfile.MkDir(none + "/a"),
        lambda: gfile.Copy(none, none + "2"),
        lambda: gfile.Rename(none, none + "2"),
    ]:
        with pytest.raises(NotFoundError, match="there is no .*none"):
            use()
    assert not df.gfile.Exists(none)
