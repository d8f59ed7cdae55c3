"""The class that optimizers derive from, and what holds of all of them."""

import numpy as np
import pytest

import daskflow as df
from daskflow.errors import DTypeError, GradientError, GraphError
from daskflow.train.optimizer import without_duplicates

ALL = {
    "Adadelta": lambda: df.train.AdadeltaOptimizer(1.0, epsilon=1e-2),
    "Adagrad": lambda: df.train.AdagradOptimizer(0.5),
    "Adam": lambda: df.train.AdamOptimizer(0.1),
    "Ftrl": lambda: df.train.FtrlOptimizer(0.5, l1_regularization_strength=0.01),
    "GradientDescent": lambda: df.train.GradientDescentOptimizer(0.1),
    "Momentum": lambda: df.train.MomentumOptimizer(0.05, 0.9, use_nesterov=True),
    "ProximalAdagrad": lambda: df.train.ProximalAdagradOptimizer(0.5),
    "RMSProp": lambda: df.train.RMSPropOptimizer(0.1, momentum=0.5, centered=True),
}


class Descent(df.train.Optimizer):
    """As a user writes one: with slots, settings and a count of its own."""

    def __init__(self, rate, use_locking=False, name="Descent"):
        super().__init__(use_locking, name)
        self._rate = rate

    def _create_slots(self, var_list):
        for var in var_list:
            self._zeros_slot(var, "last", self._name)
            self._get_or_make_slot(var, np.ones(2, np.float32), "ones", "ones")
        first = min(var_list, key=lambda var: var.name)
        self._create_non_slot_variable(0.0, "count", colocate_with=first)

    def _prepare(self):
        self._rate_t = df.convert_to_tensor(self._call_if_callable(self._rate))

    def _apply_dense(self, grad, var):
        last = self.get_slot(var, "last").assign(grad)
        move = df.assign_sub(var, df.cast(self._rate_t, var.dtype) * last)
        return df.group(move, last)

    def _apply_sparse(self, grad, var):
        return df.scatter_sub(var, grad.indices, self._rate_t * grad.values)

    def _finish(self, update_ops, name_scope):
        count = self._get_non_slot_variable("count", graph=df.get_default_graph())
        with df.control_dependencies(update_ops):
            return df.group(*update_ops, count.assign_add(1.0), name=name_scope)


def test_a_user_derives_an_optimizer(session):
    w = df.Variable([1.0, -2.0], name="w")
    optimizer = Descent(lambda: 0.5)
    step = optimizer.minimize(df.reduce_sum(w * w))
    assert session.run([step, step]) == [None, None]
    session.run(step)
    slots = [optimizer.get_slot(w, name) for name in optimizer.get_slot_names()]
    assert [v.name for v in slots] == ["w/Descent:0", "w/ones:0"]
    assert [v.name for v in optimizer.variables()] == [
        "count:0",
        "w/Descent:0",
        "w/ones:0",
    ]
    values = session.run([w, *optimizer.variables()])
    assert [v.tolist() for v in values] == [[0.0, 0.0], 2.0, [0.0, 0.0], [1.0, 1.0]]


def test_rows_of_one_place_are_added_up_before_they_are_applied(session):
    w = df.Variable([[1.0], [2.0], [3.0]])
    loss = df.reduce_sum(df.gather(w, [2, 0, 2]) * [[1.0], [2.0], [3.0]])
    session.run(Descent(1.0).minimize(loss))
    assert session.run(w).tolist() == [[-1.0], [2.0], [-1.0]]


def test_rows_without_duplicates_are_the_same_tensor(session):
    rows = without_duplicates(
        df.IndexedSlices([[1.0], [2.0], [4.0]], [3, 0, 3], [5, 1])
    )
    value = session.run(rows)
    assert value.indices.tolist() == [3, 0]
    assert value.values.tolist() == [[5.0], [2.0]]
    assert value.dense_shape.tolist() == [5, 1]


def test_what_a_user_does_not_define_is_told():
    class Lazy(df.train.Optimizer):
        pass

    w = df.Variable([1.0])
    with pytest.raises(NotImplementedError, match="Lazy defines no _apply_dense"):
        Lazy(False, "Lazy").minimize(w * w)
    with pytest.raises(NotImplementedError, match="Lazy defines no _apply_sparse"):
        Lazy(False, "Lazy").minimize(df.gather(w, [0]))


@pytest.mark.parametrize("name", ALL)
def test_a_loss_becomes_smaller(session, name):
    x = np.linspace(-1.0, 1.0, 12).reshape(6, 2)
    w = df.Variable([[0.5], [0.3]])
    loss = df.reduce_mean(df.square(df.constant(x, "float32") @ w - x @ [[1.0], [-1]]))
    step = ALL[name]().minimize(loss)
    before = session.run(loss)
    for _ in range(60):
        session.run(step)
    assert session.run(loss) < 0.1 * before


