"""Who is let in: the token, the host and the origin of every request and socket."""

from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from striate.studio.settings import Settings

_REFUSED = 1008  # policy violation: RFC 6455, 7.4.1
_YEAR = 365 * 24 * 3600


class Guard:
    """Lets through only what the user's own page asks for.

    A request must name this studio as its host, come from the studio's own page if it comes from a
    page at all, and carry the cookie that the start address gave. So no other site can read
    from it or steer it, whatever the browser sends along, and no other user of the machine can.
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
        if refusal is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _REFUSED})
        else:
            await refusal(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._settings.answers_to(host):
            return _refused(403, f"This studio is not {host!r}: open the address it printed.")
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        origin = headers.get("origin")
        if (origin is None and not reads) or (origin is not None and origin != f"http://{host}"):
            return _refused(403, "The studio answers only its own page.")
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if reads and scope["path"] == "/" and self._is_token(given):
            entered = RedirectResponse("/", 303)
            entered.set_cookie(
                self._cookie, given, max_age=_YEAR, httponly=True, samesite="strict", path="/"
            )
            return entered
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return _refused(403, "The studio answers only its own page.")
        if not self._is_token(self._cookie_in(headers)):
            return _refused(
                401, "Open the address that `striate studio` printed: it holds the token."
            )
        return None

    def _is_token(self, given: str) -> bool:
        return compare_digest(given.encode(), self._settings.token.encode())

    def _cookie_in(self, headers: Headers) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return ""
        return found.value if found is not None else ""


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


def _with_headers(send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = _POLICY
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
            headers.setdefault("Cache-Control", "no-cache")
        await send(message)

    return answer
