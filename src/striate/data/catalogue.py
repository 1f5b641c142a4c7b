"""One description per dataset.

Checksums are of the files as their publishers offer them. Means and standard deviations were
computed over all values of the training split; the tests compute them again where they can.
"""

from __future__ import annotations

from striate.data.description import Description, RemoteFile
from striate.data.mitbih_files import MITBIH_FILES

_DIGITS = tuple(str(digit) for digit in range(10))


def _mirrored(name: str, sha256: str, size: int, *bases: str) -> RemoteFile:
    return RemoteFile(name, tuple(f"{base}/{name}" for base in bases), sha256, size)


_MNIST_BASES = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
_FASHION_BASES = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
)
_KRIZHEVSKY = (
    'A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", technical report, '
    "University of Toronto, 2009"
)

DIGITS = Description(
    name="digits",
    title="Handwritten digits, 8x8 (embedded)",
    input_shape=(1, 8, 8),
    classes=_DIGITS,
    mean=(4.886134,),
    std=(6.017907,),
    licence="CC BY 4.0",
    citation=(
        'E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning '
        "Repository, 1998, doi:10.24432/C50P49 (its test part, as scikit-learn distributes it)"
    ),
    homepage="https://archive.ics.uci.edu/dataset/80",
    maximum=16,
    dark_background=True,
    note="1,797 drawings; a stratified fifth of them, always the same, is held out for the test.",
)

MNIST = Description(
    name="mnist",
    title="MNIST handwritten digits",
    input_shape=(1, 28, 28),
    classes=_DIGITS,
    mean=(33.318421,),
    std=(78.567490,),
    licence="not stated by the authors; commonly given as CC BY-SA 3.0",
    citation=(
        'Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to Document '
        'Recognition", Proceedings of the IEEE 86(11), 1998'
    ),
    homepage="http://yann.lecun.com/exdb/mnist/",
    files=(
        _mirrored(
            "train-images-idx3-ubyte.gz",
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            9_912_422,
            *_MNIST_BASES,
        ),
        _mirrored(
            "train-labels-idx1-ubyte.gz",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            28_881,
            *_MNIST_BASES,
        ),
        _mirrored(
            "t10k-images-idx3-ubyte.gz",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            1_648_877,
            *_MNIST_BASES,
        ),
        _mirrored(
            "t10k-labels-idx1-ubyte.gz",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            4_542,
            *_MNIST_BASES,
        ),
    ),
    aliases=("MNIST/raw",),
    dark_background=True,
)

FASHION_MNIST = Description(
    name="fashion-mnist",
    title="Fashion-MNIST articles of clothing",
    input_shape=(1, 28, 28),
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    mean=(72.940352,),
    std=(90.021182,),
    licence="MIT (Copyright 2017 Zalando SE)",
    citation=(
        'H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking '
        'Machine Learning Algorithms", arXiv:1708.07747, 2017'
    ),
    homepage="https://github.com/zalandoresearch/fashion-mnist",
    files=(
        _mirrored(
            "train-images-idx3-ubyte.gz",
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            26_421_880,
            *_FASHION_BASES,
        ),
        _mirrored(
            "train-labels-idx1-ubyte.gz",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            29_515,
            *_FASHION_BASES,
        ),
        _mirrored(
            "t10k-images-idx3-ubyte.gz",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            4_422_102,
            *_FASHION_BASES,
        ),
        _mirrored(
            "t10k-labels-idx1-ubyte.gz",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            5_148,
            *_FASHION_BASES,
        ),
    ),
    aliases=("fashion_mnist", "fashionmnist", "FashionMNIST/raw"),
    dark_background=True,
)

