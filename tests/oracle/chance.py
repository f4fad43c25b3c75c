"""Random numbers: the generator of docs/operations.md, in Python's integers."""
import numpy as np

from cases import Case, operation, real, shape, tensor, whole

MASK = 0xFFFFFFFF


def philox(counter, key):
    a, b, c, d = counter
    k, l = key
    for _ in range(10):
        first, second = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (second >> 32) ^ b ^ k, second & MASK, (first >> 32) ^ d ^ l, first & MASK
        k, l = (k + 0x9E3779B9) & MASK, (l + 0xBB67AE85) & MASK
    return a, b, c, d


def units(seed, count):
    key = (seed & MASK, seed >> 32 & MASK)
    words = [word for block in range(-(-count // 4)) for word in philox((block, 0, 0, 0), key)]
    return np.array(words[:count]) / 2.0**32


@operation("random_uniform", "random_normal", "random_bernoulli")
def numbers(random, name):
    dims = shape(random, 1, 3, 6)
    count = int(np.prod(dims))
    seed = int(random.integers(-(2**62), 2**62))
    u = units(seed, count + count % 2)
    attributes = {"seed": seed}
    if name == "random_uniform":
        attributes |= {"minimum": real(random, -2, 0), "maximum": real(random, 0, 2)}
        y = attributes["minimum"] + (attributes["maximum"] - attributes["minimum"]) * u
    elif name == "random_bernoulli":
        attributes["probability"] = real(random, 0, 1)
        y = u < attributes["probability"]
    else:
        attributes |= {"mean": real(random, -2, 2), "deviation": real(random, 0, 2)}
        radius, angle = np.sqrt(-2 * np.log(1 - u[0::2])), 2 * np.pi * u[1::2]
        normal = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()
        y = attributes["mean"] + attributes["deviation"] * normal
    y = y[:count].reshape(dims)
    source = whole(random, 0, 2)
    if source == 0:
        return Case([], attributes | {"shape": list(dims)}, y)
    if source == 1:
        return Case([tensor(random, dims)], attributes, y)
    return Case([np.array(dims, np.float32)], attributes | {"shape_from": "values"}, y)


@operation("random_categorical")
def categorical(random, _):
    dims, samples, seed = shape(random, 1, 3), whole(random, 1, 6), whole(random, -1000, 1000)
    logits, temperature, epsilon = whole(random, 0, 1), real(random, 0.5, 2), real(random, 0, 0.1)
    x = tensor(random, dims) if logits else tensor(random, dims, 0.01, 1)
    weights = np.exp((x if logits else np.log(x + epsilon)) / temperature)
    sums = np.cumsum(weights.reshape(-1, dims[-1]), axis=1)
    u = units(seed, len(sums) * samples).reshape(-1, samples)
    y = [np.searchsorted(row, some * row[-1], side="right") for row, some in zip(sums, u)]
    attributes = {"seed": seed, "samples": samples, "logits": logits, "temperature": temperature, "epsilon": epsilon}
    return Case([x], attributes, np.array(y).reshape(dims[:-1] + (samples,)))
