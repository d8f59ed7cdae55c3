"""Graphs, operations and tensors, without running any."""

import inspect
import pickle
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import (
    DTypeError,
    FinalizedError,
    GraphError,
    ShapeError,
    SymbolicAttributeError,
    SymbolicTensorError,
    UnknownNameError,
)
from daskflow.graph import Stored, split_index
from daskflow.spec import Spec


class double(df.Operation):
    def __init__(self, x, name=None):
        super().__init__([x], name)

    def compute(self, x_value):
        return 2 * x_value


def affine():
    a = df.Variable([[1.0, 0.0], [0.0, -1.0]], name="a")
    b = df.Variable([1.0, 1.0], name="b")
    x = df.placeholder(name="x")
    y = df.matmul(a, x)
    return a, b, x, y, df.add(y, b)


# Default graphs


def test_a_plain_call_makes_a_graph_the_default_for_all_that_follows():
    graph = df.Graph()
    graph.as_default()
    assert df.placeholder().graph is graph
    assert df.get_default_graph() is graph


def test_the_end_of_a_with_block_undoes_plain_calls_made_inside():
    outer = df.get_default_graph()
    with df.Graph().as_default():
        df.Graph().as_default()
    assert df.get_default_graph() is outer


def test_reset_default_graph_starts_an_empty_graph():
    df.placeholder()
    df.reset_default_graph()
    assert df.get_default_graph().get_operations() == []


def test_a_thread_does_not_inherit_the_default_graph():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(df.get_default_graph()))
    thread.start()
    thread.join()
    assert seen[0] is not df.get_default_graph()


def test_an_operation_enters_the_graph_of_its_inputs():
    graph = df.Graph()
    with graph.as_default():
        x = df.placeholder()
    assert df.exp(x).graph is graph


def test_operands_of_two_graphs_are_refused():
    x = df.placeholder(name="here")
    with df.Graph().as_default():
        y = df.placeholder(name="there")
    with pytest.raises(GraphError, match="'here:0'.*'there:0'.*different graphs"):
        df.add(x, y)


# The tutorial's view


def test_a_graph_lists_operations_placeholders_and_variables_as_the_tutorial_does():
    a, b, x, y, z = affine()
    graph = df.get_default_graph()
    assert graph.operations == [y, z]
    assert graph.placeholders == [x]
    assert graph.variables == [a, b]


def test_nodes_know_their_input_nodes_and_consumers():
    a, b, x, y, z = affine()
    assert y.input_nodes == [a, x]
    assert z.input_nodes == [y, b]
    assert x.consumers == a.consumers == [y]
    assert y.consumers == b.consumers == [z]
    assert z.consumers == []


def test_consumers_may_be_called_for_the_operations_as_in_tensorflow():
    _, b, x, y, z = affine()
    assert x.consumers() == [y.op]
    assert b.consumers() == [z.op]


def test_an_operand_used_twice_has_one_consumer():
    x = df.placeholder()
    y = x + x
    assert x.consumers == [y]


def test_consumers_grow_with_the_graph():
    x = df.placeholder()
    y = df.exp(x)
    assert x.consumers == [y]
    z = df.exp(x)
    assert x.consumers == [y, z]


def test_an_operation_computes_by_itself():
    z = df.add(df.placeholder(), 1.0)
    assert z.op.compute(np.array([1.0]), np.array([2.0])) == [3.0]


# Classes derived from Operation


def test_an_instance_of_a_class_is_usable_wherever_a_tensor_is():
    x = df.placeholder(name="x")
    d = double(x)
    y = d + 1.0
    assert d.input_nodes == [x]
    assert x.consumers == [d]
    assert d.consumers == [y]
    assert df.add(d, d).input_nodes == [d, d]
    assert (d.name, d.type, d.output.name) == ("double", "double", "double:0")


def test_a_class_without_compute_is_refused_when_it_is_used():
    class nothing(df.Operation):
        pass

    with pytest.raises(TypeError, match="define compute"):
        nothing([df.placeholder()])


