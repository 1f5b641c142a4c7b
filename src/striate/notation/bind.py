"""The words of one line against what its kind declares."""

from dataclasses import dataclass, field
from typing import Any

from striate.notation.diagnostics import Diagnostic, did_you_mean, shown
from striate.notation.kind import Kind, Slot
from striate.notation.tree import Layer, Word
from striate.notation.values import ValueMistakeError

# Names that options have elsewhere.
_ELSEWHERE = {
    "padding": "pad",
    "strides": "stride",
    "dilate": "dilation",
    "dilations": "dilation",
    "group": "groups",
    "padding_mode": "boundary",
    "ceil_mode": "ceil",
    "affine": "scale",
    "count_include_pad": "countpad",
    "output_padding": "outputpad",
    "negative_slope": "slope",
    "adaptive": "global",
    "epsilon": "eps",
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A line with its values: `kind` is None when one that is needed is missing or wrong."""

    kind: Kind | None
    words: dict[str, Word]
    diagnostics: tuple[Diagnostic, ...]


def bind(layer: Layer, kind: type[Kind]) -> Bound:
    """The values of the line by the fields of the kind, with everything that is wrong with them."""
    binder = _Binder(layer, kind)
    binder.read()
    if binder.incomplete:
        return Bound(None, binder.words, tuple(binder.diagnostics))
    return Bound(kind(**binder.values), binder.words, tuple(binder.diagnostics))


def usage(kind: type[Kind]) -> str:
    """How a line of this kind is written, with example values: `conv 64 3x3`."""
    arguments = [slot for slot in kind.positional if slot.required]
    return " ".join([kind.name, *(slot.value.example for slot in arguments if slot.value)])


@dataclass(slots=True)
class _Binder:
    layer: Layer
    kind: type[Kind]
    values: dict[str, Any] = field(default_factory=dict)
    words: dict[str, Word] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    incomplete: bool = False

    def read(self) -> None:
        arguments = list(self.kind.positional)
        named = self.kind.named
        waiting = list(reversed(self.layer.words[1:]))
        while waiting:
            word = waiting.pop()
            slot = named.get(word.text)
            if slot is not None:
                self._named(slot, word, waiting, named)
            elif arguments and not self._looks_like_option(word, arguments[0], named):
                self._value(arguments.pop(0), word)
            else:
                self._unknown(word, waiting, named)
        for slot in arguments:
            if slot.required and slot.field not in self.words:
                self.incomplete = True
                message = f"`{self.kind.name}` needs {slot.form.meaning}"
                self._error(self.layer.words[0], message, f"as in `{usage(self.kind)}`")

    def _named(self, slot: Slot, word: Word, waiting: list[Word], named: dict[str, Slot]) -> None:
        if slot.field in self.words:
            self._error(word, f"`{slot.word}` is given twice", "keep one of them")
            if slot.value is not None and waiting:
                waiting.pop()
            return
        if slot.value is None:
            self.values[slot.field] = True
            self.words[slot.field] = word
        elif not waiting or waiting[-1].text in named:
            message = f"`{slot.word}` needs a value: {slot.form.meaning}"
            self._error(word, message, f"as in `{slot.word} {slot.value.example}`")
        else:
            self._value(slot, waiting.pop())

    def _value(self, slot: Slot, word: Word) -> None:
        self.words[slot.field] = word
        if slot.value is None:
            return
        try:
            self.values[slot.field] = slot.value.read(word.text)
        except ValueMistakeError as mistake:
            self.incomplete |= slot.required
            self._error(word, mistake.message, mistake.suggestion)

    def _looks_like_option(self, word: Word, slot: Slot, named: dict[str, Slot]) -> bool:
        """Whether a word where a value is due is rather a misspelt option."""
        if not word.text[:1].isalpha() or slot.value is None:
            return False
        try:
            slot.value.read(word.text)
        except ValueMistakeError:
            return not slot.required or did_you_mean(word.text, named, _ELSEWHERE)[:3] == "did"
        return False

    def _unknown(self, word: Word, waiting: list[Word], named: dict[str, Slot]) -> None:
        if not word.text[:1].isalpha():
            values = len(self.kind.positional)
            takes = f"takes {_counted(values, 'value')}"
            more = " after its name" if values == 0 else ""
            message = f"`{self.kind.name}` {takes}{more}, and `{shown(word.text)}` is one too many"
            self._error(word, message, self._options(named))
            return
        elsewhere = {k: v for k, v in _ELSEWHERE.items() if v in named}
        suggestion = did_you_mean(word.text, named, elsewhere) if named else "remove it"
        self._error(word, f"`{self.kind.name}` has no option `{shown(word.text)}`", suggestion)
        # What follows an unknown word is most likely its value.
        if waiting and waiting[-1].text not in named:
            waiting.pop()

    def _options(self, named: dict[str, Slot]) -> str | None:
        return "its options are " + ", ".join(f"`{name}`" for name in named) if named else None

    def _error(self, word: Word, message: str, suggestion: str | None) -> None:
        width = len(word.text)
        self.diagnostics.append(
            Diagnostic(self.layer.line, word.column, message, None, suggestion, width)
        )


def _counted(number: int, noun: str) -> str:
    words = {0: "no", 1: "one", 2: "two", 3: "three"}
    return f"{words.get(number, str(number))} {noun}{'' if number == 1 else 's'}"
