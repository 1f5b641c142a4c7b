"""Which layers normalise: their weights only scale and shift what has been normalised."""

from torch import nn

from striate.layers.channel_norm import ChannelNorm

NORMALISATIONS: tuple[type[nn.Module], ...] = (
    nn.modules.batchnorm._NormBase,
    nn.GroupNorm,
    nn.LayerNorm,
    nn.RMSNorm,
    ChannelNorm,
)