def test_a_class_that_compares_by_value_is_refused_when_it_is_used():
    @dataclass
    class scale(df.Operation):
        x: Any
        factor: float

        def __post_init__(self):
            super().__init__([self.x])

        def compute(self, x):
            return self.factor * x

    with pytest.raises(TypeError, match="scale redefines ==.*eq=False"):
        scale(df.placeholder(), 2.0)


def test_a_class_that_hands_on_a_tensor_and_no_list_is_refused_when_it_is_used():
    class scale(df.Operation):
        def __init__(self, x):
            super().__init__(x)

        def compute(self, x):
            return x

    with pytest.raises(TypeError, match=r"scale must give .* a list .*'x:0'"):
        scale(df.placeholder(name="x"))


def test_a_class_may_store_attributes_under_the_graph_s_names():
    d = double(df.placeholder(name="x"))
    d.inputs = "mine"
    d.name = "mine too"
    assert d.inputs == "mine"
    assert d.output.op.name == "mine too"
    assert d.input_nodes == [df.get_default_graph().placeholders[0]]
    assert df.get_default_graph().get_operation_by_name("double") is d


def test_a_task_s_copy_of_an_instance_leaves_the_nodes_behind():
    x = df.placeholder()
    d = double(x)
    d.scale = 3.0
    d.parts = [x, {"y": x}]
    copy = d.shipped_op().kernel.copy()
    assert copy.scale == 3.0
    with pytest.raises(AttributeError, match=r"no attribute 'parts'.*arguments"):
        _ = copy.parts
    assert pickle.loads(pickle.dumps(copy)).scale == 3.0
    assert "copy for a task" in repr(copy)


def test_a_node_cannot_be_pickled():
    d = double(df.placeholder())
    w = df.Variable(1.0)
    for node in (d, d.output, d.output.op, w, df.get_default_graph()):
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(node)


# Names


def test_a_name_that_is_taken_gets_a_number():
    names = [df.placeholder(name="c").name for _ in range(3)]
    assert names == ["c:0", "c_1:0", "c_2:0"]


def test_a_number_chosen_by_the_user_is_not_given_out_again():
    df.placeholder(name="c")
    df.placeholder(name="c_1")
    assert df.placeholder(name="c").name == "c_2:0"
    assert df.placeholder(name="c_1").name == "c_1_1:0"


def test_case_does_not_tell_two_names_apart():
    df.placeholder(name="X")
    assert df.placeholder(name="x").name == "x_1:0"


def test_scopes_prefix_names_and_are_unique_themselves():
    with df.name_scope("s") as first:
        a = df.placeholder(name="p")
    with df.name_scope("s") as second:
        b = df.placeholder(name="p")
    assert (first, second) == ("s/", "s_1/")
    assert (a.name, b.name) == ("s/p:0", "s_1/p:0")


def test_a_scope_ending_in_a_slash_is_entered_again():
    with df.name_scope("s") as scope:
        pass
    with df.name_scope(scope):
        assert df.placeholder(name="p").name == "s/p:0"
    assert df.placeholder(name="s/").name != "s/p:0"


def test_an_empty_scope_is_the_root():
    with df.name_scope("s"), df.name_scope(None):
        assert df.placeholder(name="p").name == "p:0"


def test_a_literal_name_is_taken_once():
    assert df.placeholder(name="train/").name == "train:0"
    assert df.placeholder(name="train").name == "train_1:0"
    assert df.placeholder(name="train/").name == "train_2:0"


@pytest.mark.parametrize("name", ["a b", "_x", "-x", "a:0", "ä"])
def test_a_name_with_other_characters_is_refused(name):
    with pytest.raises(GraphError, match="valid name"):
        df.placeholder(name=name)


def test_a_constant_operand_is_named_after_its_place():
    y = df.placeholder(dtype="float32") + 1.0
    assert [t.name for t in y.op.inputs] == ["Placeholder:0", "add/y:0"]


def test_what_is_refused_leaves_no_trace_in_the_graph():
    x = df.placeholder("float32", [2], name="x")
    with pytest.raises(ShapeError):
        df.add(x, [1.0, 2.0, 3.0])
    assert [op.name for op in df.get_default_graph().get_operations()] == ["x"]
    assert df.add(x, 1.0).name == "Add:0"


