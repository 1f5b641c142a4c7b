"""Recipes that several tests use."""

PLAIN = """
epochs = 2
batch = 60
seed = 7
network = '''
input 1x8x8
conv 6 3x3 pad same
relu
maxpool 2x2
flatten
linear 10
'''
[data]
name = "digits"
[precision]
compute = "float32"
layout = "contiguous"
pieces = 60
[optimiser]
kind = "sgd"
lr = 0.05
momentum = 0.9
"""
