"""Which datasets' test examples a page can choose from: those that need no download."""

from pathlib import Path
from threading import Lock

from striate.data import Dataset, Description, cache_folder, describe, load, names
from striate.errors import StudioError

DIGITS = "digits"


class Datasets:
    """The datasets in the data folder and in the cache, each read when it is first asked for."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._loaded: dict[str, Dataset] = {}
        self._lock = Lock()

    def available(self) -> tuple[str, ...]:
        """The names of those whose files are there."""
        return tuple(name for name in names() if self._is_there(describe(name)))

    def load(self, name: str) -> Dataset:
        """A dataset of `available`.

        Raises StudioError for any other, and DataError where files are damaged.
        """
        if name not in self.available():
            raise StudioError(
                f"the files of {name[:60]!r} are not there; `striate data download` fetches a "
                "dataset's, and --data names the folder that holds them"
            )
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = load(name, self.folder_of(name))
            return self._loaded[name]

    def folder_of(self, name: str) -> Path | None:
        """The folder that holds a dataset's files, None where they are not in the data folder.

        Raises DataError when there is no such dataset.
        """
        within = self._folder is not None and self._in_folder(describe(name))
        return self._folder if within else None

    def _is_there(self, description: Description) -> bool:
        embedded = description.name == DIGITS
        return embedded or self._in_folder(description) or _in_cache(description)

    def _in_folder(self, description: Description) -> bool:
        if self._folder is None:
            return False
        words = (description.name, *description.aliases)
        return any((self._folder / word).is_dir() for word in words)


def _in_cache(description: Description) -> bool:
    folder = cache_folder() / "downloads" / description.name
    paths = [(folder / file.name, file.bytes) for file in description.files]
    return bool(paths) and all(
        path.is_file() and size in (None, path.stat().st_size) for path, size in paths
    )
