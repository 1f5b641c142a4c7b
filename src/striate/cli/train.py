"""`striate train`: from a recipe to a trained network."""

import signal
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from striate.cli.console import output
from striate.errors import NotationError, RecipeError
from striate.files import read_text

if TYPE_CHECKING:
    from striate.training import Control, Processes, Recipe, RunFolder


def train(
    recipe: Annotated[
        str | None,
        typer.Argument(help="A recipe's name (digits, mnist, cifar10, ...) or TOML file."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with the data's files; without it they are downloaded."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the run; the recipe's by default.")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Folder that holds the runs.")] = Path("runs"),
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with the run in this folder, from its last checkpoint."),
    ] = None,
    network: Annotated[
        Path | None, typer.Option(help="Train the network in this file in place of the recipe's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Passes over the training data.")] = None,
    batch: Annotated[int | None, typer.Option(help="Examples per step.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change any setting, as optimiser.lr=0.1"),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(help="Processor threads; all, or one for little work.", min=1, max=1024),
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, ...; the best by default.")] = None,
) -> None:
    """Train a network as a recipe says, and keep the run on disk.

    Ctrl-C leaves a run that --resume goes on with; so does anything else that ends the process.
    Under torchrun the processes share each batch.
    """
    from striate.training import (  # noqa: PLC0415
        RunFolder,
        load_recipe,
        may_name_folder,
        recipe_names,
        started_by_torchrun,
    )

    if name is not None and not may_name_folder(name):
        raise RecipeError(
            f"--name {name!r}: must be usable as the name of a folder, such as my-digits; "
            "--runs says which folder that is in"
        )
    if (recipe is None) == (resume is None):
        known = ", ".join(recipe_names())
        raise RecipeError(
            f"say what to train: a recipe that comes with Striate ({known}), a recipe's file, or "
            "--resume RUN"
        )
    run: RunFolder | None = None
    with started_by_torchrun() as processes:
        if resume is not None:
            found = RunFolder.find(resume, runs)
            run, resolved = found, found.recipe()
            _refuse_changes(seed, epochs, batch, network, settings, data, name)
        else:
            changes = _changes(seed, epochs, batch, network, data, settings or [])
            resolved = load_recipe(recipe or "", **changes)
        _train(resolved, run, runs, name, processes, threads, device)


def _train(
    recipe: "Recipe",
    run: "RunFolder | None",
    runs: Path,
    name: str | None,
    processes: "Processes",
    threads: int | None,
    device: str | None,
) -> None:
    import torch  # noqa: PLC0415

    from striate.cli.progress import Display, load_dataset  # noqa: PLC0415
    from striate.notation import check  # noqa: PLC0415
    from striate.training import (  # noqa: PLC0415
        Control,
        Live,
        Record,
        RunFolder,
        Stopped,
        Training,
        free_name,
        keep_freed_memory,
        threads_for,
    )

    keep_freed_memory()
    work = recipe.batch * check(recipe.network).total.multiply_adds
    torch.set_num_threads(threads or threads_for(work))
    folder = recipe.data.folder
    dataset = load_dataset(recipe.data.name, None if folder is None else Path(folder))
    control = Control()
    training = Training(
        recipe,
        dataset,
        control=control,
        processes=processes,
        device=None if device is None else _device(device),
    )
    if run is None:
        path: Path | None = None
        if processes.leads:
            path = runs / (name or free_name(runs, recipe.name or "run"))
            RunFolder.create(path, training.recipe, dataset.description)
        run = RunFolder(processes.follow(path or Path()))
    record = Record(run, leads=processes.leads)
    display = Display(run, dataset, quiet=not processes.leads)
    live: Live | None = None
    if processes.leads:
        live = Live(run, training)
        control.mailbox, control.while_paused = run.mailbox(), live.look
    last = None
    with _stop_on_interrupt(control, leads=processes.leads), display:
        for last in record.keep(training):
            display.show(last)
            if live is not None:
                live.see(last)
    if isinstance(last, Stopped):
        raise typer.Exit(130)


def _changes(
    seed: int | None,
    epochs: float | None,
    batch: int | None,
    network: Path | None,
    data: Path | None,
    settings: list[str],
) -> dict[str, Any]:
    changes: dict[str, Any] = dict(_setting(text) for text in settings)
    if network is not None:
        changes["network"] = read_text(network, "network text", NotationError)
    if data is not None:
        changes["data.folder"] = str(data.resolve())
    given = {"seed": seed, "epochs": epochs, "batch": batch}
    return changes | {key: value for key, value in given.items() if value is not None}


def _setting(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise RecipeError(f"--set {text!r}: write KEY=VALUE, for example --set optimiser.lr=0.1")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return (
            key.strip(),
            value.strip(),
        )  # a word without its quotes: --set precision.compute=float32


def _refuse_changes(*given: object) -> None:
    if any(value is not None for value in given):
        raise RecipeError(
            "a resumed run keeps the name and settings it was started with; to change them start "
            "a new run"
        )


def _device(name: str) -> Any:
    import torch  # noqa: PLC0415

    try:
        device = torch.device(name)
        torch.zeros(1, device=device).cpu()  # which `meta`, having no numbers, cannot do
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise RecipeError(
            f"--device {name}: it cannot be used here ({reason}); `cpu` always can"
        ) from error
    return device


@contextmanager
def _stop_on_interrupt(control: "Control", *, leads: bool) -> Iterator[None]:
    """Let the first Ctrl-C end training after its step, and a second one end it at once."""

    def stop(_signal: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if leads:
            output.print("stopping after this step ...")
        control.stop()

    before = [(number, signal.signal(number, stop)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
