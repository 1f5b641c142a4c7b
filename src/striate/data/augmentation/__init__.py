"""Augmentation: varying a batch of examples anew in every epoch, on the device it is on.

`augment` takes a batch through any number of steps; everything that is drawn follows from the
seed, the epoch and the step alone. `views` gives the views of a batch for test-time augmentation.
Every step works on 1-D signals, images and volumes, but Rotate, which needs two axes.
"""

from striate.data.augmentation.cutout import Cutout
from striate.data.augmentation.flips import AlternatingFlip, Flip
from striate.data.augmentation.geometric import Elastic, Rotate, Scale
from striate.data.augmentation.intensity import Brightness, Contrast, Invert, Noise
from striate.data.augmentation.pipeline import Augmentation, augment, augmented_shape
from striate.data.augmentation.seeds import stable_generator, stable_seed
from striate.data.augmentation.shifts import Crop, Shift
from striate.data.augmentation.step import AugmentationStep, Occasion
from striate.data.augmentation.views import views

__all__ = [
    "AlternatingFlip",
    "Augmentation",
    "AugmentationStep",
    "Brightness",
    "Contrast",
    "Crop",
    "Cutout",
    "Elastic",
    "Flip",
    "Invert",
    "Noise",
    "Occasion",
    "Rotate",
    "Scale",
    "Shift",
    "augment",
    "augmented_shape",
    "stable_generator",
    "stable_seed",
    "views",
]