# Looking up


def test_a_name_finds_its_operation_and_its_tensor():
    x = df.placeholder(name="x")
    graph = df.get_default_graph()
    assert graph.get_operation_by_name("x") is x.op
    assert graph.get_tensor_by_name("x:0") is x
    assert graph.as_graph_element("x") is x.op
    assert graph.as_graph_element(b"x:0") is x


@pytest.mark.parametrize("name", ["y:0", "x:1", "y"])
def test_an_absent_name_is_a_key_error_with_a_readable_text(name):
    df.placeholder(name="x")
    with pytest.raises(UnknownNameError, match="no ") as caught:
        df.get_default_graph().as_graph_element(name)
    assert isinstance(caught.value, KeyError)
    assert not str(caught.value).startswith("'")


def test_an_operation_s_name_is_no_tensor_s_name():
    df.placeholder(name="x")
    with pytest.raises(GraphError, match="'x:0' is the first output"):
        df.get_default_graph().get_tensor_by_name("x")


# Control dependencies


def test_control_dependencies_add_up_and_none_clears_them():
    a, b, c = (df.constant(1.0, name=n) for n in "abc")
    with df.control_dependencies([a]):
        inner_a = df.identity(c)
        with df.control_dependencies([b, a.op]):
            both = df.identity(c)
        with df.control_dependencies(None):
            none = df.identity(c)
    after = df.identity(c)
    assert inner_a.op.control_inputs == (a.op,)
    assert both.op.control_inputs == (a.op, b.op)
    assert none.op.control_inputs == after.op.control_inputs == ()


def test_a_variable_does_not_inherit_control_dependencies():
    with df.control_dependencies([df.constant(1.0)]):
        w = df.Variable(1.0)
    assert w.op.control_inputs == w.initializer.control_inputs == ()


# Constants and dtypes


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.5, "float32"),
        (3, "int32"),
        (2**40, "int64"),
        (True, "bool"),
        (1j, "complex128"),
        ([1, 2.5], "float32"),
        ([[1, 2]], "int32"),
        (np.float64(1.5), "float64"),
        ([np.float64(1.5), 2], "float64"),
        (np.arange(3), "int64"),
        (np.ones(2, np.float16), "float16"),
        ([], "float32"),
    ],
)
def test_python_numbers_become_short_and_arrays_keep_their_dtype(value, dtype):
    assert df.constant(value).dtype == dtype


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(0.5, "int32"), (300, "uint8"), (-1, "uint8"), (1j, "float32"), ("a", "float32")],
)
def test_a_constant_that_would_lose_its_value_is_refused(value, dtype):
    with pytest.raises(DTypeError, match=f"expected {dtype}"):
        df.constant(value, dtype)


@pytest.mark.parametrize("value", [[{}], object()])
def test_what_is_no_number_is_no_constant(value):
    with pytest.raises(DTypeError):
        df.constant(value)


@pytest.mark.parametrize("value", [[[1], [2, 3]], None])
def test_what_has_no_shape_is_no_constant(value):
    with pytest.raises(GraphError):
        df.constant(value)


def test_a_list_of_tensors_is_no_constant_but_stack_makes_one_of_it():
    x = df.placeholder("float32", [])
    with pytest.raises(DTypeError, match="stack"):
        df.constant([x, x])


def test_a_constant_is_a_snapshot():
    array = np.zeros(2)
    x = df.constant(array)
    array[:] = 1.0
    assert x.op.attrs["value"].tolist() == [0.0, 0.0]


def test_a_number_fills_a_constant_s_shape():
    assert df.constant(2.0, shape=[2, 3]).op.compute().tolist() == [[2.0] * 3] * 2
    assert df.constant([1, 2, 3, 4], shape=(2, 2)).shape == (2, 2)
    assert df.constant([1, 2], shape=[2, 2]).op.compute().tolist() == [[1, 2], [2, 2]]
    with pytest.raises(ShapeError, match="5 values"):
        df.constant([1, 2, 3, 4, 5], shape=[2, 2])


