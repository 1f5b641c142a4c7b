"""What has happened in a run, as a file of events: one a line, in order.

A line counts when its line end is there. A process that is killed may leave half a line at the
end, a power cut some rubbish: what comes after it does not count.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from striate.errors import RunError
from striate.files import write_text
from striate.training.events import Damaged, Event, Saved

Recorded: TypeAlias = dict[str, Any]
"""An event read back: its fields, and its name in small letters under "event"."""

_MOST_AT_ONCE = 8 << 20


@dataclass(frozen=True)
class Mark:
    """How far a file has been read: which file it was, and the byte where the next line begins."""

    file: int = 0
    offset: int = 0


@dataclass(frozen=True)
class News:
    """Recorded events, oldest first, and how far that is; `anew` when it is from the beginning."""

    events: list[Recorded]
    mark: Mark
    anew: bool


class Metrics:
    """The file with a run's events."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(self, event: Event) -> None:
        """Add one event.

        Raises OSError when the disk refuses.
        """
        line = json.dumps({"event": type(event).__name__.lower(), **_fields(event)}) + "\n"
        with self._path.open("ab") as file:
            file.write(line.encode())

    def read(self) -> list[Recorded]:
        """Return the events as far as they are whole, oldest first.

        Raises RunError when the file cannot be read.
        """
        news = self.after(Mark())
        events = news.events
        while news.events:
            news = self.after(news.mark)
            events = news.events if news.anew else events + news.events
        return events

    def after(self, mark: Mark) -> News:
        """Return the next events behind a mark, some megabytes of them at most.

        When the run has gone back to a checkpoint its events are another file, which is read from
        its beginning.

        Raises RunError when the file cannot be read.
        """
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                anew = status.st_ino != mark.file or status.st_size < mark.offset
                offset = 0 if anew else mark.offset
                file.seek(offset)
                lines = file.read(_MOST_AT_ONCE)
        except FileNotFoundError:
            return News([], Mark(), anew=mark != Mark())
        except OSError as error:
            raise RunError(f"cannot read {self._path}: {error.strerror}") from error
        events: list[Recorded] = []
        for line in lines.split(b"\n")[:-1]:
            event = _event(line)
            if event is None:
                break
            events.append(event)
            offset += len(line) + 1
        return News(events, Mark(status.st_ino, offset), anew)

    def last(self, length: int) -> list[Recorded]:
        """Return the events in the last so many bytes, oldest first; the first of all if more.

        Raises RunError when the file cannot be read.
        """
        try:
            with self._path.open("rb") as file:
                start = max(0, file.seek(0, 2) - length)
                file.seek(start)
                lines = file.read(length).split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RunError(f"cannot read {self._path}: {error.strerror}") from error
        events = (_event(line) for line in lines[1 if start else 0 :])
        return [event for event in events if event is not None]

    def newest(self, kind: str) -> Recorded | None:
        """Return the newest event of a kind, None where there is none in the last megabytes.

        Raises RunError when the file cannot be read.
        """
        try:
            with self._path.open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - _MOST_AT_ONCE))
                lines = file.read(_MOST_AT_ONCE)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RunError(f"cannot read {self._path}: {error.strerror}") from error
        place = lines.rfind(b'{"event": "%b"' % kind.encode())
        end = lines.find(b"\n", place)
        return _event(lines[place:end]) if 0 <= place < end else None

    def written_since(self, moment: float) -> bool:
        """Return whether there are events of after a moment (Unix seconds)."""
        try:
            return self._path.stat().st_mtime > moment
        except OSError:
            return False

    def rewind(self, step: int, changes: int) -> None:
        """Drop the events that a training resumed after a step is going to repeat.

        Of the changed settings, only so many are kept as the checkpoint knows of.

        Raises RunError when the file cannot be read, OSError when the disk refuses.
        """
        kept, changed = [], 0
        for event in self.read():
            changed += event["event"] == "changed"
            repeated = event["event"] == "changed" and changed > changes
            if event["step"] <= step and event["event"] != "finished" and not repeated:
                kept.append(event)
        write_text(self._path, "".join(json.dumps(event) + "\n" for event in kept))


def _fields(event: Event) -> Recorded:
    fields = asdict(event)
    if isinstance(event, Saved | Damaged):
        fields["path"] = event.path.name  # the folder may be moved
    return fields


def _event(line: bytes) -> Recorded | None:
    """Return the event that a line of the metrics records, or None where it is damaged."""
    try:
        event: Recorded = json.loads(line)
        whole = isinstance(event["step"], int) and isinstance(event["event"], str)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return event if whole else None
