import pytest
import torch
from torch import Tensor, nn

from striate.errors import ModelError
from striate.models.sizing import check_input, check_request, least_size, output_shape


def stack(shape: tuple[int, ...], *, kernels: tuple[int, ...] = (3, 5)) -> nn.Sequential:
    """Convolutions and poolings by turns."""
    layers: list[nn.Module] = []
    channels = shape[0]
    for kernel in kernels:
        layers += [nn.Conv2d(channels, 4, kernel), nn.BatchNorm2d(4), nn.MaxPool2d(2)]
        channels = 4
    return nn.Sequential(*layers)


def works(size: int) -> bool:
    try:
        stack((1, size, size)).eval()(torch.zeros(1, 1, size, size))
    except RuntimeError:
        return False
    return True


def test_the_least_size_is_the_first_that_works() -> None:
    first = next(size for size in range(1, 64) if works(size))
    assert least_size(stack, (1, 64, 64)) == (first, first) == (14, 14)


def test_axes_that_differ_are_found_one_by_one() -> None:
    def build(shape: tuple[int, ...]) -> nn.Module:
        return nn.Conv3d(shape[0], 1, (2, 5, 5))

    assert least_size(build, (3, 16, 32, 32)) == (2, 5, 5)


def test_a_network_that_fits_nothing_has_no_least_size() -> None:
    with pytest.raises(ModelError, match="shrinks the 1x8x8"):
        least_size(lambda _: nn.Conv2d(1, 1, 9), (1, 8, 8))


@pytest.mark.parametrize("training", [True, False])
def test_the_shape_is_that_of_the_output(training: bool) -> None:
    network = stack((2, 20, 17)).train(training)
    expected = tuple(network.eval()(torch.zeros(1, 2, 20, 17)).shape[1:])
    network.train(training)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert output_shape(network, (2, 20, 17)) == expected
    assert all(module.training == training for module in network.modules())
    assert not any(
        module._forward_hooks or module._forward_pre_hooks for module in network.modules()
    )
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
        assert value.device.type == "cpu"


def test_the_first_of_several_outputs_counts() -> None:
    class Two(nn.Module):
        def forward(self, x: Tensor) -> dict[str, Tensor]:
            return {"scores": x[:, :, 1:], "rest": x}

    assert output_shape(Two(), (3, 4, 5)) == (3, 3, 5)


def test_the_layer_that_shrinks_the_input_to_nothing_is_named() -> None:
    with pytest.raises(ModelError) as refused:
        check_input("it", stack, (1, 9, 30), (1, 64, 64))
    assert str(refused.value) == (
        "it cannot take an input of 1x9x30: `3`, Conv2d(4, 4, kernel_size=(5, 5), stride=(1, 1)), "
        "shrinks the 4x3x14 that reaches it to nothing; the least spatial size that works is 14x14"
    )


def test_what_is_left_empty_without_an_error_is_found() -> None:
    class Cropped(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x[..., 4:]

    with pytest.raises(ModelError, match=r"`0`, Cropped\(\), shrinks the 1x4 .* works is 5"):
        check_input("it", lambda _: nn.Sequential(Cropped()), (1, 4), (1, 16))


def test_other_mistakes_say_what_torch_says() -> None:
    class Joined(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 2, stride=2)
            self.pool = nn.AvgPool2d(2, ceil_mode=True)

        def forward(self, x: Tensor) -> Tensor:
            return torch.cat([self.conv(x), self.pool(x)])

    network = nn.Sequential(Joined())
    with pytest.raises(ModelError, match=r"`0`, Joined, cannot take the 1x5x5 .*Sizes of tensors"):
        output_shape(network, (1, 5, 5))


def test_a_layer_in_a_constructor_is_named_by_its_path() -> None:
    features = nn.Sequential(nn.MaxPool2d(4))
    with pytest.raises(ModelError, match=r"`features\.0`, MaxPool2d"):
        output_shape(features, (1, 3, 3), "features")


@pytest.mark.parametrize(
    ("shape", "classes", "said"),
    [
        ((3, 8), 2, r"must be channels and 2 spatial sizes, as \(3, 32, 32\)$"),
        ((3, 0, 8), 2, r"\(=\(3, 0, 8\)\).* and 0 is none"),
        ((-3, 8, 8), 2, "-3 is none"),
        ((3, 8, 8.5), 2, "8.5 is none"),
        ((3, 8, True), 2, "True is none"),
        ((3, 10**6, 10**6), 2, r"takes 10\.9 TiB, and 64 GiB are allowed"),
        ((3, 8, 8), 0, r"classes \(=0\)"),
        ((3, 8, 8), -1, r"classes \(=-1\)"),
        ((3, 8, 8), 2.0, r"classes \(=2\.0\)"),
        ((3, 8, 8), 10**15, "to 17,179,869,184"),
    ],
)
def test_absurd_requests(shape: tuple[int, ...], classes: int, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        check_request(shape, classes, (3, 32, 32))


def test_absurd_memory_is_refused_before_it_is_taken() -> None:
    with pytest.raises(ModelError, match=r"100,000,010,000,000,000 parameters, 363\.8 TiB|TiB"):
        check_input("it", lambda _: nn.Linear(10**10, 10**7), (10**10,), (4,))
    with pytest.raises(ModelError, match=r"`0`, Conv2d.*would give 4000x9999x9999, 1\.5 TiB"):
        check_input(
            "it", lambda _: nn.Sequential(nn.Conv2d(1, 4000, 2)), (1, 10_000, 10_000), (1, 4, 4)
        )
    with pytest.raises(ModelError, match="overflowed"):
        check_input("it", lambda _: nn.Linear(10**12, 10**12), (10**12,), (4,))
