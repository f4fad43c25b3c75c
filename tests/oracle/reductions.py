"""Reductions, order, and what scales a value by others."""
import numpy as np

from cases import Case, any_axis, broadcastable, chance, double, operation, pick, real, shape, tensor, tied, whole

REDUCTIONS = {
    "reduce_sum": np.sum,
    "reduce_mean": np.mean,
    "reduce_product": np.prod,
    "reduce_max": np.max,
    "reduce_min": np.min,
    "reduce_l1": lambda x, **where: np.sum(np.abs(x), **where),
    "reduce_l2": lambda x, **where: np.sqrt(np.sum(x * x, **where)),
    "reduce_sum_square": lambda x, **where: np.sum(x * x, **where),
    "reduce_log_sum": lambda x, **where: np.log(np.sum(x, **where)),
    "reduce_log_sum_exp": lambda x, **where: np.log(np.sum(np.exp(x), **where)),
}


def some_axes(random, rank):
    axes = [axis if chance(random, 0.5) else axis - rank for axis in range(rank) if chance(random, 0.5)]
    random.shuffle(axes)
    return [int(axis) for axis in axes]


@operation(*REDUCTIONS, "reduce_sum_log")
def reduction(random, name):
    dims = shape(random)
    x = tensor(random, dims, 0.1, 2) if "log" in name else tensor(random, dims)
    keep = whole(random, 0, 1)
    attributes = {"keep_dims": keep}
    axes = tuple(range(len(dims)))
    if chance(random, 0.8):
        attributes["axes"] = some_axes(random, len(dims))
        axes = tuple(attributes["axes"])
    if name == "reduce_sum_log":
        attributes["epsilon"] = real(random, 0, 1)
        y = np.sum(np.log(double(x) + attributes["epsilon"]), axis=axes, keepdims=bool(keep))
    else:
        y = REDUCTIONS[name](double(x), axis=axes, keepdims=bool(keep))
    return Case([x], attributes, np.atleast_1d(y))


@operation("arg_max", "arg_min")
def place(random, name):
    x = tied(random, shape(random))
    axis, keep = any_axis(random, x.ndim), whole(random, 0, 1)
    y = (np.argmax if name == "arg_max" else np.argmin)(x, axis=axis, keepdims=bool(keep))
    return Case([x], {"axis": axis, "keep_dims": keep}, np.atleast_1d(y))


@operation("arg_sort")
def arg_sort(random, _):
    x = tied(random, shape(random))
    axis, descending = any_axis(random, x.ndim), whole(random, 0, 1)
    y = np.argsort(-x if descending else x, axis=axis, kind="stable")
    return Case([x], {"axis": axis, "descending": descending}, y)


@operation("top_k")
def top_k(random, _):
    x = tied(random, shape(random))
    axis, smallest = any_axis(random, x.ndim), whole(random, 0, 1)
    k = whole(random, 1, x.shape[axis])
    order = np.argsort(x if smallest else -x, axis=axis, kind="stable")
    order = np.take(order, np.arange(k), axis=axis)
    return Case([x], {"axis": axis, "k": k, "smallest": smallest}, [np.take_along_axis(x, order, axis), order])


@operation("cumulative_sum")
def cumulative_sum(random, _):
    x = tensor(random, shape(random))
    axis, exclusive, reverse = any_axis(random, x.ndim), whole(random, 0, 1), whole(random, 0, 1)
    t = np.flip(double(x), axis) if reverse else double(x)
    y = np.cumsum(t, axis=axis) - (t if exclusive else 0)
    return Case([x], {"axis": axis, "exclusive": exclusive, "reverse": reverse}, np.flip(y, axis) if reverse else y)


@operation("softmax")
def softmax(random, _):
    x = tensor(random, shape(random), -9, 9)
    axis = any_axis(random, x.ndim)
    powers = np.exp(double(x))
    return Case([x], {"axis": axis}, powers / powers.sum(axis=axis, keepdims=True))


@operation("normalize")
def normalize(random, _):
    dims = shape(random)
    x, scale, bias = tensor(random, dims), tensor(random, broadcastable(random, dims)), tensor(random, broadcastable(random, dims))
    axes, epsilon = some_axes(random, len(dims)), real(random, 0.01, 1)
    t = double(x)
    y = (t - t.mean(axis=tuple(axes), keepdims=True)) / np.sqrt(t.var(axis=tuple(axes), keepdims=True) + epsilon)
    attributes = {"axes": axes, "epsilon": epsilon}
    return pick(random, [Case([x], attributes, y), Case([x, scale, bias], attributes, y * scale + bias),
                         Case([x, None, bias], attributes, y + bias)])


@operation("local_response_normalization")
def local_response_normalization(random, _):
    x = tensor(random, shape(random, 3, 4, 7))
    size, alpha, beta, k = whole(random, 1, 6), real(random, 0, 2), real(random, 0.5, 1), real(random, 1, 2)
    squares = double(x) ** 2
    channels = x.shape[-3]
    sums = np.zeros(x.shape)
    for c in range(channels):
        window = range(max(0, c - (size - 1) // 2), min(channels - 1, c + size // 2) + 1)
        sums[..., c, :, :] = sum(squares[..., d, :, :] for d in window)
    return Case([x], {"size": size, "alpha": alpha, "beta": beta, "k": k}, x / (k + alpha / size * sums) ** beta)
