import math
from itertools import product
from unittest.mock import patch

import numpy as np
import pytest
import scipy.ndimage
import torch
import torch.nn.functional as F
from torch import Tensor

from striate.data.augmentation import AugmentationStep, Elastic, Rotate, Scale, Shift, augment
from striate.data.augmentation.geometric import GeometricStep, apply_together
from striate.data.augmentation.resampling import Warp, resample
from striate.data.augmentation.step import Boundary, Occasion
from striate.errors import RecipeError

SCIPY_MODES: dict[Boundary, str] = {
    "zeros": "grid-constant",
    "constant": "grid-constant",
    "replicate": "nearest",
    "reflect": "mirror",
    "symmetric": "reflect",
    "circular": "grid-wrap",
}


def value_of(boundary: Boundary) -> float:
    return 7.0 if boundary == "constant" else 0.0


def occasion(count: int) -> Occasion:
    return Occasion(0, 0, torch.arange(count), torch.Generator().manual_seed(0))


def smooth_images(count: int, size: int) -> Tensor:
    """Random images so smooth that interpolating them loses little."""
    noise = np.random.default_rng(0).normal(size=(count, 1, size, size))
    smooth = scipy.ndimage.gaussian_filter(noise, (0, 0, 3, 3))
    return torch.from_numpy(smooth / smooth.std()).float()


@pytest.mark.parametrize("boundary", SCIPY_MODES)
@pytest.mark.parametrize("shape", [(9,), (6, 9), (4, 5, 6)], ids=len)
def test_every_boundary_is_scipys(boundary: Boundary, shape: tuple[int, ...]) -> None:
    """Affine maps and displacements that reach far outside."""
    generator = torch.Generator().manual_seed(1)
    axes = len(shape)
    batch = torch.randn(3, 2, *shape, generator=generator)
    linear = torch.eye(axes) + 0.3 * torch.randn(3, axes, axes, generator=generator)
    displacement = 4 * torch.randn(3, axes, *shape, generator=generator)
    found = resample(batch, Warp(linear, displacement), boundary, value_of(boundary))

    centre = np.array([(n - 1) / 2 for n in shape])
    pixels = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), -1) - centre
    for n, c in product(range(3), range(2)):
        at = np.moveaxis(pixels @ linear[n].double().numpy().T + centre, -1, 0)
        at = at + displacement[n].double().numpy()
        expected = scipy.ndimage.map_coordinates(
            batch[n, c].double().numpy(),
            at,
            order=1,
            mode=SCIPY_MODES[boundary],
            cval=value_of(boundary),
        )
        np.testing.assert_allclose(found[n, c].numpy(), expected, atol=2e-5)


@pytest.mark.parametrize("boundary", SCIPY_MODES)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_the_warp_that_moves_nothing(boundary: Boundary, axes: int) -> None:
    batch = torch.randn(2, 3, *(1, 6, 5)[-axes:])
    still = resample(batch, Warp(torch.eye(axes).expand(2, -1, -1)), boundary, value_of(boundary))
    torch.testing.assert_close(still, batch, atol=1e-5, rtol=0)


@pytest.mark.parametrize("boundary", SCIPY_MODES)
@pytest.mark.parametrize("size", [6, 7])
@pytest.mark.parametrize("quarters", [-1, 1, 2])
def test_quarter_turns_are_rot90(boundary: Boundary, size: int, quarters: int) -> None:
    batch = torch.randn(2, 3, size, size)
    turned = Rotate(degrees=180, boundary=boundary).apply(batch, torch.full((2,), 90.0 * quarters))
    torch.testing.assert_close(turned, batch.rot90(quarters, (-2, -1)), atol=1e-4, rtol=0)


def test_each_example_has_its_own_angle() -> None:
    batch = torch.randn(3, 1, 5, 5)
    turned = Rotate(degrees=180).apply(batch, torch.tensor([0.0, 90.0, 180.0]))
    expected = torch.stack([image.rot90(k, (-2, -1)) for k, image in enumerate(batch)])
    torch.testing.assert_close(turned, expected, atol=1e-4, rtol=0)


