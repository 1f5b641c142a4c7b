"""Opening the page in the user's browser."""

import html
import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from striate.studio.settings import Settings

_LEADING = """<!doctype html>
<meta charset="utf-8" />
<meta name="referrer" content="no-referrer" />
<meta http-equiv="refresh" content="0;url={address}" />
<title>Striate</title>
<a href="{address}">The studio</a>
"""


@contextmanager
def opened(settings: Settings) -> Iterator[None]:
    """Open the page, if there is a browser to open it in, for as long as the studio runs.

    What a browser is started with can be read by every user of the machine, so it is not the
    address with the token, but a file that only this user can read and that leads there.
    """
    if not has_screen():
        yield
        return
    path = settings.runs.absolute() / f".studio-{settings.port}.html"
    try:
        with suppress(OSError):  # then the user opens the address that was printed
            path.unlink(missing_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(leading_page(settings.address))
            Thread(target=webbrowser.open, args=(path.as_uri(),), daemon=True).start()
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def leading_page(address: str) -> str:
    """A page that leads on to an address at once."""
    return _LEADING.format(address=html.escape(address))


def has_screen() -> bool:
    """Whether a browser would have a window; one in the terminal cannot show the page."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
