import torch

from striate.layers import Scale


def test_it_multiplies_and_learns_nothing() -> None:
    layer = Scale(0.125)
    x = torch.rand(2, 10)
    torch.testing.assert_close(layer(x), x / 8)
    assert layer(x.bfloat16()).dtype == torch.bfloat16
    assert not layer.state_dict()
    assert repr(layer) == "Scale(0.125)"