def test_a_python_number_adopts_the_dtype_of_the_tensor_it_meets():
    for dtype in ("float64", "float16", "int64", "uint8"):
        x = df.placeholder(dtype)
        assert (x * 2).dtype == (2 * x).dtype == dtype
    with pytest.raises(DTypeError, match=r"expected int32, got 0\.5"):
        df.placeholder("int32") * 0.5


def test_dtypes_do_not_mix():
    x, i = df.placeholder("float32", name="x"), df.placeholder("int32", name="i")
    with pytest.raises(DTypeError, match="float32 and int32") as caught:
        x + i
    assert "'x:0'" in str(caught.value)
    assert "'i:0'" in str(caught.value)


def test_an_array_adopts_a_dtype_of_its_own_kind():
    x, i = df.placeholder("float32"), df.placeholder("int32")
    assert (x * np.sqrt(2.0)).dtype == (np.ones(2) * x).dtype == "float32"
    with pytest.raises(DTypeError):
        i + np.array([1.5])


def test_a_number_that_meets_an_unknown_dtype_leaves_it_unknown():
    x = df.placeholder()
    assert (x + 1.0).dtype is None
    assert (x + df.constant(1.0)).dtype is None
    assert df.exp(x).dtype is None


@pytest.mark.parametrize(
    ("given", "dtype"),
    [("float", "float32"), (float, "float32"), (int, "int32"), (np.int8, "int8")],
)
def test_a_dtype_may_be_written_in_many_ways(given, dtype):
    assert df.placeholder(given).dtype == dtype


def test_what_is_no_dtype_is_refused():
    with pytest.raises(DTypeError, match="expected a dtype"):
        df.placeholder("florat")


# Shapes


def test_a_placeholder_declares_what_it_knows():
    assert df.placeholder("float32").shape.rank is None
    assert df.placeholder("float32", [None, 3]).shape == [None, 3]
    assert df.placeholder("float32", ()).shape == ()
    with pytest.raises(DTypeError, match="shape of ints"):
        df.placeholder("float32", [2.5])


def test_set_shape_adds_to_what_is_known_and_never_contradicts():
    x = df.placeholder("float32", [None, 3])
    x.set_shape([2, None])
    assert x.get_shape().as_list() == [2, 3]
    with pytest.raises(ShapeError, match="do not agree"):
        x.set_shape([4, 3])


# A tensor is no value


@pytest.mark.parametrize(
    "ask",
    [
        bool,
        len,
        list,
        np.asarray,
        np.sum,
        lambda x: np.concatenate([x, x]),
        np.cbrt,
        np.add.reduce,
        lambda x: np.add(x, 1.0, out=np.zeros(1)),
        lambda x: int(x.shape[0]),
    ],
)
def test_asking_a_tensor_for_a_value_says_what_to_do(ask):
    for x in (df.placeholder(name="x"), df.Variable(1.0) + df.placeholder()):
        with pytest.raises(SymbolicTensorError):
            ask(x)


def test_asking_a_tensor_for_an_array_s_attribute_says_what_to_do():
    x = df.placeholder(name="x")
    with pytest.raises(SymbolicAttributeError, match=r"no array and has no \.sum"):
        x.sum()
    assert not hasattr(x, "nothing")


