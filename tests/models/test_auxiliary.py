import torch
from torch.nn.functional import cross_entropy

from striate.models.auxiliary import AuxiliaryOutputs, auxiliary_loss


def test_the_loss_is_the_paper_s_sum() -> None:
    torch.manual_seed(0)
    scores, early, late = torch.randn(3, 5, 4).unbind()
    targets = torch.tensor([0, 1, 2, 3, 0])

    def plain(logits: torch.Tensor) -> torch.Tensor:
        return -logits.log_softmax(1)[torch.arange(5), targets].mean()

    outputs = AuxiliaryOutputs(scores, (early, late))
    expected = plain(scores) + 0.3 * (plain(early) + plain(late))
    torch.testing.assert_close(auxiliary_loss(outputs, targets, cross_entropy), expected)
    expected = plain(scores) + 0.4 * plain(late)
    one = AuxiliaryOutputs(scores, (late,))
    torch.testing.assert_close(auxiliary_loss(one, targets, cross_entropy, 0.4), expected)
