"""A view that does nothing of use, to test how requests are answered."""

import asyncio
from collections.abc import AsyncIterator
from threading import Event, Semaphore, get_ident

import numpy as np
from anyio import CapacityLimiter
from fastapi import FastAPI, WebSocket

from striate.errors import StudioError
from striate.studio.frames import Arrays
from striate.studio.service import Answer, Parameters, Session, request
from striate.studio.socket import Page


class Nothing(Parameters):
    """No parameters."""


class Number(Parameters):
    """One whole number."""

    number: int = 0


class Brief(Number):
    """One whole number, which is soon answered."""


class Toy(Session):
    """What the requests did, for the tests to see."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.home = get_ident()
        self.threads: set[int] = set()
        self.brief_threads: set[int] = set()
        self.closed = 0
        self.may_go_on = Semaphore(0)
        self.begun = Event()
        self.made = 0
        self.stopped = 0

    @request("toy.say")
    def say(self, parameters: Number, arrays: Arrays) -> Answer:
        """Answer with the number."""
        self.done.append(parameters.number)
        self.threads.add(get_ident())
        return Answer({"number": parameters.number})

    def brief(self, parameters: Parameters) -> bool:
        """Those that say so."""
        return isinstance(parameters, Brief)

    @request("toy.brief")
    def say_at_once(self, parameters: Brief, arrays: Arrays) -> Answer:
        """Answer with the number."""
        self.done.append(parameters.number)
        self.brief_threads.add(get_ident())
        return Answer({"number": parameters.number})

    @request("toy.double")
    def double(self, parameters: Nothing, arrays: Arrays) -> Answer:
        """Answer with twice the arrays."""
        return Answer({}, {name: 2 * array for name, array in arrays.items()})

    @request("toy.large")
    def large(self, parameters: Number, arrays: Arrays) -> Answer:
        """Answer with a mebibyte of the number."""
        self.done.append(parameters.number)
        return Answer({}, {"large": np.full(2**18, parameters.number, np.float32)})

    @request("toy.wait")
    def wait(self, parameters: Number, arrays: Arrays) -> Answer:
        """Answer once the test lets it."""
        self.begun.set()
        self.may_go_on.acquire()
        self.done.append(parameters.number)
        return Answer({"number": parameters.number})

    @request("toy.refuse")
    def refuse(self, parameters: Nothing, arrays: Arrays) -> Answer:
        """Say that something cannot be done."""
        raise StudioError("this cannot be done; that can")

    @request("toy.fail")
    def fail(self, parameters: Nothing, arrays: Arrays) -> Answer:
        """Make a mistake."""
        raise KeyError("an inner matter")

    @request("toy.exhaust")
    def exhaust(self, parameters: Nothing, arrays: Arrays) -> Answer:
        """Need too much."""
        raise MemoryError

    @request("toy.infinite")
    def infinite(self, parameters: Nothing, arrays: Arrays) -> Answer:
        """Answer with what JSON cannot say."""
        return Answer({"value": float("nan")})

    @request("toy.count")
    async def count(self, parameters: Number, arrays: Arrays) -> AsyncIterator[Answer]:
        """Count up to the number as fast as it goes."""
        for number in range(parameters.number):
            self.made += 1
            yield Answer({"number": number})
            await asyncio.sleep(0)

    @request("toy.pour")
    async def pour(self, parameters: Number, arrays: Arrays) -> AsyncIterator[Answer]:
        """Count up with a mebibyte each time."""
        for number in range(parameters.number):
            self.made += 1
            yield Answer({"number": number}, {"large": np.zeros(2**18, np.float32)})
            await asyncio.sleep(0)

    @request("toy.endless")
    async def endless(self, parameters: Nothing, arrays: Arrays) -> AsyncIterator[Answer]:
        """Go on until it is ended."""
        try:
            while True:
                self.made += 1
                yield Answer({"number": self.made})
                await asyncio.sleep(0.005)
        finally:
            self.stopped += 1

    @request("toy.break")
    async def broken(self, parameters: Nothing, arrays: Arrays) -> AsyncIterator[Answer]:
        """Begin, and make a mistake."""
        yield Answer({"number": 0})
        await asyncio.sleep(0)
        raise KeyError("an inner matter")

    def close(self) -> None:
        """Note that the page is gone."""
        self.closed += 1


def toy_app(toys: list[Toy]) -> FastAPI:
    """An application with a socket of such views; every page's is added to the list."""
    app = FastAPI()
    working: list[CapacityLimiter] = []

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        working[:] = working or [CapacityLimiter(2)]
        toys.append(Toy())
        await Page(websocket, [toys[-1]], working[0]).serve()

    return app