def test_tensors_compare_and_hash_by_identity():
    x, y = df.placeholder(), df.placeholder()
    assert x == x
    assert x != y
    assert len({x, y, x}) == 2


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        (lambda x: x + 1.0, "add"),
        (lambda x: 1.0 + x, "add"),
        (lambda x: x - 1.0, "subtract"),
        (lambda x: 1.0 - x, "subtract"),
        (lambda x: x * 2.0, "multiply"),
        (lambda x: 2.0 * x, "multiply"),
        (lambda x: x / 2.0, "divide"),
        (lambda x: 2.0 / x, "divide"),
        (lambda x: x // 2.0, "floor_divide"),
        (lambda x: 2.0 // x, "floor_divide"),
        (lambda x: x % 2.0, "mod"),
        (lambda x: 2.0 % x, "mod"),
        (lambda x: x**2.0, "power"),
        (lambda x: 2.0**x, "power"),
        (lambda x: x @ np.eye(2), "matmul"),
        (lambda x: np.eye(2) @ x, "matmul"),
        (lambda x: -x, "negative"),
        (abs, "abs"),
        (lambda x: x < 1.0, "less"),
        (lambda x: x <= 1.0, "less_equal"),
        (lambda x: x > 1.0, "greater"),
        (lambda x: x >= 1.0, "greater_equal"),
        (lambda x: np.ones(2) + x, "add"),
        (lambda x: np.float64(2.0) * x, "multiply"),
        (lambda x: np.ones(2) > x, "greater"),
        (lambda x: np.exp(x), "exp"),
        (lambda x: np.abs(x), "abs"),
        (lambda x: x[0], "getitem"),
    ],
)
def test_an_operator_makes_an_operation(expression, kind):
    x = df.placeholder("float64", [2, 2])
    assert expression(x).op._op.name == kind


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        (lambda p: p & True, "logical_and"),
        (lambda p: True & p, "logical_and"),
        (lambda p: p | True, "logical_or"),
        (lambda p: True | p, "logical_or"),
        (lambda p: p ^ True, "logical_xor"),
        (lambda p: np.array([True]) & p, "logical_and"),
        (lambda p: True ^ p, "logical_xor"),
        (lambda p: ~p, "logical_not"),
    ],
)
def test_a_logical_operator_makes_an_operation(expression, kind):
    assert expression(df.placeholder("bool")).op._op.name == kind


def test_an_index_becomes_a_pattern_with_holes_for_tensors():
    i = df.placeholder("int32", [])
    pattern, tensors = split_index((np.int64(1), slice(None, i), None, ..., i))
    assert pattern == (1, (None, "#", None), None, Ellipsis, "#")
    assert tensors == [i, i]


@pytest.mark.parametrize("key", [1.5, "a", [0, 1], np.arange(2), True])
def test_what_is_no_index_is_refused(key):
    with pytest.raises(DTypeError, match="index a tensor with"):
        df.placeholder("float32", [3])[key]


# Where it was made


def test_an_operation_knows_the_line_that_made_it():
    line = inspect.currentframe().f_lineno + 1
    y = df.exp(df.placeholder())
    assert y.op.made_at == f"{__file__}:{line}: y = df.exp(df.placeholder())"


def test_what_stands_for_no_one_value_says_so():
    with pytest.raises(GraphError, match="0 outputs"):
        df.add(df.no_op(), 1.0)
    with pytest.raises(NotImplementedError):
        Stored().value()


def test_reprs_name_the_node_and_what_is_known_of_it():
    x = df.placeholder("float32", [None, 2], name="x")
    assert repr(x) == "<Tensor 'x:0' float32 [?, 2]>"
    assert repr(x.op) == "<Operation 'x' Placeholder>"
    assert repr(df.Variable(1.0, name="w")) == "<Variable 'w:0' float32 []>"
    assert repr(x.shape) == "TensorShape([None, 2])"


def test_a_dtype_is_told_from_no_dtype():
    # NumPy takes None for float64
    x = df.placeholder("float32")
    with pytest.raises(DTypeError, match="not of dtype float64"):
        df.convert_to_tensor(x, "float64")
    with pytest.raises(DTypeError, match="not of dtype float32"):
        df.convert_to_tensor(df.placeholder("float64"), "float32")
    assert df.convert_to_tensor(x, "float32") is x
    unknown = df.placeholder()
    assert df.convert_to_tensor(unknown, "float64") is unknown
    assert Spec(None, (2,)) != Spec(np.dtype(np.float64), (2,))


@pytest.mark.parametrize("shape", [[-2], [2, -3]])
def test_a_negative_length_is_refused(shape):
    with pytest.raises(ShapeError, match="lengths of axes"):
        df.placeholder("float32", shape)


# Collections, devices, finalized graphs


