"""From a recipe to a trained network: the loop, its settings, its record on disk.

`load_recipe("digits")` gives a recipe, `Training(recipe, dataset)` is an iterable of events, and
a `RunFolder` with a `Record` keeps it all on disk so that it can be resumed.
"""

from striate.training.average import AverageSettings
from striate.training.checkpoint import load_weights, save_weights
from striate.training.control import Control
from striate.training.evaluation import Evaluation, EvaluationSettings, evaluate, see
from striate.training.events import (
    Changed,
    Damaged,
    Epoch,
    Event,
    Failed,
    Finished,
    Paused,
    Resumed,
    Saved,
    Started,
    Step,
    Stopped,
    Validated,
)
from striate.training.feed import Feed
from striate.training.initialisation import InitialisationSettings
from striate.training.insides import Insides, Lens
from striate.training.live import Live
from striate.training.losses import LossSettings, make_loss
from striate.training.memory import keep_freed_memory
from striate.training.metrics import Mark, Metrics, News, Recorded
from striate.training.moments import moments_of, network_at, weights_at
from striate.training.muon import Muon
from striate.training.optimisers import OptimiserSettings, make_optimisers
from striate.training.orders import Change, Hold, Mailbox, Order
from striate.training.precision import Arithmetic, PrecisionSettings
from striate.training.processes import ALONE, Processes, started_by_torchrun
from striate.training.recipe import (
    Recipe,
    load_recipe,
    may_name_folder,
    parse_recipe,
    read_recipe,
    recipe_names,
)
from striate.training.recording import Record
from striate.training.run_folder import RunFolder, Summary, free_name, runs_in
from striate.training.schedules import ScheduleSettings
from striate.training.snapshot import Snapshot
from striate.training.standing import Standing, standing_of
from striate.training.threads import threads_for, using_threads
from striate.training.trained import Trained, latest
from striate.training.training import Training, best_device
from striate.training.watching import Watch, watch

__all__ = [
    "ALONE",
    "Arithmetic",
    "AverageSettings",
    "Change",
    "Changed",
    "Control",
    "Damaged",
    "Epoch",
    "Evaluation",
    "EvaluationSettings",
    "Event",
    "Failed",
    "Feed",
    "Finished",
    "Hold",
    "InitialisationSettings",
    "Insides",
    "Lens",
    "Live",
    "LossSettings",
    "Mailbox",
    "Mark",
    "Metrics",
    "Muon",
    "News",
    "OptimiserSettings",
    "Order",
    "Paused",
    "PrecisionSettings",
    "Processes",
    "Recipe",
    "Record",
    "Recorded",
    "Resumed",
    "RunFolder",
    "Saved",
    "ScheduleSettings",
    "Snapshot",
    "Standing",
    "Started",
    "Step",
    "Stopped",
    "Summary",
    "Trained",
    "Training",
    "Validated",
    "Watch",
    "best_device",
    "evaluate",
    "free_name",
    "keep_freed_memory",
    "latest",
    "load_recipe",
    "load_weights",
    "make_loss",
    "make_optimisers",
    "may_name_folder",
    "moments_of",
    "network_at",
    "parse_recipe",
    "read_recipe",
    "recipe_names",
    "runs_in",
    "save_weights",
    "see",
    "standing_of",
    "started_by_torchrun",
    "threads_for",
    "using_threads",
    "watch",
    "weights_at",
]
