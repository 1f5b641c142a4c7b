"""Going through the lines of a tree, from the input to the last layer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from striate.geometry import Cost
from striate.notation.bind import Bound, bind
from striate.notation.block import BlockKind, Outcome, PartKind
from striate.notation.budget import Budget
from striate.notation.characters import foreign_letters
from striate.notation.construct import Chain, Construct
from striate.notation.diagnostics import Diagnostic, did_you_mean, shown
from striate.notation.kind import ELSEWHERE, Kind, LayerKind, Shape, Site
from striate.notation.limits import Limits
from striate.notation.report import Row
from striate.notation.specs import KINDS
from striate.notation.specs.blocks import Input
from striate.notation.specs.sliding import MOST_COLOURS
from striate.notation.state import State
from striate.notation.tree import Layer, Tree


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
        # The first mistake that shows that the input was written without its channels.
        self.misread: Diagnostic | None = None
        self._limits = limits
        self._budget = Budget(limits)
        self._drafts = {
            id(item): _Draft(item, depth) for depth, item in tree.walk() if isinstance(item, Layer)
        }
        # The numbers of the passes through the repeats at hand, the outermost first.
        self._passes: list[int] = []
        # Whether the layers of the repeats at hand have been taken from the budget.
        self._taken = False

    @property
    def mistakes(self) -> int:
        """How many mistakes there are so far."""
        return len(self.diagnostics)

    def rows(self) -> Iterator[Row]:
        """A row for each layer, in the order of the text."""
        return (draft.row() for draft in self._drafts.values())

    def input_line(self, layer: Layer, given: Shape | None, flattened: bool) -> Shape | None:
        """The shape on the `input` line, or the one given in its place.

        Whether it is `flattened` on the next line: then channels and sizes are all the same.
        """
        bound = self._bind(layer, Input)
        written = bound.kind.shape if isinstance(bound.kind, Input) else None
        shape = given or written
        if given is None and shape is not None and len(shape) == 2 and not flattened:
            self._keep(self._drafts[id(layer)], _note_square(layer, shape))
        self._record(layer, State.at_input(shape), "input", Cost())
        self._refuse_body(layer)
        return shape

    def run(self, layers: Sequence[Layer], state: State, path: str) -> Outcome:
        """Go through lines one after the other."""
        children: list[tuple[str, Chain | Construct]] = []
        met: list[LayerKind] = []
        names: dict[str, int] = {}
        for layer in layers:
            if self.mistakes > self._limits.diagnostics:
                break
            kind = self._kind(layer)
            if kind is None:
                # The lines inside are checked too, as if they followed.
                state = self.run(layer.layers, state, path).state
                continue
            number = names[kind.stem] = names.get(kind.stem, 0) + 1
            name = f"{kind.stem}{number}"
            outcome = self._line(layer, kind, state, f"{path}.{name}" if path else name)
            state = outcome.state
            if outcome.module is not None:
                children.append((name, outcome.module))
                met.extend(outcome.layers)
        return Outcome(state, Chain(tuple(children)), tuple(met))

    def part(self, layer: Layer, state: State, path: str) -> Outcome:
        """Go through the body of a `branch` or `shortcut`, and report its line."""
        self._bind(layer, KINDS[layer.name])
        if not layer.layers:
            message = f"`{layer.name}` has no layers inside"
            self.error(layer, message, "write `identity` in it to pass the input on")
        outcome = self.run(layer.layers, state, path)
        self._record(layer, outcome.state, path, Cost())
        return outcome

    def passes(self, layer: Layer, wanted: int, site: Site) -> Iterator[int]:
        """The numbers of the passes through a `repeat`, until one finds a mistake.

        There is one pass only when so many would be absurd, which is reported.
        """
        outside = self._taken
        if not outside:
            refused = self._budget.repeat(layer.layers, wanted)
            if refused is not None:
                site.error(refused[0], at="times", suggestion=refused[1])
                wanted = 1
            self._taken = refused is None
        for number in range(1, wanted + 1):
            mistakes = self.mistakes
            self._passes.append(number)
            yield number
            self._passes.pop()
            if self.mistakes > mistakes:
                break
        self._taken = outside

    def error(self, layer: Layer, message: str, suggestion: str | None = None) -> None:
        """Report a mistake at the name of a line."""
        width = len(layer.name)
        found = Diagnostic(layer.line, layer.column, message, None, suggestion, width)
        self._keep(self._drafts[id(layer)], [found])

    def _kind(self, layer: Layer) -> type[LayerKind] | type[BlockKind] | None:
        """The kind of a line; None, which is reported, when it cannot stand here."""
        kind = KINDS.get(layer.name)
        if _is_line(kind):
            return kind
        if kind is not None and issubclass(kind, PartKind):
            self.error(layer, f"`{layer.name}` stands {kind.place}")
            return None
        foreign = ", ".join(foreign_letters(layer.name[:8]))
        written = f" (written with {foreign})" if foreign else ""
        suggestion = did_you_mean(layer.name, sorted(KINDS), ELSEWHERE)
        if len(layer.words) > 1 and layer.words[1].text in KINDS:
            suggestion = f"write `{layer.words[1].text}` alone"
        self.error(layer, f"there is no layer `{shown(layer.name)}`{written}", suggestion)
        return None

    def _line(
        self, layer: Layer, kind: type[LayerKind] | type[BlockKind], state: State, path: str
    ) -> Outcome:
        bound = self._bind(layer, kind)
        found: list[Diagnostic] = []
        site = Site(
            layer=layer,
            words=bound.words,
            found=found,
            smallest_input=state.smallest_input,
            flattened=state.flattened,
            mistaken=bool(bound.diagnostics),
            network_input=state.network_input,
        )
        if isinstance(bound.kind, BlockKind):
            outcome = bound.kind.check(layer, state, path, self, site)
        else:
            outcome = _layer(bound.kind, state, site)
        self._keep(self._drafts[id(layer)], found)
        self.misread = self.misread or site.misread
        if outcome.module is not None:
            self._record(layer, outcome.state, path, outcome.cost)
        if layer.layers and not isinstance(bound.kind, BlockKind):
            if not issubclass(kind, BlockKind):
                self._refuse_body(layer)
            # The lines inside are checked too, as if they followed.
            outcome = replace(outcome, state=self.run(layer.layers, outcome.state, path).state)
        return outcome

    def _refuse_body(self, layer: Layer) -> None:
        # A name that is not known is mistake enough for one line.
        if layer.layers and layer.layers[0].name in KINDS:
            message = f"`{layer.name}` holds no other layers"
            self.error(layer.layers[0], message, f"indent this line like line {layer.line}")

    def _bind(self, layer: Layer, kind: type[Kind]) -> Bound:
        draft = self._drafts[id(layer)]
        if draft.bound is None:
            draft.bound = bind(layer, kind)
            self._keep(draft, draft.bound.diagnostics)
        return draft.bound

    def _record(self, layer: Layer, state: State, path: str, cost: Cost) -> None:
        """Keep what a pass through a line made, and refuse it when it is too large."""
        draft = self._drafts[id(layer)]
        draft.module = draft.module or path
        draft.state = state
        draft.cost += cost
        if state.shape is None:
            return
        draft.outputs.append(state.shape)
        refused = self._budget.parameters(cost), self._budget.activations(state.shape, cost)
        for message in refused:
            if message is not None:
                self.error(layer, message)

    def _keep(self, draft: _Draft, found: Sequence[Diagnostic]) -> None:
        """Keep the mistakes of the first pass that finds any, and the first note on each word."""
        now = tuple(self._passes)
        where = ""
        if any(number > 1 for number in now):
            where = f" (in pass {', '.join(str(number) for number in now)})"
        for diagnostic in found:
            kept = replace(diagnostic, message=diagnostic.message + where)
            if diagnostic.severity == "error":
                draft.failed = now if draft.failed is None else draft.failed
                if draft.failed == now:
                    self.diagnostics.append(kept)
            elif all(note.column != kept.column for note in draft.notes):
                draft.notes.append(kept)


def _layer(kind: Kind | None, state: State, site: Site) -> Outcome:
    if not isinstance(kind, LayerKind) or state.shape is None:
        return Outcome(state)
    applied = kind.apply(state.shape, site)
    return Outcome(state.after(applied), applied.module, (kind,), applied.cost)


def _note_square(layer: Layer, shape: Shape) -> list[Diagnostic]:
    """A note on a signal that is likely meant as a picture."""
    channels, size = shape
    if channels != size or size <= MOST_COLOURS:
        return []
    message = f"`{channels}x{size}` is {channels} channels of a 1-D signal"
    suggestion = f"for a picture with one channel write `input 1x{channels}x{size}`"
    word = layer.words[1]
    return [Diagnostic(layer.line, word.column, message, None, suggestion, len(word.text), "note")]


def _is_line(kind: type[Kind] | None) -> TypeGuard[type[LayerKind] | type[BlockKind]]:
    return kind is not None and issubclass(kind, LayerKind | BlockKind)
