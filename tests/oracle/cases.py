"""What the files of operations share: the list of them, and random shapes and values.

An operation is a function of a random generator and a name that returns a Case: inputs, attributes, and what numpy says
comes out. Everything here follows from docs/operations.md, not from the kernels.
"""
import numpy as np

OPERATIONS = {}


class Case:
    def __init__(self, inputs, attributes, outputs, tolerance=1e-5):
        self.inputs = inputs
        self.attributes = attributes
        self.outputs = outputs if isinstance(outputs, list) else [outputs]
        self.tolerance = tolerance


def operation(*names):
    def add(function):
        for name in names:
            OPERATIONS[name] = function
        return function

    return add


def whole(random, low, high):
    return int(random.integers(low, high + 1))


def wholes(random, count, low, high):
    return [whole(random, low, high) for _ in range(count)]


def real(random, low, high):
    return float(np.float32(random.uniform(low, high)))


def chance(random, probability):
    return random.random() < probability


def pick(random, choices):
    return choices[whole(random, 0, len(choices) - 1)]


def shape(random, low=1, high=5, most=5):
    return tuple(wholes(random, whole(random, low, high), 1, most))


def tensor(random, dims, low=-1.0, high=1.0):
    return random.uniform(low, high, dims).astype(np.float32)


def tied(random, dims):
    """Few different values, so that ties come up."""
    return random.integers(-2, 3, dims).astype(np.float32)


def any_axis(random, rank):
    return whole(random, -rank, rank - 1)


def broadcastable(random, dims):
    """A shape that broadcasts to these dimensions."""
    dims = [1 if chance(random, 0.4) else size for size in dims]
    return tuple(dims[whole(random, 0, len(dims)) if chance(random, 0.3) else 0:])


def double(array):
    return array.astype(np.float64)
