"""Small namespaces of TensorFlow's."""

import pytest

import daskflow as df


def test_there_is_no_gpu():
    assert not df.test.is_gpu_available(cuda_only=True)
    assert not df.test.is_built_with_cuda()
    assert df.test.gpu_device_name() == ""


@pytest.mark.parametrize(
    "name", ["debugging", "gfile", "graph_util", "logging", "summary", "test"]
)
def test_a_namespace_has_what_it_lists_and_says_what_it_lacks(name):
    namespace = getattr(df, name)
    for listed in namespace.__all__:
        assert getattr(namespace, listed) is not None
    with pytest.raises(AttributeError, match=f"daskflow has no '{name}.nothing'"):
        _ = namespace.nothing
