"""Who is let in: the token, the host and the origin of every request and socket."""

import logging
from collections.abc import Iterator
from hmac import compare_digest
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from striate.studio.settings import Settings

log = logging.getLogger("striate.studio")

_REFUSED = 1008  # policy violation: RFC 6455, 7.4.1
_YEAR = 365 * 24 * 3600
_OWN = ("none", "same-origin")  # Sec-Fetch-Site of what the user or the studio's page asks for

_NOT_OWN = "The studio answers only its own page: type its address, do not follow a link to it."
_NO_TOKEN = "Open the address that `striate studio` printed: it holds the token."

_ENTERED = '<!doctype html><title>Striate</title><a href="/">Go on to the studio</a>'


class Guard:
    """Lets through only what the user's own page asks for.

    A request must name this studio as its host, come from the studio's own page if it comes from a
    page at all, and carry the cookie that the start address gave. So no other site can read
    from it or steer it, whatever the browser sends along.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._cookie = f"striate-{settings.port}"  # cookies of all ports are shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or socket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "http":
            await self._answer(refusal or self._app, scope, receive, _Headed(send))
        elif refusal is None:
            await self._app(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": _REFUSED})

    async def _answer(self, app: ASGIApp, scope: Scope, receive: Receive, send: "_Headed") -> None:
        try:
            await app(scope, receive, send)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except Exception:
            # Answered here, so that this answer has the headers of all others.
            log.exception("%s %s failed", scope["method"], scope["path"])
            if send.started:
                raise  # nothing better can be done than to break the connection
            wrong = PlainTextResponse("The studio made a mistake; its terminal says more.\n", 500)
            await wrong(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._settings.answers_to(host):
            return _refused(403, f"This studio is not {host[:80]!r}: open the address it printed.")
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        origin = headers.get("origin")
        if (origin is None and not reads) or (origin is not None and origin != f"http://{host}"):
            return _refused(403, _NOT_OWN)
        own = headers.get("sec-fetch-site", "none") in _OWN
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if reads and scope["path"] == "/" and self._is_token(given):
            return self._entrance(given, own)
        if not own:
            return _refused(403, _NOT_OWN)
        if not any(map(self._is_token, self._cookies_in(headers))):
            return _refused(401, _NO_TOKEN)
        return None

    def _entrance(self, token: str, own: bool) -> Response:
        """Give the cookie, and lead to the page's address without the token."""
        entered: Response = RedirectResponse("/", 303)
        if not own:
            # Who follows a link from elsewhere is still elsewhere after a redirect, and without
            # the cookie; a page of the studio's own that leads on is not.
            entered = HTMLResponse(_ENTERED, headers={"Refresh": "0; url=/"})
        entered.set_cookie(
            self._cookie, token, max_age=_YEAR, httponly=True, samesite="strict", path="/"
        )
        return entered

    def _is_token(self, given: str) -> bool:
        return compare_digest(given.encode(), self._settings.token.encode())

    def _cookies_in(self, headers: Headers) -> Iterator[str]:
        """The values of this studio's cookie.

        Whatever else the browser holds for this host comes along: cookies of other programs, which
        may be no valid ones, and cookies of the same name that another program has set.
        """
        for header in headers.getlist("cookie"):
            for pair in header.split(";"):
                name, _, value = pair.strip().partition("=")
                if name == self._cookie:
                    yield value


def _refused(status: int, reason: str) -> Response:
    return PlainTextResponse(reason + "\n", status)


_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


class _Headed:
    """Sends answers with the headers that keep other sites out of them."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = _POLICY
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
            headers.setdefault("Cache-Control", "no-cache")
        await self._send(message)
