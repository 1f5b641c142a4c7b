import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn
from torch.optim import Optimizer

from striate.errors import RecipeError
from striate.training.muon import Muon
from striate.training.optimisers import (
    AdadeltaSettings,
    AdagradSettings,
    AdamSettings,
    AdamWSettings,
    MuonSettings,
    OptimiserSettings,
    RMSpropSettings,
    SGDSettings,
    make_optimisers,
    parameters_by_role,
    scale_learning_rates,
)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3),
        nn.BatchNorm2d(6),
        nn.PReLU(6),
        nn.Conv2d(6, 6, 3, groups=6),
        nn.LayerNorm((6, 2, 2)),
        nn.Flatten(),
        nn.Linear(24, 5),
        nn.Linear(5, 4),
    )


def train(model: nn.Module, optimisers: list[Optimizer], steps: int = 4, first: int = 0) -> None:
    for step in range(first, first + steps):
        generator = torch.Generator().manual_seed(step)
        images = torch.randn(8, 3, 6, 6, generator=generator)
        for optimiser in optimisers:
            optimiser.zero_grad()
        model(images).square().mean().backward()
        for optimiser in optimisers:
            optimiser.step()


def weights_of(model: nn.Module) -> list[Tensor]:
    return [p.detach().clone() for p in model.parameters()]


def hand_made_groups(model: nn.Sequential, lr: float, decay: float) -> list[dict[str, Any]]:
    conv, norm, prelu, depthwise, layer_norm, _, hidden, output = model
    weights = [conv.weight, depthwise.weight, hidden.weight, output.weight]
    others = [
        *(conv.bias, norm.weight, norm.bias, prelu.weight, depthwise.bias, hidden.bias),
        *(layer_norm.weight, layer_norm.bias, output.bias),
    ]
    return [
        {"params": weights, "lr": lr, "weight_decay": decay},
        {"params": others, "lr": lr, "weight_decay": 0.0},
    ]


@pytest.mark.parametrize(
    ("settings", "reference"),
    [
        (SGDSettings(lr=0.1, weight_decay=0.1), torch.optim.SGD),
        (
            SGDSettings(lr=0.1, weight_decay=0.1, momentum=0.9),
            lambda groups: torch.optim.SGD(groups, momentum=0.9),
        ),
        (
            SGDSettings(lr=0.1, weight_decay=0.1, momentum=0.9, nesterov=True),
            lambda groups: torch.optim.SGD(groups, momentum=0.9, nesterov=True),
        ),
        (AdagradSettings(lr=0.1, weight_decay=0.1), torch.optim.Adagrad),
        (AdadeltaSettings(lr=0.1, weight_decay=0.1), torch.optim.Adadelta),
        (
            RMSpropSettings(lr=0.1, weight_decay=0.1, momentum=0.5, alpha=0.9),
            lambda groups: torch.optim.RMSprop(groups, momentum=0.5, alpha=0.9),
        ),
        (
            AdamSettings(lr=0.1, weight_decay=0.1, betas=(0.8, 0.95)),
            lambda groups: torch.optim.Adam(groups, betas=(0.8, 0.95)),
        ),
        (AdamWSettings(lr=0.1, weight_decay=0.1), torch.optim.AdamW),
    ],
    ids=["sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamw"],
)
def test_torchs_own_with_groups_made_by_hand(
    settings: OptimiserSettings, reference: Callable[[list[dict[str, Any]]], Optimizer]
) -> None:
    ours, theirs = network(), network()
    train(ours, make_optimisers(ours, settings))
    train(theirs, [reference(hand_made_groups(theirs, 0.1, 0.1))])
    for found, expected in zip(weights_of(ours), weights_of(theirs), strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("settings", "reference"),
    [
        (AdagradSettings(), torch.optim.Adagrad),
        (AdadeltaSettings(), torch.optim.Adadelta),
        (RMSpropSettings(), torch.optim.RMSprop),
        (AdamSettings(), torch.optim.Adam),
        (AdamWSettings(), torch.optim.AdamW),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_defaults_are_torchs(settings: Any, reference: type[Any]) -> None:
    defaults = reference([torch.zeros(1, requires_grad=True)]).defaults
    for name, value in settings.model_dump().items():
        if name in defaults:
            assert value == defaults[name], name


def test_roles() -> None:
    model = network()
    roles = parameters_by_role(model)
    names = {p: name for name, p in model.named_parameters()}
    assert {role: [names[p] for p in found] for role, found in roles.items()} == {
        "weights": ["0.weight", "3.weight", "6.weight"],
        "output": ["7.weight"],
        "biases": [
            *("0.bias", "1.weight", "1.bias", "2.weight", "3.bias"),
            *("4.weight", "4.bias", "6.bias", "7.bias"),
        ],
    }


def test_what_a_root_mean_square_is_scaled_by_is_no_matrix() -> None:
    roles = parameters_by_role(nn.Sequential(nn.Conv2d(1, 2, 3), nn.RMSNorm((2, 4, 4))))
    assert [p.shape for p in roles["biases"]] == [(2,), (2, 4, 4)]


def test_frozen_and_shared_parameters() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4, bias=False))
    model[0].weight.requires_grad_(False)
    model[2].weight = model[1].weight
    roles = parameters_by_role(model)
    assert roles["weights"] == []
    assert [id(p) for p in roles["output"]] == [id(model[1].weight)]
    assert len(roles["biases"]) == 2


@pytest.mark.parametrize("model", [nn.ReLU(), nn.Linear(2, 2).requires_grad_(False)])
def test_nothing_to_train(model: nn.Module) -> None:
    with pytest.raises(RecipeError, match="no parameter to train"):
        make_optimisers(model, SGDSettings(lr=0.1))