CIFAR10 = Description(
    name="cifar10",
    title="CIFAR-10 small photographs",
    input_shape=(3, 32, 32),
    classes=(
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    mean=(125.306918, 122.950394, 113.865383),
    std=(62.993219, 62.088708, 66.704900),
    licence="none stated by the author",
    citation=_KRIZHEVSKY,
    homepage="https://www.cs.toronto.edu/~kriz/cifar.html",
    files=(
        _mirrored(
            "cifar-10-binary.tar.gz",
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            170_052_171,
            "https://www.cs.toronto.edu/~kriz",
        ),
    ),
    aliases=("cifar-10", "cifar_10"),
)

_CIFAR100_CLASSES = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup
dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower
leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid
otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray
road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
wardrobe whale willow_tree wolf woman worm
"""

CIFAR100 = Description(
    name="cifar100",
    title="CIFAR-100 small photographs",
    input_shape=(3, 32, 32),
    classes=tuple(name.replace("_", " ") for name in _CIFAR100_CLASSES.split()),
    mean=(129.304166, 124.069963, 112.434050),
    std=(68.170243, 65.391808, 70.418370),
    licence="none stated by the author",
    citation=_KRIZHEVSKY,
    homepage="https://www.cs.toronto.edu/~kriz/cifar.html",
    files=(
        _mirrored(
            "cifar-100-binary.tar.gz",
            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
            168_513_733,
            "https://www.cs.toronto.edu/~kriz",
        ),
    ),
    aliases=("cifar-100", "cifar_100"),
    note="The classes are the 100 fine labels; the 20 coarse ones are not used.",
)

_PHYSIONET = (
    'A. L. Goldberger et al., "PhysioBank, PhysioToolkit, and PhysioNet", Circulation 101(23), 2000'
)
_CHALLENGE_BASES = (
    "https://physionet.org/files/challenge-2017/1.0.0",
    "https://physionet-open.s3.amazonaws.com/challenge-2017/1.0.0",
)


def _unsummed(name: str, size: int, note: str) -> RemoteFile:
    return RemoteFile(name, tuple(f"{base}/{name}" for base in _CHALLENGE_BASES), None, size, note)


CINC2017 = Description(
    name="cinc2017",
    title="ECG rhythm, PhysioNet/CinC Challenge 2017",
    input_shape=(1, 9000),
    classes=("normal rhythm", "atrial fibrillation", "other rhythm", "too noisy"),
    mean=(7.131897,),
    std=(233.269887,),
    licence="Open Data Commons Attribution License v1.0",
    citation=(
        'G. D. Clifford et al., "AF Classification from a Short Single Lead ECG Recording: the '
        'PhysioNet/Computing in Cardiology Challenge 2017", Computing in Cardiology 44, 2017; '
        + _PHYSIONET
    ),
    homepage="https://physionet.org/content/challenge-2017/1.0.0/",
    files=(
        _unsummed(
            "training2017.zip",
            99_226_822,
            "No SHA-256 is known to us; each record's CRC-32 in the archive is checked, and its "
            "number of samples against its header.",
        ),
        _unsummed(
            "REFERENCE-v3.csv",
            76_752,
            "No SHA-256 is known to us; every record must have exactly one of the four classes.",
        ),
    ),
    aliases=("ecg-cinc2017", "training2017", "challenge-2017"),
    standardise="example",
    sampling_rate=300.0,
    note=(
        "30 s at 300 Hz from the middle of each record, in steps of 1/1000 mV; shorter records "
        "stand in the middle of zeros. A stratified fifth of the published training records, "
        "always the same, is the test split (the challenge's own test records are not public)."
    ),
)

MITBIH = Description(
    name="mitbih",
    title="ECG beats, MIT-BIH Arrhythmia Database",
    input_shape=(1, 256),
    classes=(
        "normal (N)",
        "supraventricular ectopic (S)",
        "ventricular ectopic (V)",
        "fusion (F)",
        "unknown (Q)",
    ),
    mean=(945.757387,),
    std=(101.116377,),
    licence="Open Data Commons Attribution License v1.0",
    citation=(
        'G. B. Moody, R. G. Mark, "The impact of the MIT-BIH Arrhythmia Database", IEEE '
        "Engineering in Medicine and Biology 20(3), 2001; " + _PHYSIONET
    ),
    homepage="https://physionet.org/content/mitdb/1.0.0/",
    files=MITBIH_FILES,
    aliases=("ecg-mitbih", "mitdb", "mit-bih", "mit-bih-arrhythmia-database-1.0.0"),
    standardise="example",
    sampling_rate=360.0,
    note=(
        "256 samples at 360 Hz around each beat, with the R peak at sample 96, in steps of 1/200 "
        "mV. The splits are de Chazal's halves DS1 and DS2, which share no patient; the four "
        "paced records are left out. Reading the records takes the extra signals (wfdb)."
    ),
)

DESCRIPTIONS = {
    description.name: description
    for description in (DIGITS, MNIST, FASHION_MNIST, CIFAR10, CIFAR100, CINC2017, MITBIH)
}
