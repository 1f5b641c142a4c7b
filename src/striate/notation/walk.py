"""Going through the lines of a tree, from the input to the last layer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from striate.geometry import Cost
from striate.notation.bind import Bound, bind
from striate.notation.block import BlockKind, Outcome, PartKind
from striate.notation.characters import foreign_letters
from striate.notation.construct import Chain, Construct
from striate.notation.diagnostics import Diagnostic, did_you_mean, shown
from striate.notation.kind import Kind, LayerKind, Shape, Site
from striate.notation.limits import GIBIBYTE, Limits
from striate.notation.report import Row
from striate.notation.specs import KINDS
from striate.notation.specs.blocks import Input
from striate.notation.state import State
from striate.notation.tree import Layer, Tree
from striate.notation.values import times

_ELSEWHERE = {word: name for name, kind in KINDS.items() for word in kind.also}
_BYTES = 4


@dataclass(slots=True)
class _Draft:
    """A row in the making."""

    layer: Layer
    depth: int
    module: str | None = None
    outputs: list[Shape] = field(default_factory=list)
    state: State = field(default_factory=State)
    cost: Cost = field(default_factory=Cost)
    notes: list[Diagnostic] = field(default_factory=list)
    bound: Bound | None = None
    # The pass in which the first mistake was found: later ones would only repeat it.
    failed: tuple[int, ...] | None = None

    def row(self) -> Row:
        fields = self.state.fields
        return Row(
            line=self.layer.line,
            column=self.layer.column,
            depth=self.depth,
            text=self.layer.text,
            kind=self.layer.name,
            module=self.module or "",
            outputs=tuple(self.outputs),
            receptive_field=tuple(seen.size for seen in fields),
            jump=tuple(seen.jump for seen in fields),
            start=tuple(seen.start for seen in fields),
            cost=self.cost,
            notes=tuple(self.notes),
        )


class Walker:
    """Goes through the lines once, and through those of `repeat` again and again."""

    def __init__(self, tree: Tree, limits: Limits) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._limits = limits
        self._drafts = {
            id(item): _Draft(item, depth) for depth, item in tree.walk() if isinstance(item, Layer)
        }
        self._left = limits.layers
        # Whether the layers inside the repeat at hand are already taken off what is left.
        self._counted = False
        self._passes: list[int] = []
        self._parameters = 0
        self._activations = 0

    def rows(self) -> Iterator[Row]:
        """A row for each layer, in the order of the text."""
        return (draft.row() for draft in self._drafts.values())

    def input_line(self, layer: Layer, given: Shape | None) -> Shape | None:
        """The shape on the `input` line, or the one given in its place."""
        bound = self._bind(layer, Input)
        written = bound.kind.shape if isinstance(bound.kind, Input) else None
        shape = given or written
        draft = self._drafts[id(layer)]
        draft.state = State.at_input(shape)
        if shape is not None:
            draft.outputs.append(shape)
            draft.module = "input"
            self._refuse_activation(layer, shape)
        self._no_body(layer)
        return shape

    def network(self, layers: Sequence[Layer], state: State) -> "NetworkOutcome":
        """Go through the whole text."""
        outcome = self.run(layers, state, "")
        assert isinstance(outcome.module, Chain)
        return NetworkOutcome(outcome.state, outcome.module)

    def run(self, layers: Sequence[Layer], state: State, path: str) -> Outcome:
        """Go through lines one after the other."""
        children: list[tuple[str, Chain | Construct]] = []
        met: list[LayerKind] = []
        names: dict[str, int] = {}
        for layer in layers:
            if len(self.diagnostics) > self._limits.diagnostics:
                break
            kind = self._kind(layer)
            if kind is None:
                # The lines inside are checked too, as if they followed.
                state = self.run(layer.layers, state, path).state
                continue
            number = names[kind.stem] = names.get(kind.stem, 0) + 1
            name = f"{kind.stem}{number}"
            outcome = self._line(layer, kind, state, f"{path}.{name}" if path else name)
            if outcome is not None:
                children.append((name, outcome.module))
                met.extend(outcome.layers)
                state = outcome.state
        return Outcome(state, Chain(tuple(children)), tuple(met))

    def part(self, layer: Layer, state: State, path: str) -> Outcome:
        """Go through the body of a `branch` or `shortcut`, and report its line."""
        self._bind(layer, KINDS[layer.name])
        if not layer.layers:
            self._error(
                layer,
                f"`{layer.name}` has no layers inside",
                "write `identity` in it to pass the input on",
            )
        outcome = self.run(layer.layers, state, path)
        self._record(layer, outcome.state, path, Cost())
        return outcome

    def _allowed(self, layer: Layer, passes: int, site: Site) -> int:
        if self._counted:
            return passes
        inside = _expanded(layer.layers)
        if passes * inside > self._limits.layers or passes * inside > self._left:
            site.error(
                f"{inside:,} layer{'' if inside == 1 else 's'} {passes:,} times over make "
                f"{passes * inside:,}, and a network may have {self._limits.layers:,}",
                at="times",
                suggestion=f"`repeat {max(self._left // inside, 1)}` is the most that fits here",
            )
            return 1
        self._left -= passes * inside
        self._counted = True
        return passes

    def passes(self, layer: Layer, wanted: int, site: Site) -> Iterator[int]:
        """The numbers of the passes through a `repeat`, until one finds a mistake.

        There is one pass only when so many would be absurd, which is reported.
        """
        outside = self._counted
        allowed = self._allowed(layer, wanted, site)
        for number in range(1, allowed + 1):
            self._passes.append(number)
            mistakes = len(self.diagnostics)
            yield number
            self._passes.pop()
            if len(self.diagnostics) > mistakes:
                break
        self._counted = outside

    def misplaced(self, layer: Layer, message: str, suggestion: str | None = None) -> None:
        """Report a line that may not stand where it does."""
        self._error(layer, message, suggestion)

    def _kind(self, layer: Layer) -> type[LayerKind] | type[BlockKind] | None:
        kind = KINDS.get(layer.name)
        if _is_line(kind):
            return kind
        if kind is not None and issubclass(kind, PartKind):
            self._error(layer, f"`{layer.name}` {kind.place}", None)
            return None
        names = [name for name, known in KINDS.items() if _is_line(known)]
        foreign = ", ".join(foreign_letters(layer.name[:8]))
        written = f" (written with {foreign})" if foreign else ""
        suggestion = did_you_mean(layer.name, names, _ELSEWHERE)
        self._error(layer, f"there is no layer `{shown(layer.name)}`{written}", suggestion)
        return None

    def _line(
        self, layer: Layer, kind: type[LayerKind] | type[BlockKind], state: State, path: str
    ) -> Outcome | None:
        bound = self._bind(layer, kind)
        draft = self._drafts[id(layer)]
        found: list[Diagnostic] = []
        site = Site(layer, bound.words, found, state.smallest_input, state.flattened)
        if isinstance(bound.kind, BlockKind):
            outcome: Outcome | None = bound.kind.check(layer, state, path, self, site)
        else:
            outcome = self._one(bound.kind, state, site)
        self._keep(draft, found)
        if outcome is not None:
            self._record(layer, outcome.state, path, outcome.cost)
        if not issubclass(kind, BlockKind) or bound.kind is None:
            after = outcome.state if outcome else state
            self._no_body(layer, kind)
            inside = self.run(layer.layers, after, path)
            if layer.layers and outcome:
                outcome = replace(outcome, state=inside.state)
        return outcome

    def _one(self, kind: Kind | None, state: State, site: Site) -> Outcome | None:
        if not isinstance(kind, LayerKind) or state.shape is None:
            return None
        applied = kind.apply(state.shape, site)
        return Outcome(state.after(applied), applied.module, (kind,), applied.cost)

    def _record(self, layer: Layer, state: State, path: str, cost: Cost) -> None:
        draft = self._drafts[id(layer)]
        draft.module = draft.module or path
        draft.state = state
        draft.cost += cost
        if state.shape is None:
            return
        draft.outputs.append(state.shape)
        self._refuse_parameters(layer, cost)
        self._refuse_activation(layer, state.shape, cost)

    def _refuse_parameters(self, layer: Layer, cost: Cost) -> None:
        most, held = self._limits.parameter_bytes, cost.parameters * _BYTES
        if held > most:
            self._error(
                layer,
                f"`{shown(layer.text)}` would have {cost.parameters:,} parameters, "
                f"{_memory(held)}, and {_memory(most)} are allowed",
            )
            return
        before, self._parameters = self._parameters, self._parameters + held
        if before <= most < self._parameters:
            self._error(
                layer,
                f"the network up to here would have {self._parameters // _BYTES:,} parameters, "
                f"{_memory(self._parameters)}, and {_memory(most)} are allowed",
            )

    def _refuse_activation(self, layer: Layer, shape: Shape, cost: Cost | None = None) -> None:
        most = self._limits.activation_bytes
        if self._activations > most:
            return
        size = _BYTES
        for entry in shape:
            size *= entry
        self._activations += cost.activation_bytes if cost else 0
        if size > most:
            self._activations += size
            self._error(
                layer,
                f"one example would take {_memory(size)} here, {times(shape)} values of {_BYTES} "
                f"bytes, and {_memory(most)} are allowed",
            )
        elif self._activations > most:
            self._error(
                layer,
                f"one example would take {_memory(self._activations)} in all layers up to here, "
                f"and {_memory(most)} are allowed",
            )

    def _bind(self, layer: Layer, kind: type[Kind]) -> Bound:
        draft = self._drafts[id(layer)]
        if draft.bound is None:
            draft.bound = bind(layer, kind)
            self._keep(draft, draft.bound.diagnostics)
        return draft.bound

    def _no_body(self, layer: Layer, kind: type[Kind] | None = None) -> None:
        if layer.layers and not (kind and issubclass(kind, BlockKind)):
            first = layer.layers[0]
            self._error(
                first,
                f"`{layer.name}` holds no other layers",
                f"indent this line like line {layer.line}",
            )

    def _error(self, layer: Layer, message: str, suggestion: str | None = None) -> None:
        width = max(len(layer.name), 1)
        found = Diagnostic(layer.line, layer.column, message, None, suggestion, width)
        self._keep(self._drafts[id(layer)], [found])

    def _keep(self, draft: _Draft, found: Sequence[Diagnostic]) -> None:
        """Keep what was found on a line, the first time that the line has a mistake or a note."""
        now = tuple(self._passes)
        where = ""
        if any(number > 1 for number in self._passes):
            where = f" (in pass {', '.join(str(number) for number in self._passes)})"
        for diagnostic in found:
            kept = replace(diagnostic, message=diagnostic.message + where)
            if diagnostic.severity == "error":
                draft.failed = now if draft.failed is None else draft.failed
                if draft.failed == now:
                    self.diagnostics.append(kept)
            elif all(note.column != kept.column for note in draft.notes):
                draft.notes.append(kept)


@dataclass(frozen=True, slots=True)
class NetworkOutcome:
    """The state after the last layer, and the modules."""

    state: State
    module: Chain


def _is_line(kind: type[Kind] | None) -> TypeGuard[type[LayerKind] | type[BlockKind]]:
    return kind is not None and issubclass(kind, LayerKind | BlockKind)


def _expanded(layers: Sequence[Layer]) -> int:
    """How many layers there are when every `repeat` is written out."""
    total = 0
    for layer in layers:
        number = layer.words[1].text if len(layer.words) > 1 else ""
        is_repeat = layer.name == "repeat" and number.isascii() and number.isdigit()
        passes = int(number[:18]) if is_repeat else 1
        total += 1 + passes * _expanded(layer.layers)
    return total


def _memory(size: int) -> str:
    if size < GIBIBYTE:
        return f"{size / 2**20:.1f} MiB"
    if size < 1024 * GIBIBYTE:
        return f"{size / GIBIBYTE:.1f} GiB"
    return f"{size / GIBIBYTE / 1024:,.1f} TiB"
