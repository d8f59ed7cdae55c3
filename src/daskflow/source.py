"""A group of nodes as Python source: one line per node."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from daskflow.plan import Node
from daskflow.spec import ArrayDType, Spec, full_shape
from daskflow.task import GroupTask, Line
from daskflow.tiles import Tiles

Place = tuple[str, int | None]
"""The task or input that has a value, and where in that task's tuple."""

Clocked = tuple[tuple[str, ...], ...]
"""The ids between two readings of the clock, for all readings."""


def group_task(
    name: str,
    nodes: Sequence[Node],
    places: Mapping[str, Place],
    values: Mapping[str, Any],
    results: Sequence[str],
    *,
    timed: Set[str] = frozenset(),
    large: Set[str] = frozenset(),
    tiles: Mapping[str, Spec] | None = None,
    flat: Set[str] = frozenset(),
    inputs: Sequence[str] = (),
    clocked: bool = True,
) -> tuple[GroupTask, tuple[str, ...], Clocked]:
    """The task of a group of `nodes` that gives `results`, and what it needs.

    Nodes that are `timed` get a clock reading of their own, those in between share
    one. A `large` value is dropped after its last reader. Neighbours in `tiles`, with
    values of one shape, run tile by tile. What is not known to be `flat`, of two axes
    or fewer, may lie in memory in neither C nor Fortran order, and is sealed. The
    `inputs` are parameters in any case, the first ones.
    """
    tiles = tiles or {}
    writer = _Writer(nodes, places, values, results, tiles, flat)
    writer.take(inputs)
    dropped = large - set(results) - values.keys()
    for block in _blocks(nodes, tiles):
        writer.write(block, any(node.id in timed for node in block.nodes))
        writer.drop(block, dropped)
    return writer.finished(name, clocked)


@dataclass(slots=True)
class Block:
    """Nodes that are written together: one, or some that run tile by tile."""

    nodes: list[Node]
    spec: Spec | None


def _blocks(nodes: Sequence[Node], tiles: Mapping[str, Spec]) -> list[Block]:
    blocks: list[Block] = []
    for node in nodes:
        spec = tiles.get(node.id)
        last = blocks[-1].spec if blocks else None
        if spec is not None and last is not None and last.shape == spec.shape:
            blocks[-1].nodes.append(node)
        else:
            blocks.append(Block([node], spec))
    return blocks


