"""Network texts that several tests use."""

LENET = """\
# LeNet-5, LeCun et al. 1998
input 1x32x32
conv 6 5x5
tanh
avgpool 2x2
conv 16 5x5
tanh
avgpool 2x2
conv 120 5x5
tanh
flatten
linear 84
tanh
linear 10
"""
