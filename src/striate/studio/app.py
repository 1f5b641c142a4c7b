"""The web application: the guard, the page's files, and its socket."""

from collections.abc import Callable, Sequence
from mimetypes import add_type

from anyio import CapacityLimiter
from fastapi import FastAPI, WebSocket
from fastapi.staticfiles import StaticFiles

from striate.studio.arithmetic import ArithmeticSession
from striate.studio.body import BodyLimit
from striate.studio.guard import Guard
from striate.studio.looking import Looking, LookSession
from striate.studio.running import Running, TrainSession
from striate.studio.service import Session
from striate.studio.settings import Settings
from striate.studio.socket import Page

_AT_WORK = 2
"""Requests worked on at a time: torch uses several cores by itself."""

MakeSession = Callable[[], Session]


def create_app(settings: Settings) -> FastAPI:
    """The studio as an ASGI application; `state.warm_up()` does what the first page waits for."""
    app = FastAPI(title="Striate", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(BodyLimit, most=settings.largest_body)
    app.add_middleware(Guard, settings=settings)  # what is added last comes first
    views = _views(app, settings)
    working: list[CapacityLimiter] = []  # made on the running loop, and there is one loop

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        if not working:
            working.append(CapacityLimiter(_AT_WORK))
        await Page(websocket, [make() for make in views], working[0]).serve()

    # What the system says of .js can be wrong, and browsers run no module of another type.
    add_type("text/javascript", ".js")
    app.mount("/", StaticFiles(packages=[("striate.studio", "web")], html=True))
    return app


def _views(app: FastAPI, settings: Settings) -> Sequence[MakeSession]:
    """What makes each view's session; views add their own routes to the application."""
    looking = Looking(app, settings)
    app.state.warm_up = looking.warm_up
    running = Running(app, settings, looking.datasets)
    return (ArithmeticSession, lambda: LookSession(looking), lambda: TrainSession(running))
