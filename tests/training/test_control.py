import json
import math
from typing import Any

import pytest
import torch
from torch import nn

from striate.errors import TrainingError
from striate.training.control import Control, Orders, change
from striate.training.optimisers import make_optimisers
from striate.training.orders import Adjustable
from striate.training.recipe import parse_recipe


def optimisers(**settings: Any) -> list[torch.optim.Optimizer]:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv1d(2, 3, 2), nn.Flatten(), nn.Linear(9, 4), nn.Linear(4, 2))
    text = "epochs = 1\nbatch = 1\nnetwork = ''\n[data]\nname = ''"
    return make_optimisers(network, parse_recipe(text, "", optimiser=settings).optimiser)


def of_groups(made: list[torch.optim.Optimizer], key: str) -> dict[str, Any]:
    return {group["role"]: group.get(key) for each in made for group in each.param_groups}


class TestOrders:
    def test_there_are_none_at_first(self) -> None:
        assert Control().take() == Orders()

    def test_changes_are_taken_once_and_the_last_of_each_counts(self) -> None:
        control = Control()
        control.change("learning_rate", 0.1)
        control.change("batch", 20)
        control.change("learning_rate", 0.2)
        assert control.take().changes == {"learning_rate": 0.2, "batch": 20}
        assert control.take().changes == {}

    def test_stopping_is_for_good(self) -> None:
        control = Control()
        control.stop()
        assert control.take().stop
        assert control.take().stop

    @pytest.mark.parametrize("end", ["resume", "stop"])
    def test_a_pause_lasts_until(self, end: str) -> None:
        control = Control()
        control.pause()
        assert control.paused
        assert control.take() == control.take() == Orders(pause=True)
        getattr(control, end)()
        assert control.take() == Orders(stop=end == "stop")
        assert not control.paused

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("learning_rate", 0),
            ("learning_rate", math.inf),
            ("learning_rate", math.nan),
            ("momentum", 1),
            ("momentum", -0.1),
            ("weight_decay", -1),
            ("weight_decay", math.inf),
            ("batch", 0),
            ("batch", 1.5),
            ("batch", math.nan),
            ("batch", math.inf),
        ],
    )
    def test_a_value_that_cannot_be(self, setting: Adjustable, value: float) -> None:
        control = Control()
        with pytest.raises(TrainingError, match=rf"{setting} \(={value:g}\) must be"):
            control.change(setting, value)
        assert control.take() == Orders()

    def test_a_setting_that_there_is_not(self) -> None:
        setting: Any = "epochs"
        with pytest.raises(TrainingError, match=r"'epochs' cannot be changed .*learning_rate, mom"):
            Control().change(setting, 3)


class TestChange:
    def test_learning_rates_keep_their_ratio(self) -> None:
        made = optimisers(kind="sgd", lr=0.2, bias_lr_factor=4, output_lr_factor=0.5)
        assert change(made, "learning_rate", 0.1) == 0.1
        assert of_groups(made, "base_lr") == {"weights": 0.1, "output": 0.05, "biases": 0.4}

    def test_muons_is_the_first(self) -> None:
        made = optimisers(kind="muon", lr=0.2, others={"kind": "sgd", "lr": 0.1})
        change(made, "learning_rate", 0.4)
        assert of_groups(made, "base_lr") == {"weights": 0.4, "output": 0.2, "biases": 0.2}

    def test_a_rate_of_zero_stays_zero(self) -> None:
        made = optimisers(kind="sgd", lr=0.2, output_lr_factor=0)
        change(made, "learning_rate", 0.4)
        assert of_groups(made, "base_lr") == {"weights": 0.4, "output": 0, "biases": 0.4}

    def test_weight_decay_still_spares_biases(self) -> None:
        made = optimisers(kind="adamw")
        assert change(made, "weight_decay", 0.3) == 0.3
        assert of_groups(made, "weight_decay") == {"weights": 0.3, "output": 0.3, "biases": 0}

    def test_momentum_is_the_first_beta_of_adam(self) -> None:
        made = optimisers(kind="adam")
        change(made, "momentum", 0.5)
        assert set(of_groups(made, "betas").values()) == {(0.5, 0.999)}

    def test_an_optimiser_without_the_setting(self) -> None:
        made = optimisers(kind="adadelta")
        before = json.dumps(made[0].state_dict()["param_groups"])
        assert change(made, "momentum", 0.5) is None
        assert json.dumps(made[0].state_dict()["param_groups"]) == before

    @pytest.mark.parametrize("kind", ["sgd", "rmsprop", "adam", "muon"])
    @pytest.mark.parametrize(("first", "then"), [(0.0, 0.9), (0.9, 0.0)])
    def test_every_optimiser_goes_on_with_other_momentum(
        self, kind: str, first: float, then: float
    ) -> None:
        given = {"betas": [first, 0.9]} if kind == "adam" else {"momentum": first}
        made = optimisers(kind=kind, lr=0.1, **given)
        for momentum in (first, then):
            change(made, "momentum", momentum)
            for optimiser in made:
                for group in optimiser.param_groups:
                    for parameter in group["params"]:
                        parameter.grad = torch.ones_like(parameter)
                optimiser.step()
        assert all(
            parameter.isfinite().all()
            for optimiser in made
            for group in optimiser.param_groups
            for parameter in group["params"]
        )