class _Writer:
    """Writes the source of one group."""

    def __init__(
        self,
        nodes: Sequence[Node],
        places: Mapping[str, Place],
        values: Mapping[str, Any],
        results: Sequence[str],
        tiles: Mapping[str, Spec],
        flat: Set[str],
    ) -> None:
        self._places = places
        self._tiles = tiles
        self._flat = flat
        self._values = values
        self._results = results
        self._readers: dict[str, list[str]] = {}
        for node in nodes:
            for id in node.inputs:
                self._readers.setdefault(id, []).append(node.id)
        self._parameters: dict[str, str] = {}  # task or input -> its parameter
        self._names: dict[str, str] = {}  # id -> the variable that holds its value
        self._bindings: dict[str, Any] = {}
        self._bound: dict[Any, str] = {}
        self._taken = {"blas", "clock", "group", "np", "seal", "tiled", "__debug__"}
        self._clocks = [self._free("t0")]
        self._text: list[str] = []
        self._lines: list[Line] = []
        self._clocked: list[tuple[str, ...]] = []
        self._since: list[str] = []
        self._made: set[str] = set()

    def take(self, inputs: Sequence[str]) -> None:
        """Make parameters of `inputs`."""
        for id in inputs:
            self._parameter(id)

    def write(self, block: Block, timed: bool) -> None:
        """The lines of a block, between two readings of the clock if it is `timed`."""
        if timed:
            self._read_clock()
        if block.spec is None:
            [node] = block.nodes
            self._write_line("    ", node, self._call(node, self._inputs(node)))
        else:
            self._write_tiled(block.nodes)
        ids = [node.id for node in block.nodes]
        self._since += ids
        self._made.update(ids)
        if timed:
            self._read_clock()

    def drop(self, block: Block, dropped: Set[str]) -> None:
        """Forget the values in `dropped` that nothing reads after this block."""
        inside = {node.id for node in block.nodes}
        read = dict.fromkeys(id for node in block.nodes for id in node.inputs)
        dead = [
            self._names.pop(id)
            for id in read
            if id in dropped and id in self._names and self._readers[id][-1] in inside
        ]
        dead += [
            self._names.pop(id)
            for id in inside & dropped
            if id not in self._readers and id in self._names  # it was waited for
        ]
        if dead:
            self._text.append(f"    del {', '.join(dead)}")

    def _inputs(self, node: Node) -> tuple[str, ...]:
        """The variables that a node reads; what it waits for is a parameter too."""
        for id in node.after:
            if id in self._places:
                self._parameter(self._places[id][0])
        return tuple([self._variable(id) for id in node.inputs])

    def _write_line(self, indent: str, node: Node, call: str) -> None:
        inputs = tuple([self._names[id] for id in node.inputs])
        target = self._names.get(node.id) or self._local(node.id)
        self._text.append(f"{indent}{target} = {call}")
        kernel = self._bound.get(node.op, "")
        self._lines.append(Line(len(self._text), node.id, node.op.name, kernel, inputs))

    def _write_tiled(self, nodes: Sequence[Node]) -> None:
        """A function for one tile of all the values, and a call for all the tiles.

        What leaves it is written where it belongs; the rest goes to buffers, which are
        used again as soon as their last reader may write over them.
        """
        inside = {node.id for node in nodes}
        for node in nodes:
            for id in (*node.inputs, *node.after):
                if id not in inside and id in node.inputs:
                    self._variable(id)
                elif id not in inside and id in self._places:
                    self._parameter(self._places[id][0])
        outer = dict.fromkeys(i for n in nodes for i in n.inputs if i not in inside)
        leaving = [n.id for n in nodes if self._leaves(n.id, inside)]
        leaving = leaving or [nodes[-1].id]  # all of it is only waited for
        outs = {id: self._free(f"out_{i}") for i, id in enumerate(leaving)}
        slots = _Slots(outs, self._tiles, self._readers, self._free)
        name = self._free("tile")
        place = len(self._text)
        self._text.append("")  # the head, once it is known what buffers there are
        for node in nodes:
            inputs = [self._names[id] for id in node.inputs]
            attrs = [f"{k}={self._setting(k, v)}" for k, v in node.attrs.items()]
            settings = ", ".join([*inputs, *attrs, f"out={slots.take(node)}"])
            call = f"{self._kernel(node)}({settings})"
            self._write_line("        ", node, call)
        outputs = "".join(f"{self._names[id]}, " for id in leaving)
        self._text.append(f"        return {outputs}")
        given = [self._names[id] for id in outer]
        head = ", ".join([*given, *outs.values(), *slots.buffers])
        self._text[place] = f"    def {name}({head}):"
        made = self._setting("tiles", slots.tiles(leaving))
        for node in nodes:
            if node.id not in leaving:
                del self._names[node.id]
        self._text.append(f"    {outputs}= tiled({name}, {made}, {', '.join(given)})")
        last = nodes[-1]  # a result for which there is no memory is laid to it
        kernel = self._bound[last.op]
        place = len(self._text)
        self._lines.append(Line(place, last.id, last.op.name, kernel, tuple(given)))

    def _leaves(self, id: str, inside: Set[str]) -> bool:
        """Whether a value is read outside of these nodes."""
        readers = self._readers.get(id, ())
        return id in self._results or any(r not in inside for r in readers)

    def finished(
        self, name: str, is_clocked: bool
    ) -> tuple[GroupTask, tuple[str, ...], Clocked]:
        """The task, what it needs in the order of its parameters, what is clocked."""
        out = "".join(f"{self._variable(id)}, " for id in self._results)
        readings = "".join(f"{clock}, " for clock in self._clocks)
        if self._since:
            self._clocked.append(tuple(self._since))
            readings += "clock()"
        head = [f"def group({', '.join(self._parameters.values())}):"]
        if is_clocked:
            head.append(f"    {self._clocks[0]} = clock()")
        else:
            readings = ""
        text = [*head, *self._text, f"    return {out}({readings}), "]
        task = GroupTask(
            name,
            "\n".join(text) + "\n",
            self._bindings,
            tuple([n._replace(number=n.number + len(head)) for n in self._lines]),
        )
        return task, tuple(self._parameters), tuple(self._clocked)

    def _read_clock(self) -> None:
        """Close the interval since the last reading, unless nothing is in it."""
        if self._since:
            self._clocked.append(tuple(self._since))
            self._since.clear()
            self._clocks.append(self._free(f"t{len(self._clocked)}"))
            self._text.append(f"    {self._clocks[-1]} = clock()")

    def _variable(self, id: str) -> str:
        """The variable that holds the value of `id`."""
        known = self._names.get(id)
        if known is not None:
            return known
        if id in self._values:
            name = self._names[id] = self._free(id)
            self._bindings[name] = self._values[id]
            return name
        source, index = self._places[id]
        parameter = self._parameter(source)
        if index is None:
            self._names[id] = parameter
            return parameter
        name = self._local(id)
        self._text.append(f"    {name} = {parameter}[{index}]")
        return name

    def _parameter(self, source: str) -> str:
        if source not in self._parameters:
            self._parameters[source] = self._free(source)
        return self._parameters[source]

    def _local(self, id: str) -> str:
        name = self._names[id] = self._free(id)
        return name

    def _free(self, id: str) -> str:
        name = re.sub(r"\W", "_", id, flags=re.ASCII)
        if not name.isidentifier() or keyword.iskeyword(name):
            name = f"_{name}"
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def _call(self, node: Node, inputs: tuple[str, ...]) -> str:
        if not node.op.valued and node.op.pure and not node.inputs:
            return "None"  # it only orders
        if node.text is not None:
            call = node.written(self._local(node.id), inputs)
            if node.over in self._made and node.over not in self._results:
                call = f"{call[:-1]}, out={self._names[node.over]})"
        else:
            settings = [f"{k}={self._setting(k, v)}" for k, v in node.attrs.items()]
            call = f"{self._kernel(node)}({', '.join([*inputs, *settings])})"
        return call if node.id in self._flat and not node.op.gaps else f"seal({call})"

    def _kernel(self, node: Node) -> str:
        name = self._bound.get(node.op)
        if name is None:
            name = self._bound[node.op] = self._free(f"k_{node.op.name}")
            self._bindings[name] = node.op
        return name

    def _setting(self, key: str, value: Any) -> str:
        if _is_literal(value):
            return repr(value)
        name = self._bound.get((key, id(value)))
        if name is None:
            name = self._bound[key, id(value)] = self._free(f"{key}_{len(self._bound)}")
            self._bindings[name] = value
        return name


