"""The names of `tf.test`: what of TensorFlow's there is on this machine."""

from typing import Any

from daskflow.missing import tell_missing

__all__ = ["gpu_device_name", "is_built_with_cuda", "is_gpu_available"]

tell_missing(__name__)


def is_gpu_available(
    cuda_only: bool = False, min_cuda_compute_capability: Any = None
) -> bool:
    """False: kernels are NumPy's.

    >>> df.test.is_gpu_available()
    False
    """
    return False


def is_built_with_cuda() -> bool:
    """False: kernels are NumPy's.

    >>> df.test.is_built_with_cuda()
    False
    """
    return False


def gpu_device_name() -> str:
    """The empty text: there is none.

    >>> df.test.gpu_device_name()
    ''
    """
    return ""
