"""Linear layers, matrix products and attention."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from striate.network import Network


class Products(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 5)
        self.plain = nn.Linear(6, 1, bias=False)
        self.matrix = nn.Parameter(torch.randn(6, 3))
        self.vector = nn.Parameter(torch.randn(6))
        self.bias = nn.Parameter(torch.randn(3))

    def forward(self, x: Tensor) -> list[Tensor]:
        rows, flat = x.flatten(1, 2), x[:, 0, 0]
        return [
            self.linear(x),
            self.linear(flat),
            self.plain(rows),
            F.linear(x, x[0, 0], x[0, 0, :, 0]),
            x @ self.matrix,
            x @ x.mT,
            x[:1] @ x.mT,
            flat @ flat.t(),
            flat.t() @ flat,
            x @ self.vector,
            flat @ self.vector,
            self.matrix.t() @ x.mT,
            flat.mm(self.matrix),
            rows.bmm(rows.mT),
            torch.addmm(self.bias, flat, self.matrix, beta=0.5, alpha=2),
            torch.addmm(flat[:, :2], flat, flat.t()),
            torch.baddbmm(rows @ rows.mT, rows, rows.mT),
            flat[0].dot(flat[1]),
            flat.mv(self.vector),
        ]


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(4, 5, 5))

    def forward(self, x: Tensor) -> list[Tensor]:
        query, key, value = x[:, :4], x[:, 4:6], x[:, 6:8]
        keys, values = key.repeat(1, 2, 1, 1), value.repeat(1, 2, 1, 1)
        attend = F.scaled_dot_product_attention
        return [
            attend(query, keys, values),
            attend(query, keys, values, is_causal=True),
            attend(query, keys, values, attn_mask=self.bias, scale=0.3),
            attend(query, keys, values, attn_mask=torch.ones(5, 5).tril(1) > 0),
            attend(query, keys, values, attn_mask=query @ keys.mT),
            attend(query, key, value, enable_gqa=True),
            attend(query[:, :, :2], keys, values),
        ]


@pytest.mark.parametrize(
    ("network", "shape"), [(Products, (2, 3, 2, 6)), (Attention, (2, 8, 5, 4))]
)
def test_the_products_give_the_value(
    network: type[nn.Module], shape: tuple[int, ...], check_every_layer: Any
) -> None:
    torch.manual_seed(0)
    check_every_layer(network().double(), torch.randn(shape).double(), units=20)


def test_a_linear_layer_drops_nothing() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(500, 3)
    x = torch.randn(1, 500)
    why = Network(nn.Sequential(layer), x).trace(x).why("0", 2)
    (patch,) = why.patches
    assert patch.weights is not None
    assert patch.weights.tolist() == layer.weight[2].double().tolist()
    assert patch.terms.sum() + float(layer.bias[2].detach()) == pytest.approx(why.total, rel=1e-15)
    assert len(why.parents) == 500


def test_attention_reads_one_query_all_keys_and_a_column_of_values() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 8, 5, 4)
    trace = Network(Attention(), x).trace(x)
    why = trace.why("scaled_dot_product_attention", 3, (1, 2), example=1)
    query, *keys, values = why.patches
    assert query.index((0,)) == (3, 1, 0)
    assert len(keys) == 5
    assert values.weights is not None
    assert values.weights.sum() == pytest.approx(1)
    assert values.index((4,)) == (3, 4, 2)