def test_learning_rates_of_the_groups() -> None:
    settings = SGDSettings(lr=0.5, bias_lr_factor=64, output_lr_factor=0.25, weight_decay=0.1)
    optimisers = make_optimisers(network(), settings)
    scale_learning_rates(optimisers, 0.5)
    groups = {group["role"]: group for group in optimisers[0].param_groups}
    assert {role: group["lr"] for role, group in groups.items()} == {
        "weights": 0.25,
        "output": 0.0625,
        "biases": 16,
    }
    assert {role: group["weight_decay"] for role, group in groups.items()} == {
        "weights": 0.1,
        "output": 0.1,
        "biases": 0,
    }
    scale_learning_rates(optimisers, 1)
    assert [group["lr"] for group in optimisers[0].param_groups] == [0.5, 0.125, 32]


def test_muon_takes_the_filters_and_others_the_rest() -> None:
    model = network()
    settings = MuonSettings(
        lr=0.3,
        weight_decay=0.2,
        momentum=0.6,
        others=SGDSettings(lr=0.05, momentum=0.85, nesterov=True, output_lr_factor=12),
    )
    muon, others = make_optimisers(model, settings)
    assert isinstance(muon, Muon)
    assert isinstance(others, torch.optim.SGD)
    filters = [id(model[i].weight) for i in (0, 3, 6)]
    assert [id(p) for p in muon.param_groups[0]["params"]] == filters
    group = muon.param_groups[0]
    assert (group["lr"], group["weight_decay"], group["momentum"]) == (0.3, 0.2, 0.6)
    assert {g["role"]: g["lr"] for g in others.param_groups} == pytest.approx(
        {"output": 0.6, "biases": 0.05}
    )
    trained = [p for o in (muon, others) for g in o.param_groups for p in g["params"]]
    assert sorted(map(id, trained)) == sorted(map(id, model.parameters()))


def test_muon_without_filters_or_without_the_rest() -> None:
    only_output = make_optimisers(nn.Linear(3, 3), MuonSettings())
    assert [type(o) for o in only_output] == [torch.optim.AdamW]
    model = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    model[1].requires_grad_(False)
    assert [type(o) for o in make_optimisers(model, MuonSettings())] == [Muon]


@pytest.mark.parametrize(
    "settings",
    [
        SGDSettings(lr=0.01, momentum=0.9),
        AdagradSettings(),
        AdadeltaSettings(),
        RMSpropSettings(),
        AdamSettings(),
        AdamWSettings(),
        MuonSettings(),
        MuonSettings(precision="bfloat16", others=SGDSettings(lr=0.01, momentum=0.9)),
    ],
    ids=lambda settings: settings.kind,
)
def test_goes_on_from_a_state_dict_bit_for_bit(settings: OptimiserSettings) -> None:
    whole = network()
    optimisers = make_optimisers(whole, settings)
    train(whole, optimisers, 2)
    resumed = copy.deepcopy(whole)
    again = make_optimisers(resumed, settings)
    for optimiser, old in zip(again, optimisers, strict=True):
        optimiser.load_state_dict(copy.deepcopy(old.state_dict()))
        json.dumps(optimiser.state_dict()["param_groups"])  # what a checkpoint writes as text
    train(whole, optimisers, 2, first=2)
    train(resumed, again, 2, first=2)
    for found, expected in zip(weights_of(resumed), weights_of(whole), strict=True):
        assert torch.equal(found, expected)


@pytest.mark.parametrize("settings", [AdamSettings(lr=0.1), SGDSettings(lr=0.1, momentum=0.9)])
def test_layouts_of_weight_and_gradient_may_differ(settings: OptimiserSettings) -> None:
    """As they do when a state comes from a file, or gradients from another process."""
    results = []
    for layout in (torch.contiguous_format, torch.channels_last):
        model = nn.Conv2d(2, 3, 3, bias=False)
        model.weight = nn.Parameter(torch.ones(3, 2, 3, 3).contiguous(memory_format=layout))
        optimiser = make_optimisers(model, settings)[0]
        for _ in range(2):
            model.weight.grad = torch.arange(54.0).view(3, 2, 3, 3)
            optimiser.step()
        results.append(model.weight.detach())
    torch.testing.assert_close(*results)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "sgd"}, "Field required"),
        ({"kind": "sgd", "lr": 0}, "greater than 0"),
        ({"kind": "sgd", "lr": 0.1, "momentum": 1}, "less than 1"),
        ({"kind": "sgd", "lr": 0.1, "nesterov": True}, "nesterov needs momentum"),
        ({"kind": "sgd", "learning_rate": 0.1}, "Extra inputs are not permitted"),
        ({"kind": "adam", "betas": [0.9, 1.0]}, "less than 1"),
        ({"kind": "adam", "weight_decay": -1}, "greater than or equal to 0"),
        ({"kind": "adamw", "lr": float("inf")}, "finite"),
        ({"kind": "muon", "precision": "float16"}, "'float32' or 'bfloat16'"),
        ({"kind": "muon", "iterations": 0}, "greater than or equal to 1"),
        ({"kind": "muon", "others": {"kind": "muon"}}, "'adamw'"),
        ({"kind": "lion"}, "'muon'"),
    ],
)
def test_settings_out_of_bounds(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(OptimiserSettings).validate_python(settings)


def test_settings_are_read_by_kind() -> None:
    read = TypeAdapter[OptimiserSettings](OptimiserSettings).validate_python(
        {"kind": "muon", "lr": 0.24, "others": {"kind": "sgd", "lr": 0.05, "momentum": 0.85}}
    )
    assert read == MuonSettings(lr=0.24, others=SGDSettings(lr=0.05, momentum=0.85))