class _Slots:
    """Where the values of a tile go: to outputs, or to buffers that are used again."""

    def __init__(
        self,
        outs: Mapping[str, str],
        specs: Mapping[str, Spec],
        readers: Mapping[str, Sequence[str]],
        new_name: Callable[[str], str],
    ) -> None:
        self._new_name = new_name
        self.buffers: dict[str, ArrayDType] = {}
        self._outs = outs
        self._specs = specs
        self._readers = readers
        self._held: dict[str, str] = {}  # id -> its buffer
        self._free: list[str] = []

    def take(self, node: Node) -> str:
        """Where a node writes: over what it is the last to read, if it can."""
        for id in dict.fromkeys(node.inputs):
            if id in self._held and self._readers[id][-1] == node.id:
                self._free.append(self._held.pop(id))
        if node.id in self._outs:
            return self._outs[node.id]
        dtype = self._dtype(node.id)
        fitting = [buffer for buffer in self._free if self.buffers[buffer] == dtype]
        if fitting:
            self._free.remove(fitting[-1])
        else:
            fitting = [self._new_name(f"buffer_{len(self.buffers)}")]
            self.buffers[fitting[-1]] = dtype
        self._held[node.id] = fitting[-1]
        return fitting[-1]

    def tiles(self, leaving: Sequence[str]) -> Tiles:
        """What the tiles are of."""
        results = tuple([self._dtype(id) for id in leaving])
        shape = self._specs[leaving[0]].shape
        return Tiles(full_shape(shape), results, tuple(self.buffers.values()))

    def _dtype(self, id: str) -> ArrayDType:
        dtype = self._specs[id].dtype
        assert dtype is not None  # a tile is of what is known
        return dtype


def _is_literal(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_literal, value))
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (int, bool, str)