def test_volumes_turn_in_their_last_two_axes() -> None:
    batch = torch.randn(2, 1, 3, 5, 5)
    turned = Rotate(degrees=90).apply(batch, torch.full((2,), 90.0))
    torch.testing.assert_close(turned, batch.rot90(1, (-2, -1)), atol=1e-4, rtol=0)


def test_rotation_of_a_wide_image_is_scipys() -> None:
    """Lengths are pixels on both axes, whatever the shape."""
    image = smooth_images(1, 32)[:, :, 8:24]
    turned = Rotate(degrees=30).apply(image, torch.tensor([20.0]))
    expected = scipy.ndimage.rotate(
        image[0, 0].numpy(), 20, reshape=False, order=1, mode="grid-constant"
    )
    np.testing.assert_allclose(turned[0, 0].numpy(), expected, atol=1e-4)


def test_signals_cannot_turn() -> None:
    with pytest.raises(RecipeError, match="rotate needs at least 2 spatial axes"):
        Rotate(degrees=10).output_shape((1, 3000))


def test_scaling_by_two_written_out() -> None:
    signal = torch.tensor([[[0.0, 1, 2, 3]]])
    larger = Scale(low=2, high=2).apply(signal, torch.tensor([[2.0]]))
    assert larger.flatten().tolist() == pytest.approx([0.75, 1.25, 1.75, 2.25])
    smaller = Scale(low=0.5, high=0.5).apply(signal, torch.tensor([[0.5]]))
    assert smaller.flatten().tolist() == pytest.approx([0, 0.5, 2.5, 0])


def test_scaling_each_axis() -> None:
    image = torch.arange(16.0).view(1, 1, 4, 4)
    scaled = Scale(per_axis=True).apply(image, torch.tensor([[1.0, 2.0]]))
    expected = torch.tensor([0.75, 1.25, 1.75, 2.25]) + 4 * torch.arange(4.0)[:, None]
    torch.testing.assert_close(scaled[0, 0], expected)


def test_draws_lie_in_their_ranges() -> None:
    angles = Rotate(degrees=15).draw((1, 8, 8), occasion(4000))
    assert angles.shape == (4000,)
    assert 14.9 < angles.max() <= 15
    assert -15 <= angles.min() < -14.9
    assert abs(angles.mean()) < 5 * 15 / math.sqrt(3 * 4000)

    factors = Scale(low=0.5, high=2).draw((1, 8, 8), occasion(4000))
    assert torch.equal(factors[:, 0], factors[:, 1])
    assert 0.5 <= factors.min() < factors.max() <= 2.0001
    assert abs(factors.log().mean()) < 5 * math.log(2) / math.sqrt(3 * 4000)

    free = Scale(low=0.5, high=2, per_axis=True).draw((1, 8, 8), occasion(4000))
    assert abs(torch.corrcoef(free.T)[0, 1]) < 0.08


def test_elastic_fields_are_scipys_gaussian_filter() -> None:
    step = Elastic(alpha=5, sigma=1.5)
    noise = step.draw((1, 12, 9), occasion(3))
    assert noise.shape == (3, 2, 12, 9)
    assert noise.abs().max() <= 1
    field = step.warp((12, 9), noise).displacement
    assert field is not None
    expected = 5 * scipy.ndimage.gaussian_filter(
        noise.double().numpy(), (0, 0, 1.5, 1.5), mode="constant", truncate=4.0
    )
    np.testing.assert_allclose(field.numpy(), expected, atol=1e-5)


def test_elastic_moves_pixels_as_far_as_it_says() -> None:
    step = Elastic(alpha=34, sigma=4)
    field = step.warp((48, 48), step.draw((1, 48, 48), occasion(100))).displacement
    assert field is not None
    inner = field[:, :, 16:32, 16:32]
    assert inner.square().mean().sqrt() == pytest.approx(34 / (8 * math.sqrt(3 * math.pi)), rel=0.1)


