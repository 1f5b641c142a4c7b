"""The words of one line against what its kind declares."""

import re
from dataclasses import dataclass, field
from typing import Any

from striate.notation.diagnostics import Diagnostic, did_you_mean, shown
from striate.notation.kind import ELSEWHERE, KINDS, Kind, Slot
from striate.notation.tree import Layer, Word
from striate.notation.values import ValueMistakeError

# Names that options have elsewhere.
_ELSEWHERE = {
    "padding": ("pad",),
    "strides": ("stride",),
    "dilate": ("dilation",),
    "dilations": ("dilation",),
    "group": ("groups",),
    "padding_mode": ("boundary",),
    "ceil_mode": ("ceil",),
    "affine": ("scale",),
    "count_include_pad": ("countpad",),
    "output_padding": ("outputpad",),
    "negative_slope": ("slope",),
    "adaptive": ("global",),
    "epsilon": ("eps",),
}
# Two words that were meant as one: `3 x 3`, `stride = 2`.
_TORN = re.compile(r"[\dx]*\d x[\dx]*|[\dx]*\dx \d[\dx]*|\w+ =\S*|\w+= \S+", re.ASCII)


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
        given: list[tuple[Slot, Word]] = []
        waiting = list(reversed(self._mended(self.layer.words[1:])))
        while waiting:
            word = waiting.pop()
            slot = named.get(word.text)
            if slot is not None:
                self._named(slot, word, waiting, named)
            elif arguments and not self._looks_like_option(word, arguments[0], named):
                given.append((arguments.pop(0), word))
            else:
                self._unknown(word, waiting, named)
        missing = [slot for slot in arguments if slot.required]
        if missing:
            slots = [slot for slot, _ in given] + missing
            last = [
                (slot, word) for slot, (_, word) in zip(slots[len(missing) :], given, strict=True)
            ]
            if _all_read(last) and not _all_read(given):
                given, missing = last, slots[: len(missing)]
            meanings = " and ".join(slot.form.meaning for slot in missing)
            message = f"`{self.kind.name}` needs {meanings}"
            self._error(self.layer.words[0], message, f"as in `{usage(self.kind)}`")
            self.incomplete = True
        self._positional(given)

    def _mended(self, words: tuple[Word, ...]) -> list[Word]:
        """The words, with those joined that belong together, which is reported."""
        mended: list[list[Word]] = []
        for word in words:
            text = "".join(part.text for part in mended[-1]) if mended else ""
            if _TORN.fullmatch(f"{text} {word.text}"):
                mended[-1].append(word)
            else:
                mended.append([word])
        for parts in mended:
            whole = "".join(part.text for part in parts)
            if len(parts) > 1 and "=" not in whole:
                torn = " ".join(part.text for part in parts)
                message = f"spaces part words, and `{shown(torn)}` is one value"
                self._error(parts[0], message, f"write `{shown(whole)}`")
        return [Word("".join(part.text for part in parts), parts[0].column) for parts in mended]

    def _positional(self, given: list[tuple[Slot, Word]]) -> None:
        """Take the values that are written by position, in the order of the kind."""
        turned = [(slot, word) for (slot, _), (_, word) in zip(given, given[::-1], strict=True)]
        if _all_read(turned) and not _all_read(given):
            order = " and then ".join(slot.form.meaning for slot, _ in given)
            words = " ".join([self.kind.name, *(word.text for _, word in turned)])
            self._error(given[0][1], f"`{self.kind.name}` takes {order}", f"write `{words}`")
            given = turned
        for slot, word in given:
            self._value(slot, word)

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
        name, equals, value = word.text.partition("=")
        meant = named.get(_ELSEWHERE.get(name, (name,))[0])
        if equals and meant is not None and meant.value is not None:
            message = f"a value follows its name after a space, not as in `{shown(word.text)}`"
            self._error(word, message, f"write `{meant.word} {shown(value)}`")
            if _all_read([(meant, Word(value))]):
                self._value(meant, Word(value, word.column))
            return
        message = f"`{self.kind.name}` has no option `{shown(word.text)}`"
        layer = self._layer_meant(word, waiting)
        if layer is not None:
            self._error(word, message, f"put `{layer}` on its own line")
            # What follows is most likely meant for that layer.
            while waiting and waiting[-1].text not in named:
                waiting.pop()
            return
        elsewhere = {k: v for k, v in _ELSEWHERE.items() if v[0] in named}
        suggestion = did_you_mean(name, named, elsewhere) if named else "remove it"
        self._error(word, message, suggestion)
        # What follows an unknown word is most likely its value.
        if waiting and waiting[-1].text not in named:
            waiting.pop()

    def _layer_meant(self, word: Word, waiting: list[Word]) -> str | None:
        """The layer that a word names, or the word after it: `relu`, `activation relu`."""
        for near in [word, *waiting[-1:]]:
            name = near.text.rpartition("=")[2].lower()
            if name in KINDS:
                return name
            if name in ELSEWHERE and near is word:
                return ELSEWHERE[name][0]
        return None

    def _options(self, named: dict[str, Slot]) -> str | None:
        return "its options are " + ", ".join(f"`{name}`" for name in named) if named else None

    def _error(self, word: Word, message: str, suggestion: str | None) -> None:
        width = len(word.text)
        self.diagnostics.append(
            Diagnostic(self.layer.line, word.column, message, None, suggestion, width)
        )


def _all_read(given: list[tuple[Slot, Word]]) -> bool:
    try:
        for slot, word in given:
            if slot.value is not None:
                slot.value.read(word.text)
    except ValueMistakeError:
        return False
    return True


def _counted(number: int, noun: str) -> str:
    words = {0: "no", 1: "one", 2: "two", 3: "three"}
    return f"{words.get(number, str(number))} {noun}{'' if number == 1 else 's'}"
