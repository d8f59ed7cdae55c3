"""What a notebook shows: small, well formed, without values, and harmless."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import daskflow as df
from daskflow.tracing import NodeTime, RunTrace, TaskTime, Transfer

SECRET = 8641.25
"""A value that must never be shown."""


class Page(HTMLParser):
    """The elements and the text of a page; every element must end."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


HARMLESS = {
    *("a", "br", "code", "div", "strong", "table", "td", "th", "tr"),
    *("g", "path", "polygon", "rect", "svg", "text", "title"),
}


def shown(thing: Any) -> Page:
    page = Page(thing._repr_html_())
    assert page.tags <= HARMLESS
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "8641" not in page.text
    return page


@pytest.fixture(autouse=True)
def graph() -> Any:
    with df.Graph().as_default() as graph:
        yield graph


def built() -> tuple[Any, Any, Any]:
    x = df.placeholder(df.float32, [None, 2], name="x")
    w = df.Variable([[SECRET], [1.0]], name="w")
    with df.name_scope("layer"):
        y = df.matmul(x, w) + SECRET
    return x, w, y


def test_a_graph_shows_what_is_in_it(graph: df.Graph) -> None:
    built()
    page = shown(graph)
    for text in ("2 Const", "1 MatMul", "x:0 float32 [?, 2]", "w:0 float32 [2, 1]"):
        assert text in page.text
    assert "svg" in page.tags


def test_a_tensor_shows_what_is_known_of_it() -> None:
    x, _, y = built()
    page = shown(y)
    for text in ("Tensor layer/add:0", "float32", "[?, 1]", "Add", "layer/MatMul:0"):
        assert text in page.text
    assert "test_notebook.py" in page.text
    assert "layer/MatMul" in shown(x).text


def test_a_tensor_of_which_nothing_is_known_says_so() -> None:
    page = shown(df.placeholder(name="x"))
    assert "any shape" in page.text


def test_an_operation_shows_its_inputs_and_what_runs_before_it() -> None:
    x, _, y = built()
    with df.control_dependencies([x]):
        group = df.no_op(name="nothing")
    assert "layer/MatMul:0 float32 [?, 1]" in shown(y.op).text
    page = shown(group)
    assert "Operation nothing" in page.text
    assert "x" in page.text


def test_an_operation_of_a_class_may_hide_what_it_likes() -> None:
    class hiding(df.Operation):
        def __init__(self, x: Any) -> None:
            super().__init__([x])
            self.inputs = self.name = self.outputs = np.array(SECRET)

        def compute(self, x: Any) -> Any:
            assert "a copy for a task" in self._repr_html_()
            return x

    node = hiding(df.constant(SECRET))
    assert "Operation hiding" in shown(node).text
    with df.Session("sync") as session:
        session.run(node)


def test_a_session_shows_its_scheduler_and_its_variables() -> None:
    _, w, _ = built()
    with df.Session("sync") as session:
        assert "not initialized yet" in shown(session).text
        session.run(w)
        page = shown(session)
    assert "this process, 1 at a time" in page.text
    assert "w:0 float32 [2, 1]" in page.text
    assert "not initialized yet" not in page.text
    assert "closed" in shown(session).text


def test_a_session_on_a_cluster_links_to_its_dashboard(client: Any) -> None:
    with df.Session(client) as session:
        page = shown(session)
    assert ("href", client.dashboard_link) in page.attributes
    assert "cluster, tcp://" in page.text


def test_a_plan_shows_its_nodes_and_what_it_stores() -> None:
    _, w, y = built()
    with df.Session("sync") as session:
        plan = session.plan([y, w.assign(w * SECRET)])
    page = shown(plan)
    assert "layer/MatMul = matmul(x, w)" in page.text
    assert "w ← Assign" in page.text
    assert "svg" in page.tags