def test_a_collection_is_a_list_that_the_graph_keeps():
    graph = df.get_default_graph()
    df.add_to_collection("a", 1)
    df.add_to_collections(["a", "b", "a"], 2)
    df.add_to_collections("a", 3)
    assert df.get_collection("a") == [1, 2, 3]
    assert graph.get_collection("b") == [2]
    assert graph.get_all_collection_keys() == ["a", "b"]
    df.get_collection("a").append(4)
    df.get_collection_ref("b").append(5)
    assert (df.get_collection("a"), df.get_collection("b")) == ([1, 2, 3], [2, 5])
    graph.clear_collection("a")
    assert df.get_collection("a") == df.get_collection("nothing") == []


def test_a_scope_of_a_collection_is_matched_from_the_front_of_names():
    with df.name_scope("net"):
        x = df.constant(1.0, name="x")
    y = df.constant(1.0, name="network")
    z = df.constant(1.0, name="a_net")
    df.add_to_collections("c", 1)
    for tensor in (x, y, z):
        df.add_to_collection("c", tensor)
    assert df.get_collection("c", "net") == [x, y]
    assert df.get_collection("c", "net/") == [x]
    assert df.get_collection("c", "a?_?net") == [x, y, z]
    assert df.get_collection("c") == [1, x, y, z]


@pytest.mark.parametrize(
    ("asked", "noted"),
    [
        ("/gpu:0", "/device:GPU:0"),
        ("/device:CPU:1", "/device:CPU:1"),
        ("cpu:0", "/device:CPU:0"),
        ("/job:ps/task:0", "/job:ps/task:0"),
        (lambda op: "/gpu:0", ""),
        (None, ""),
    ],
)
def test_a_device_is_noted_and_decides_nothing(asked, noted):
    with df.device(asked):
        x = df.constant(1.0) + 1.0
        v = df.Variable(x)
    assert [x.device, x.op.device, v.device] == [noted] * 3
    assert df.constant(1.0).device == ""
    assert df.Session("sync").run(v) == 2.0


def test_a_finalized_graph_takes_no_more_operations_but_runs():
    graph = df.get_default_graph()
    x = df.Variable(1.0) + 1.0
    graph.finalize()
    assert graph.finalized
    before = graph.get_operations()
    with pytest.raises(FinalizedError, match="'add'.*build everything"):
        x.__add__(1.0)
    assert graph.get_operations() == before
    assert df.Session("sync").run(x) == 2.0


def test_what_a_name_would_be_can_be_asked_without_taking_it():
    graph = df.get_default_graph()
    df.constant(1.0, name="c")
    assert graph.unique_name("c", mark_as_used=False) == "c_1"
    assert graph.unique_name("c") == "c_1"
    assert graph.unique_name("c") == "c_2"


def test_a_name_scope_may_have_a_default_name_and_take_the_graph_of_values():
    graph = df.Graph()
    with graph.as_default():
        x = df.constant(1.0)
    with df.name_scope(None, "layer", [x]) as scope:
        assert scope == "layer/"
        assert graph.get_name_scope() == "layer"
    with df.name_scope("own", "layer") as scope:
        assert scope == "own/"


def test_a_list_with_tensors_in_it_is_one_tensor(session):
    n, x = df.placeholder("float32", []), df.placeholder("float32", [None])
    packed = df.convert_to_tensor([n, 1.0])
    assert (packed.name, packed.shape, packed.dtype) == ("packed:0", (2,), "float32")
    product = x * [n, 2]
    nested = df.reduce_sum([[n, 3], [1, n]], 0)
    values = session.run([packed, product, nested], {n: 5.0, x: [1.0, 1.0]})
    assert [v.tolist() for v in values] == [[5.0, 1.0], [5.0, 2.0], [6.0, 8.0]]
    with pytest.raises(DTypeError, match="one dtype"):
        df.convert_to_tensor([n, df.constant(1)])


@pytest.mark.parametrize(
    ("of_class", "of_node"),
    [
        ("_Scale", "Scale"),
        ("Größe", "Gr__e"),
        ("__", "Operation"),
        ("Plain_", "Plain_"),
    ],
)
def test_a_node_has_as_much_of_the_name_of_its_class_as_it_may(of_class, of_node):
    cls = type(of_class, (df.Operation,), {"compute": lambda self: 1.0})
    assert [cls().name, cls().name] == [of_node, f"{of_node}_1"]
    assert cls().type == of_node
