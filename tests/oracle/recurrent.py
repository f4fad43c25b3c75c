"""Recurrent layers, step by step."""
import numpy as np

from cases import Case, chance, double, operation, pick, real, tensor, whole

FUNCTIONS = {
    "linear": lambda x, a, b: a * x + b,
    "sigmoid": lambda x, a, b: 1 / (1 + np.exp(-x)),
    "tanh": lambda x, a, b: np.tanh(x),
    "relu": lambda x, a, b: np.maximum(x, 0),
    "scaled_tanh": lambda x, a, b: a * np.tanh(b * x),
    "hard_sigmoid": lambda x, a, b: np.clip(a * x + b, 0, 1),
}


@operation("simple_recurrent", "gru", "lstm")
def recurrent(random, name):
    steps, batch, width, size = [whole(random, 1, 4) for _ in range(4)]
    gates = {"simple_recurrent": 1, "gru": 3, "lstm": 4}[name]
    tail = (width, 1, 1) if chance(random, 0.5) else (width, 2)
    inner = int(np.prod(tail))
    x = tensor(random, (steps, batch) + tail)
    weight, recursion = tensor(random, (gates * size, inner)), tensor(random, (gates * size, size))
    bias = tensor(random, (gates * size,)) if chance(random, 0.5) else None
    state_shape = (1, batch, size) + (1,) * (len(tail) - 1)
    state = lambda: tensor(random, state_shape) if chance(random, 0.5) else None
    h0, c0 = state(), state()
    peephole = tensor(random, (3 * size,)) if chance(random, 0.5) else None
    attributes = {
        "clip": pick(random, [50.0, 0.7]), "cell_clip": pick(random, [50.0, 0.4]),
        "coupled": whole(random, 0, 1), "sequence_output": whole(random, 0, 1),
        "reverse": whole(random, 0, 1), "aligned": whole(random, 0, 1),
    }
    functions = []
    for letter in "fgh":
        kind, parameters = pick(random, list(FUNCTIONS)), [real(random, 0.2, 1), real(random, 0.1, 0.5)]
        attributes |= {letter: kind, letter + "_parameters": parameters}
        functions.append(lambda v, kind=kind, p=parameters: FUNCTIONS[kind](v, *p))
    f, g, out = functions
    limited = lambda v: np.clip(v, -attributes["clip"], attributes["clip"])
    zero = np.zeros((batch, size))
    h = zero if h0 is None else double(h0).reshape(batch, size)
    c = zero if c0 is None else double(c0).reshape(batch, size)
    rows = np.split(double(weight), gates), np.split(double(recursion), gates)
    biases = np.split(np.zeros(gates * size) if bias is None else double(bias), gates)
    p = np.split(np.zeros(3 * size) if peephole is None else double(peephole), 3)
    sums = lambda v, state, gate: v @ rows[0][gate].T + state @ rows[1][gate].T + biases[gate]
    order = range(steps)[::-1] if attributes["reverse"] else range(steps)
    made = []
    for step in order:
        v = double(x[step]).reshape(batch, inner)
        if name == "simple_recurrent":
            h = f(limited(sums(v, h, 0)))
        elif name == "gru":
            z, r = f(limited(sums(v, h, 0))), f(limited(sums(v, h, 1)))
            o = g(limited(sums(v, r * h, 2)))
            h = (1 - z) * o + z * h
        else:
            i = f(limited(sums(v, h, 0) + p[0] * c))
            forget = 1 - i if attributes["coupled"] else f(limited(sums(v, h, 1) + p[1] * c))
            z = g(limited(sums(v, h, 2)))
            c = np.clip(forget * c + i * z, -attributes["cell_clip"], attributes["cell_clip"])
            h = out(c) * f(limited(sums(v, h, 3) + p[2] * c))
        made.append(h)
    if attributes["reverse"] and attributes["aligned"] and attributes["sequence_output"]:
        made.reverse()
    if not attributes["sequence_output"]:
        made = [h]
    shaped = lambda value: value.reshape(state_shape)
    y = np.concatenate([shaped(value) for value in made])
    if name == "lstm":
        return Case([x, weight, recursion, bias, peephole, h0, c0], attributes, [y, shaped(h), shaped(c)])
    for letter in {"gru": "h", "simple_recurrent": "gh"}[name]:
        attributes.pop(letter), attributes.pop(letter + "_parameters")
    return Case([x, weight, recursion, bias, h0], attributes, [y, shaped(h)])
