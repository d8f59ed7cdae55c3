"""TensorFlow 1's graphs on NumPy, run by Dask."""

from typing import TYPE_CHECKING
from typing import Any as _Any

from daskflow import (
    bitwise,
    debugging,
    errors,
    initializers,
    linalg,
    logging,
    math,
    nn,
    random,
    signal,
    spectral,
    strings,
    train,
)
from daskflow import config as _config
from daskflow import ops as _ops
from daskflow.config import *
from daskflow.defaults import (
    add_to_collection,
    add_to_collections,
    control_dependencies,
    device,
    get_collection,
    get_collection_ref,
    name_scope,
    set_random_seed,
)
from daskflow.errors import OpError
from daskflow.gradients import (
    RegisterGradient,
    UnconnectedGradients,
    gradients,
    hessians,
)
from daskflow.graph import (
    Graph,
    Operation,
    Tensor,
    get_default_graph,
    get_default_session,
    reset_default_graph,
)
from daskflow.graph_def import GraphDef, NodeDef, import_graph_def
from daskflow.keys import GraphKeys
from daskflow.missing import tell_missing
from daskflow.ops.array import *
from daskflow.ops.blocks import *
from daskflow.ops.check import *
from daskflow.ops.clip import *
from daskflow.ops.cumulative import *
from daskflow.ops.decompositions import *
from daskflow.ops.fourier import *
from daskflow.ops.functions import *
from daskflow.ops.gathering import *
from daskflow.ops.indexing import *
from daskflow.ops.initializers import *
from daskflow.ops.joining import *
from daskflow.ops.linalg import *
from daskflow.ops.making import *
from daskflow.ops.math import *
from daskflow.ops.matrices import *
from daskflow.ops.nn import log_sigmoid, relu, sigmoid, softmax, tanh
from daskflow.ops.ordering import *
from daskflow.ops.printing import *
from daskflow.ops.products import *
from daskflow.ops.py_func import *
from daskflow.ops.random import *
from daskflow.ops.rearranging import *
from daskflow.ops.reduce import *
from daskflow.ops.scatter import *
from daskflow.ops.scopes import *
from daskflow.ops.segment import *
from daskflow.ops.slices import *
from daskflow.ops.special import *
from daskflow.ops.state import *
from daskflow.ops.state import tuple_of as tuple
from daskflow.ops.strings import *
from daskflow.ops.templates import *
from daskflow.run_metadata import RunMetadata, RunOptions
from daskflow.session import InteractiveSession, Session
from daskflow.spec import (
    Dimension,
    DType,
    Spec,
    TensorShape,
    dimension_at_index,
    dimension_value,
)
from daskflow.train.meta_graph import MetaGraphDef
from daskflow.values import constant, convert_to_tensor, is_tensor, placeholder

__version__ = "1.15.0"
VERSION = __version__

__all__ = [
    *_config.__all__,
    *_ops.array.__all__,
    *_ops.blocks.__all__,
    *_ops.check.__all__,
    *_ops.clip.__all__,
    *_ops.cumulative.__all__,
    *_ops.decompositions.__all__,
    *_ops.fourier.__all__,
    *_ops.functions.__all__,
    *_ops.gathering.__all__,
    *_ops.indexing.__all__,
    *_ops.initializers.__all__,
    *_ops.joining.__all__,
    *_ops.linalg.__all__,
    *_ops.making.__all__,
    *_ops.math.__all__,
    *_ops.matrices.__all__,
    *_ops.ordering.__all__,
    *_ops.printing.__all__,
    *_ops.products.__all__,
    *_ops.py_func.__all__,
    *_ops.random.__all__,
    *_ops.rearranging.__all__,
    *_ops.reduce.__all__,
    *_ops.scatter.__all__,
    *_ops.scopes.__all__,
    *_ops.segment.__all__,
    *_ops.slices.__all__,
    *_ops.special.__all__,
    *_ops.state.__all__,
    *_ops.strings.__all__,
    "VERSION",
    *_ops.templates.__all__,
    "DType",
    "Dimension",
    "Graph",
    "GraphDef",
    "GraphKeys",
    "InteractiveSession",
    "MetaGraphDef",
    "NodeDef",
    "OpError",
    "Operation",
    "RegisterGradient",
    "RunMetadata",
    "RunOptions",
    "Session",
    "Spec",
    "Tensor",
    "TensorShape",
    "UnconnectedGradients",
    "add_to_collection",
    "add_to_collections",
    "app",
    "as_dtype",
    "bitwise",
    "bool",
    "compat",
    "complex64",
    "complex128",
    "constant",
    "contrib",
    "control_dependencies",
    "convert_to_tensor",
    "debugging",
    "device",
    "dimension_at_index",
    "dimension_value",
    "double",
    "errors",
    "flags",
    "float16",
    "float32",
    "float64",
    "get_collection",
    "get_collection_ref",
    "get_default_graph",
    "get_default_session",
    "gfile",
    "gradients",
    "graph_util",
    "hessians",
    "half",
    "import_graph_def",
    "initializers",
    "int8",
    "int16",
    "int32",
    "int64",
    "is_tensor",
    "layers",
    "linalg",
    "log_sigmoid",
    "logging",
    "losses",
    "math",
    "metrics",
    "name_scope",
    "nn",
    "placeholder",
    "random",
    "relu",
    "reset_default_graph",
    "set_random_seed",
    "sigmoid",
    "softmax",
    "signal",
    "spectral",
    "string",
    "strings",
    "summary",
    "tanh",
    "test",
    "timeline",
    "train",
    "tuple",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]

if TYPE_CHECKING:
    from daskflow import (
        app,
        compat,
        contrib,
        flags,
        gfile,
        graph_util,
        layers,
        losses,
        metrics,
        summary,
        test,
        timeline,
    )

_LATER = (
    "app",
    "compat",
    "contrib",
    "flags",
    "gfile",
    "graph_util",
    "layers",
    "losses",
    "metrics",
    "summary",
    "test",
    "timeline",
)
"""Namespaces that are imported when they are first used: most programs use few."""

tell_missing(__name__, _LATER)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


# Of the tensorboard package; told to a type checker, which sees no `__getattr__`.
Event: _Any
SessionLog: _Any
Summary: _Any
SummaryMetadata: _Any
TaggedRunMetadata: _Any

as_dtype = DType
bool, string = DType("bool"), DType("string")
int8, int16, int32, int64 = map(DType, ("int8", "int16", "int32", "int64"))
uint8, uint16, uint32, uint64 = map(DType, ("uint8", "uint16", "uint32", "uint64"))
float16, float32, float64 = map(DType, ("float16", "float32", "float64"))
half, double = float16, float64
complex64, complex128 = map(DType, ("complex64", "complex128"))