def test_a_constant_that_waits_for_others_keeps_its_value_to_itself() -> None:
    x, _, y = built()
    with df.control_dependencies([x]):
        late = df.constant(SECRET, name="late")
    with df.Session("sync") as session:
        page = shown(session.plan(y + late))
    assert "late = Const(value=Ellipsis)" in page.text


def test_a_plan_is_written_to_a_file(tmp_path: Any) -> None:
    _, _, y = built()
    with df.Session("sync") as session:
        session.plan(y).visualize(str(tmp_path / "plan.svg"))
    assert "MatMul" in (tmp_path / "plan.svg").read_text()


ATTACKS = ["<script>alert(1)</script>", "</td><img src=x onerror=alert(1)>", "\"'&\x1b"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_class_cannot_put_markup_into_a_page(graph: df.Graph, attack: str) -> None:
    def compute(self: Any, x: Any) -> Any:
        return x

    cls: Callable[..., Any] = type(attack, (df.Operation,), {"compute": compute})
    node = cls([df.constant(1.0)], name="a/>b\\c")
    with df.Session("sync") as session:
        things = [graph, node, node.output, session.plan(node), session]
        for thing in things:
            page = shown(thing)
        assert attack.replace("\x1b", "\ufffd") in shown(node).text
    assert page


def test_a_path_cannot_put_markup_into_a_page() -> None:
    attack = "<img src=x onerror=alert(1)>"
    code = compile("y = df.exp(1.0)", f"/{attack}.py", "exec")
    names: dict[str, Any] = {"df": df}
    exec(code, names)
    assert attack in shown(names["y"]).text


def test_long_lists_are_cut(graph: df.Graph) -> None:
    for i in range(500):
        df.placeholder(df.float32, [i], name=f"p_{i}")
    html = graph._repr_html_()
    assert "and 480 more" in html
    assert len(html) < 30_000


def test_a_traced_run_shows_where_it_was_and_what_took_longest() -> None:
    metadata = df.RunMetadata()
    assert "0" in shown(metadata).text
    times = {"brief": (1.0, 1.000005), "long": (1.0, 1.012), "<b>": (1.5, 1.50007)}
    here = "tcp://<host>:1", 7
    nodes = [NodeTime(name, "exp", *here, *time) for name, time in times.items()]
    tasks = [TaskTime("run", "me", 1, 0.9, 1.6), TaskTime("<i>", *here, 1.0, 1.5001)]
    sent = Transfer("<u>", "me", here[0], 1.1, 1.2, 2**21)
    metadata.fill(RunTrace(nodes, tasks, [sent]))
    page = shown(metadata)
    assert "tcp://<host>:1, thread 7" in page.text
    assert "transfers to tcp://<host>:1" in page.text
    assert "2.00 MiB <u>: me → tcp://<host>:1" in page.text
    assert "<i>: 500 ms" in page.text
    assert "700 ms" in page.text
    assert page.text.index("12 ms long") < page.text.index("70 µs <b>")
    assert "<b>: 70 µs" in page.text
    assert "500 ms" in page.text


def test_a_session_traces_what_a_notebook_shows() -> None:
    x, w, y = built()
    metadata = df.RunMetadata()
    options = df.RunOptions(trace_level=df.RunOptions.FULL_TRACE)
    with df.Session("sync") as session:
        session.run(w)
        session.run(y, {x: [[1.0, 2.0]]}, options, metadata)
    assert "layer/MatMul" in shown(metadata).text


def test_of_a_long_trace_the_longest_nodes_are_drawn() -> None:
    metadata = df.RunMetadata()
    nodes = [
        NodeTime(f"n{i}", "exp", "here", 7, 1.0 + i, 1.0 + i + i * 1e-4)
        for i in range(5_000)
    ]
    metadata.fill(RunTrace(nodes))
    html = metadata._repr_html_()
    assert len(html) < 100_000
    assert "n4999: 500 ms" in html
    assert "n1: " not in html