@pytest.mark.parametrize("shape", [(1, 40), (1, 9, 10), (1, 6, 7, 8)])
def test_elastic_and_scale_in_any_number_of_axes(shape: tuple[int, ...]) -> None:
    batch = torch.randn(4, *shape)
    steps: list[AugmentationStep] = [Elastic(alpha=3, sigma=1), Scale(low=0.7, high=1.3)]
    changed = augment(batch, steps, seed=0, epoch=0, step=0, indices=torch.arange(4))
    assert changed.shape == batch.shape
    assert changed.isfinite().all()
    assert not torch.equal(changed, batch)


def test_affine_neighbours_are_one_interpolation() -> None:
    """There and back again is exact: nothing was interpolated in between."""
    batch = torch.randn(2, 1, 8, 8)
    steps = [Rotate(degrees=45), Scale(low=0.5, high=2)] * 2
    drawn = [
        torch.tensor([30.0, -45.0]),
        torch.tensor([[0.5, 0.5], [2, 2]]),
        torch.tensor([-30.0, 45.0]),
        torch.tensor([[2.0, 2.0], [0.5, 0.5]]),
    ]
    back = apply_together(batch, list(zip(steps, drawn, strict=True)))
    torch.testing.assert_close(back, batch, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    "steps",
    [
        [Rotate(degrees=30), Scale(low=0.8, high=1.25, per_axis=True)],
        [Scale(low=0.8, high=1.25, per_axis=True), Rotate(degrees=30)],
        [Rotate(degrees=30), Elastic(alpha=20, sigma=4)],
        [Scale(low=0.8, high=1.25), Rotate(degrees=30), Elastic(alpha=20, sigma=4)],
    ],
    ids=lambda steps: "+".join(step.kind for step in steps),
)
def test_together_as_one_after_the_other(steps: list[GeometricStep]) -> None:
    """Inside, where no boundary is seen, and as near as smooth images allow."""
    batch = smooth_images(8, 40)
    drawn = [(step, step.draw((1, 40, 40), occasion(8))) for step in steps]
    in_turn = batch
    for step, draw in drawn:
        in_turn = step.apply(in_turn, draw)
    together = apply_together(batch, drawn)
    inside = (..., slice(14, 26), slice(14, 26))
    assert (together - in_turn)[inside].abs().max() < 0.15
    assert (together - batch)[inside].abs().max() > 0.5


def test_the_pipeline_interpolates_neighbours_together() -> None:
    """Only where no other step stands between them and they share a boundary."""
    batch = torch.randn(4, 1, 9, 9)
    geometric: list[AugmentationStep] = [Rotate(degrees=20), Scale()]
    apart: list[AugmentationStep] = [Rotate(degrees=20), Scale(boundary="reflect")]
    divided: list[AugmentationStep] = [Rotate(degrees=20), Shift(pixels=0), Scale()]

    def augmented(steps: list[AugmentationStep]) -> Tensor:
        return augment(batch, steps, seed=0, epoch=0, step=0, indices=torch.arange(4))

    with patch.object(F, "grid_sample", wraps=F.grid_sample) as sample:
        augmented(geometric)
        assert sample.call_count == 1
        augmented(apart)
        assert sample.call_count == 3
        augmented(divided)
        assert sample.call_count == 5


def test_bfloat16_reads_where_float32_does() -> None:
    """Positions in bfloat16 would be off by half a pixel in an image of 256."""
    batch = torch.randn(1, 1, 1, 256).cumsum(-1) / 16
    angle = torch.tensor([0.2])
    exact = Rotate(degrees=1, boundary="replicate").apply(batch.bfloat16().float(), angle)
    found = Rotate(degrees=1, boundary="replicate").apply(batch.bfloat16(), angle)
    torch.testing.assert_close(found, exact.bfloat16(), rtol=0, atol=0)