@pytest.mark.parametrize("name", ALL)
def test_a_restored_training_takes_the_same_way(tmp_path, name):
    w = df.Variable([[1.0, -2.0], [0.5, 3.0]])
    steps = df.train.get_or_create_global_step()
    rows = df.gather(w, [df.cast(steps, "int32") % 2])
    step = ALL[name]().minimize(df.reduce_sum(rows**4) + df.reduce_sum(w), steps)
    saver = df.train.Saver()
    with df.Session("sync") as session:
        for _ in range(3):
            session.run(step)
        path = saver.save(session, str(tmp_path / "model"), steps)
        session.run(step)
        wanted = session.run(df.global_variables())
    with df.Session("sync") as session:
        saver.restore(session, path)
        session.run(step)
        for a, b in zip(session.run(df.global_variables()), wanted, strict=True):
            assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("name", ALL)
def test_slots_are_neither_trainable_nor_local(name):
    w = df.Variable([1.0])
    ALL[name]().minimize(w * w)
    assert df.trainable_variables() == [w]
    assert df.local_variables() == []


@pytest.mark.parametrize("name", ALL)
def test_a_variable_of_unknown_shape_moves(session, name):
    w = df.Variable(df.constant([1.0, -2.0]), validate_shape=False)
    assert w.shape.ndims is None
    session.run(ALL[name]().minimize(df.reduce_sum(w * w)))
    value = session.run(w)
    assert np.all(np.abs(value) < [1.0, 2.0])


def test_a_step_after_other_operations_sees_what_they_leave(session):
    w = df.Variable(1.0)
    with df.control_dependencies([w.assign(10.0)]):
        step = df.train.GradientDescentOptimizer(0.1).minimize(w * w)
    session.run(step)
    assert session.run(w) == pytest.approx(8.0)


def test_two_steps_in_one_run_both_count(session):
    w = df.Variable(1.0)
    optimizer = df.train.GradientDescentOptimizer(0.5)
    session.run([optimizer.minimize(w), optimizer.minimize(3.0 * w)])
    assert session.run(w) == -1.0


def test_slots_are_shared_by_the_steps_of_one_optimizer():
    w = df.Variable(1.0)
    optimizer = df.train.AdamOptimizer()
    optimizer.minimize(w)
    optimizer.minimize(w * w)
    assert len(df.global_variables()) == 5


def test_slots_in_a_variable_scope_have_tensorflow_s_names():
    with df.variable_scope("s"):
        w = df.get_variable("w", [2])
        with df.name_scope("n"):
            step = df.train.AdamOptimizer().minimize(df.reduce_sum(w))
    assert step.name == "s/n/Adam"
    assert [v.op.name for v in df.global_variables()] == [
        "s/w",
        "s/n/beta1_power",
        "s/n/beta2_power",
        "s/s/w/Adam",
        "s/s/w/Adam_1",
    ]


def test_a_constraint_holds_after_a_step(session):
    w = df.Variable([1.0, -2.0], constraint=lambda v: df.maximum(v, 0.5))
    session.run(df.train.GradientDescentOptimizer(1.0).minimize(df.reduce_sum(w)))
    assert session.run(w).tolist() == [0.5, 0.5]
    with pytest.raises(GraphError, match="constraint"):
        df.train.GradientDescentOptimizer(1.0).minimize(df.gather(w, [0]))


def test_gradients_with_respect_to_tensors_are_given_but_not_applied():
    x = df.placeholder("float32", [2])
    optimizer = df.train.GradientDescentOptimizer(0.1)
    pairs = optimizer.compute_gradients(df.reduce_sum(x * x), [x])
    assert pairs[0][0].shape == [2]
    with pytest.raises(DTypeError, match="moves variables"):
        optimizer.apply_gradients(pairs)


def test_variables_of_no_gradient_are_left_out(session):
    v, w = df.Variable(1.0), df.Variable(2.0)
    optimizer = df.train.AdamOptimizer(0.5)
    pairs = optimizer.compute_gradients(w * w)
    assert [g is None for g, _ in pairs] == [True, False]
    session.run(optimizer.apply_gradients(pairs))
    assert optimizer.get_slot(v, "m") is None
    with pytest.raises(GradientError, match="depends on none of"):
        optimizer.minimize(w * w, var_list=[v])


def test_a_loss_may_be_a_function(session):
    w = df.Variable(3.0)
    session.run(df.train.GradientDescentOptimizer(0.5).minimize(lambda: w * w))
    assert session.run(w) == 0.0


def test_steps_of_large_variables_have_the_same_bits_in_groups_and_tiles():
    rng = np.random.default_rng(0)
    start = rng.standard_normal((700, 512)).astype(np.float32)
    left = {}
    for grouping in (True, False):
        with df.Graph().as_default(), df.Session("sync", grouping=grouping) as session:
            w = df.Variable(start)
            step = df.train.AdamOptimizer(0.1).minimize(df.reduce_sum(df.exp(w)))
            for _ in range(3):
                session.run(step)
            left[grouping] = session.run(w).tobytes()
    assert left[True] == left[False]
