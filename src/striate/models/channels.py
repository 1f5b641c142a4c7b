"""Numbers of channels that a width multiplier leaves."""


def rounded_channels(channels: float, divisor: int = 8) -> int:
    """The multiple of the divisor that is nearest to a number of channels.

    At least one divisor, ties upwards, and one step more where rounding would take off over a
    tenth: floor(c/d + 1/2) d.
    Source: the published code of Sandler et al., MobileNetV2, 2018; Tan and Le 2019 use it too.
    """
    nearest = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return nearest if nearest >= 0.9 * channels else nearest + divisor
