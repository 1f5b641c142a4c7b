"""The requests of the view that trains."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from anyio import to_thread
from pydantic import Field

from striate.errors import StriateError, StudioError
from striate.notation import check
from striate.studio.frames import Arrays
from striate.studio.looking.opening import TEXT_LIMITS
from striate.studio.running.choices import choices, network_text
from striate.studio.running.forms import Form, Network, Word, misfit
from striate.studio.running.inside import answer_of
from striate.studio.running.shared import Running, stamp
from striate.studio.service import Answer, Parameters, Session, request
from striate.training import Change, Hold, Order, RunFolder, Snapshot
from striate.training.orders import Adjustable

_SECONDS_BETWEEN_ANSWERS = 0.5
_SECONDS_BETWEEN_LOOKS = 0.1
_LOOKS_AT_STATE = 10

Name = Annotated[str, Field(min_length=1, max_length=200)]
Layers = Annotated[tuple[Annotated[str, Field(max_length=300)], ...] | None, Field(max_length=1000)]
Example = Annotated[int, Field(ge=0, lt=2**31)]


class Nothing(Parameters):
    """No parameters."""


class Checked(Parameters):
    """A network text, and the dataset it is for."""

    network: Network
    dataset: Word | None = None


class Named(Parameters):
    """A named network, and the dataset it is for."""

    name: Word
    dataset: Word


class Started(Parameters):
    """A form, and the name of the run."""

    name: Annotated[str | None, Field(max_length=100)] = None
    form: Form


class OfRun(Parameters):
    """A run."""

    run: Name


class Shown(Parameters):
    """A run, what is looked at in it, and the layers of which arrays are sent."""

    run: Name
    example: Example | None = None
    layers: Layers = None


class AtMoment(Shown):
    """The same at a step."""

    step: Annotated[int, Field(ge=0, lt=2**53)]


class Ordered(Parameters):
    """An order to a training."""

    run: Name
    order: Literal["pause", "resume", "stop", "change"]
    setting: Adjustable | None = None
    value: float | None = None


class TrainSession(Session):
    """What one page asks for about runs."""

    def __init__(self, running: Running) -> None:
        self._running = running

    @request("train.check")
    def check(self, parameters: Checked, _arrays: Arrays) -> Answer:
        """What every line of a network text gives, or what is wrong with it."""
        report = check(parameters.network, limits=TEXT_LIMITS)
        wrong = None
        if parameters.dataset is not None:
            wrong = misfit(report, parameters.dataset)
        return Answer({"ok": report.ok and not wrong, "report": report.plain(), "misfit": wrong})

    @request("train.choices")
    def choices(self, parameters: Nothing, _arrays: Arrays) -> Answer:  # noqa: ARG002
        """What there is to choose from."""
        return Answer(choices(self._running.datasets))

    @request("train.network")
    def network(self, parameters: Named, _arrays: Arrays) -> Answer:
        """The text of a named network."""
        return Answer({"network": network_text(parameters.name, parameters.dataset)})

    @request("train.start")
    def start(self, parameters: Started, _arrays: Arrays) -> Answer:
        """Start a training."""
        return Answer({"run": self._running.starter.start(parameters.form, parameters.name)})

    @request("train.continue")
    def go_on(self, parameters: OfRun, _arrays: Arrays) -> Answer:
        """Go on with a run from its last checkpoint."""
        self._running.starter.resume(self._running.find(parameters.run))
        return Answer({"run": parameters.run})

    @request("train.runs")
    def runs(self, parameters: Nothing, _arrays: Arrays) -> Answer:  # noqa: ARG002
        """The runs there are."""
        return Answer({"runs": self._running.listing.entries()})

    @request("train.order")
    def order(self, parameters: Ordered, _arrays: Arrays) -> Answer:
        """Give an order to a training."""
        self._running.find(parameters.run).order(_order(parameters))
        return Answer({"given": True})

    @request("train.delete")
    def delete(self, parameters: OfRun, _arrays: Arrays) -> Answer:
        """Remove a run for good."""
        self._running.delete(parameters.run)
        return Answer({"deleted": True})

    @request("train.moments")
    def moments(self, parameters: OfRun, _arrays: Arrays) -> Answer:
        """The steps that can be looked back at."""
        moments, final = self._running.inside.moments(self._running.find(parameters.run))
        return Answer({"moments": moments, "final": final})

    @request("train.moment")
    def moment(self, parameters: AtMoment, _arrays: Arrays) -> Answer:
        """The inside of a run's network at a moment."""
        run = self._running.find(parameters.run)
        example, layers = parameters.example or 0, parameters.layers
        snapshot = self._running.inside.at_moment(run, parameters.step, example, layers)
        return answer_of(run, snapshot, layers)

    @request("train.follow")
    async def follow(self, parameters: OfRun, _arrays: Arrays) -> AsyncIterator[Answer]:
        """How a run goes, again whenever there is news."""
        before: Any = None
        while True:
            answer = await to_thread.run_sync(self._running.progress, parameters.run)
            if answer.values != before:
                before = answer.values
                yield answer
            resting = answer.values["state"] not in ("starting", "training", "paused")
            await asyncio.sleep((4 if resting else 1) * _SECONDS_BETWEEN_ANSWERS)

    @request("train.live")
    async def live(self, parameters: Shown, _arrays: Arrays) -> AsyncIterator[Answer]:
        """The inside of a network while it trains, again whenever it is shown anew.

        Of a run that does not train, as its newest weights have it.
        """
        name, shown, trains, looks = parameters.run, None, True, 0
        with self._running.watching(name, parameters.example):
            while True:
                run = await to_thread.run_sync(self._running.find, name)
                await to_thread.run_sync(self._running.renew, run)
                trained = trains
                if looks % _LOOKS_AT_STATE == 0:
                    trains = await to_thread.run_sync(run.in_training)
                looks += 1
                now = stamp(run.live_path)
                if trained and not trains:
                    shown = now
                    resting = await to_thread.run_sync(self._resting, run, parameters)
                    if resting is not None:
                        yield resting
                elif trains and now is not None and now != shown:
                    shown = now
                    try:
                        snapshot = await to_thread.run_sync(self._running.snapshot, run, now)
                    except StriateError:  # of another version, or replaced this very moment
                        continue
                    yield answer_of(run, snapshot, parameters.layers)
                await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)

    def _resting(self, run: RunFolder, parameters: Shown) -> Answer | None:
        """What is to be seen in a run that does not train; None where nothing was kept."""
        moments, final = self._running.inside.moments(run)
        step = final if final is not None else max(moments, default=None)
        if step is None:
            return None
        example, layers = parameters.example or 0, parameters.layers
        try:
            snapshot = self._running.inside.at_moment(run, step, example, layers)
        except StriateError:  # its data is not here: then what was shown last will do
            if not run.live_path.is_file():
                raise
            snapshot = Snapshot.read(run.live_path)
        return answer_of(run, snapshot, layers)


def _order(given: Ordered) -> Order:
    if given.order != "change":
        return Hold(order=given.order)
    if given.setting is None or given.value is None:
        raise StudioError("a change needs a setting and its value")
    return Change(setting=given.setting, value=given.value)
