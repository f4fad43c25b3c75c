"""Functions of each value, arithmetic of several tensors, comparisons."""
import math

import numpy as np

from cases import Case, broadcastable, chance, double, operation, pick, real, shape, tensor, tied, whole

erf = np.vectorize(math.erf, otypes=[np.float64])

# Name: (range of x, attributes, function of x and these).
FUNCTIONS = {
    "abs": ((-2, 2), [], np.abs),
    "acos": ((-1, 1), [], np.arccos),
    "acosh": ((1, 4), [], np.arccosh),
    "asin": ((-1, 1), [], np.arcsin),
    "asinh": ((-4, 4), [], np.arcsinh),
    "atan": ((-4, 4), [], np.arctan),
    "atanh": ((-0.9, 0.9), [], np.arctanh),
    "ceil": ((-4, 4), [], np.ceil),
    "clamped_relu": ((-4, 4), ["alpha", "beta"], lambda x, a, b: np.minimum(np.where(x >= 0, x, a * x), b)),
    "cos": ((-4, 4), [], np.cos),
    "cosh": ((-4, 4), [], np.cosh),
    "elu": ((-4, 4), ["alpha"], lambda x, a: np.where(x >= 0, x, a * np.expm1(x))),
    "erf": ((-3, 3), [], erf),
    "exp": ((-3, 3), [], np.exp),
    "exp2": ((-3, 3), [], np.exp2),
    "floor": ((-4, 4), [], np.floor),
    "hard_sigmoid": ((-4, 4), ["alpha", "beta"], lambda x, a, b: np.clip(a * x + b, 0, 1)),
    "leaky_relu": ((-4, 4), ["alpha"], lambda x, a: np.where(x >= 0, x, a * x)),
    "linear": ((-4, 4), ["alpha", "beta"], lambda x, a, b: a * x + b),
    "log": ((0.1, 4), [], np.log),
    "power": ((0.1, 4), ["alpha"], np.power),
    "relu": ((-4, 4), [], lambda x: np.maximum(x, 0)),
    "round": ((-4, 4), [], np.round),
    "scaled_tanh": ((-4, 4), ["alpha", "beta"], lambda x, a, b: a * np.tanh(b * x)),
    "sigmoid": ((-9, 9), [], lambda x: 1 / (1 + np.exp(-x))),
    "sign": ((-1, 1), [], np.sign),
    "sin": ((-4, 4), [], np.sin),
    "sinh": ((-4, 4), [], np.sinh),
    "softplus": ((-9, 9), [], lambda x: np.logaddexp(0, x)),
    "softsign": ((-4, 4), [], lambda x: x / (1 + np.abs(x))),
    "sqrt": ((0, 4), [], np.sqrt),
    "tan": ((-1.3, 1.3), [], np.tan),
    "tanh": ((-4, 4), [], np.tanh),
    "threshold": ((-4, 4), ["alpha"], np.maximum),
    "thresholded_relu": ((-4, 4), ["alpha"], lambda x, a: np.where(x >= a, x, 0)),
}
SCALED = {"abs", "exp", "threshold"}


@operation(*FUNCTIONS)
def function(random, name):
    (low, high), names, compute = FUNCTIONS[name]
    x = tensor(random, shape(random), low, high)
    attributes = {parameter: real(random, 0.1, 2) for parameter in names}
    t = double(x)
    if name in SCALED and chance(random, 0.5):
        attributes |= {"scale": real(random, -2, 2), "shift": real(random, -1, 1)}
        t = t * attributes["scale"] + attributes["shift"]
    return Case([x], attributes, compute(t, *[attributes[parameter] for parameter in names]))


@operation("inverse", "rsqrt")
def with_epsilon(random, name):
    x = tensor(random, shape(random), 0.1, 4)
    attributes = {"epsilon": real(random, 0, 1), "scale": real(random, 0.5, 2), "shift": real(random, 0, 1)}
    t = double(x) * attributes["scale"] + attributes["shift"] + attributes["epsilon"]
    return Case([x], attributes, 1 / t if name == "inverse" else 1 / np.sqrt(t))


@operation("clip")
def clip(random, _):
    x = tensor(random, shape(random))
    low, high = real(random, -1, 0), real(random, 0, 1)
    return Case([x], {"minimum": low, "maximum": high}, np.clip(double(x), low, high))


@operation("gelu")
def gelu(random, _):
    x = tensor(random, shape(random), -4, 4)
    mode = pick(random, ["exact", "tanh", "sigmoid"])
    t = double(x)
    y = {
        "exact": t / 2 * (1 + erf(t / math.sqrt(2))),
        "tanh": t / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (t + 0.044715 * t**3))),
        "sigmoid": t / (1 + np.exp(-1.702 * t)),
    }[mode]
    return Case([x], {"mode": mode}, y)


@operation("logical_not")
def logical_not(random, _):
    x = tied(random, shape(random))
    return Case([x], {}, np.logical_not(x))


PAIRS = {
    "subtract": np.subtract,
    "divide": np.divide,
    "floor_divide": np.floor_divide,
    "modulo": np.mod,
    "pow": np.power,
    "equal": np.equal,
    "not_equal": np.not_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
}


@operation(*PAIRS)
def pair(random, name):
    dims = shape(random)
    if name in {"divide", "floor_divide", "modulo"}:
        x, y = tensor(random, dims, -5, 5), tensor(random, broadcastable(random, dims), 0.5, 2)
        y = y if chance(random, 0.5) else -y
    elif name == "pow":
        x, y = tensor(random, dims, 0.1, 2), tensor(random, broadcastable(random, dims), -2, 2)
    else:
        x, y = tied(random, dims), tied(random, broadcastable(random, dims))
        if chance(random, 0.5):
            x, y = y, x
    return Case([x, y], {}, PAIRS[name](double(x), double(y)))


@operation("add", "multiply", "maximum", "minimum", "average")
def gather(random, name):
    dims = shape(random)
    inputs = [tensor(random, dims)] + [tensor(random, broadcastable(random, dims)) for _ in range(whole(random, 0, 3))]
    full = np.broadcast_arrays(*[double(array) for array in inputs])
    compute = {"add": np.sum, "multiply": np.prod, "maximum": np.max, "minimum": np.min, "average": np.mean}[name]
    return Case(inputs, {}, compute(np.stack(full), axis=0))


@operation("where")
def where(random, _):
    dims = shape(random)
    condition = tied(random, broadcastable(random, dims))
    x, y = tensor(random, dims), tensor(random, broadcastable(random, dims))
    return Case([condition, x, y], {}, np.where(condition != 0, x, y))


@operation("affine", "prelu", "parametric_softplus")
def parameters(random, name):
    dims = shape(random)
    x, a, b = tensor(random, dims), tensor(random, broadcastable(random, dims)), tensor(random, broadcastable(random, dims))
    t = double(x)
    if name == "prelu":
        return Case([x, a], {}, np.where(t >= 0, t, a * t))
    if name == "parametric_softplus":
        return Case([x, a, b], {}, a * np.logaddexp(0, b * t))
    if chance(random, 0.2):
        return Case([x, None, b], {}, t + b)
    return Case([x, a, b], {}, t * a + b)
