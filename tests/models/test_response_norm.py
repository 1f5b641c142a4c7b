import torch

from striate.models.response_norm import ResponseNorm


def test_it_is_the_paper_s_formula() -> None:
    x = torch.randn(2, 7, 3, 4, dtype=torch.float64) * 30
    expected = torch.empty_like(x)
    for i in range(7):
        near = x[:, max(i - 2, 0) : min(i + 2, 6) + 1]
        expected[:, i] = x[:, i] / (2 + 1e-4 * (near**2).sum(1)) ** 0.75
    torch.testing.assert_close(ResponseNorm()(x), expected)


def test_16_bit_numbers_are_normalised_as_32_bit_ones() -> None:
    x = (torch.randn(2, 9, 3, 3) * 30).bfloat16()
    y = ResponseNorm()(x)
    assert y.dtype == torch.bfloat16
    torch.testing.assert_close(y, ResponseNorm()(x.float()).bfloat16())
