"""Operations that move values, borders, and planes on other grids."""
import numpy as np

from cases import Case, any_axis, chance, double, operation, pick, real, shape, tensor, whole, wholes


@operation("concat")
def concat(random, _):
    dims = shape(random)
    axis = any_axis(random, len(dims))
    inputs = []
    for _ in range(whole(random, 1, 3)):
        sizes = list(dims)
        sizes[axis] = whole(random, 1, 4)
        inputs.append(tensor(random, sizes))
    return Case(inputs, {"axis": axis}, np.concatenate(inputs, axis))


@operation("split")
def split(random, _):
    sizes = wholes(random, whole(random, 1, 3), 1, 3)
    dims = list(shape(random))
    axis = any_axis(random, len(dims))
    dims[axis] = sum(sizes)
    x = tensor(random, dims)
    return Case([x], {"axis": axis, "sizes": sizes}, np.split(x, np.cumsum(sizes)[:-1], axis))


@operation("transpose")
def transpose(random, _):
    x = tensor(random, shape(random))
    axes = [int(axis) for axis in random.permutation(x.ndim)]
    return Case([x], {"axes": axes}, np.transpose(x, axes))


@operation("reshape")
def reshape(random, _):
    x = tensor(random, shape(random))
    dims = [int(size) for size in random.permutation(x.shape)]
    wanted = list(dims)
    if chance(random, 0.5):
        wanted[whole(random, 0, len(dims) - 1)] = -1
    elif x.shape[0] == dims[0]:
        wanted[0] = 0
    return Case([x], {"shape": wanted}, x.reshape(dims))


@operation("slice")
def slices(random, _):
    x = tensor(random, shape(random, 1, 4, 6))
    axes = [axis for axis in range(x.ndim) if chance(random, 0.6)]
    begin, end, strides, places = [], [], [], [slice(None)] * x.ndim
    for axis in axes:
        size = x.shape[axis]
        first = whole(random, 0, size - 1)
        last = whole(random, first + 1, size)
        stride = whole(random, 1, 3)
        places[axis] = slice(first, last, stride)
        begin.append(first - size if chance(random, 0.4) else first)
        end.append(last - size if last < size and chance(random, 0.4) else last + (9 if last == size else 0))
        strides.append(stride)
    axes = [axis - x.ndim if chance(random, 0.4) else axis for axis in axes]
    return Case([x], {"axes": axes, "begin": begin, "end": end, "strides": strides}, x[tuple(places)])


@operation("pad")
def pad(random, _):
    x = tensor(random, shape(random, 2, 4, 5))
    mode = pick(random, ["constant", "reflect", "replicate"])
    most = [min(3, size - 1) if mode == "reflect" else 3 for size in x.shape[-2:]]
    pads = [whole(random, 0, most[edge // 2]) for edge in range(4)]
    amounts = [(0, 0)] * (x.ndim - 2) + [tuple(pads[:2]), tuple(pads[2:])]
    value = real(random, -1, 1)
    if mode == "constant":
        return Case([x], {"mode": mode, "pads": pads, "value": value}, np.pad(x, amounts, constant_values=value))
    return Case([x], {"mode": mode, "pads": pads}, np.pad(x, amounts, mode={"reflect": "reflect", "replicate": "edge"}[mode]))


@operation("constant_pad")
def constant_pad(random, _):
    x = tensor(random, shape(random))
    value, to_size = real(random, -1, 1), whole(random, 0, 1)
    amounts = []
    for size in x.shape:
        pair = wholes(random, 2, 0, 3)
        if to_size:
            pair[whole(random, 0, 1)] = 0
        amounts.append(pair)
    flat = [amount for pair in amounts for amount in pair]
    if to_size:
        amounts = [[max(0, amount - size) for amount in pair] for pair, size in zip(amounts, x.shape)]
    y = np.pad(x, amounts, constant_values=value)
    attributes = {"value": value, "to_size": to_size}
    if chance(random, 0.3):
        return Case([x, np.array(flat, np.float32)], attributes, y)
    return Case([x], attributes | {"pads": flat}, y)


def along(x, axis, places):
    """Values between the points of an axis; places beyond its ends are the ends."""
    return np.apply_along_axis(lambda line: np.interp(places, np.arange(len(line)), line), axis, double(x))


@operation("upsample")
def upsample(random, _):
    x = tensor(random, shape(random, 2, 4, 5))
    scale = [pick(random, [1.0, 2.0, 3.0]) if chance(random, 0.5) else real(random, 1, 3) for _ in range(2)]
    grid = pick(random, ["scaled", "align_corners", "half_pixel"])
    mode = pick(random, ["nearest", "bilinear"])
    y = double(x)
    for axis, factor in zip((-2, -1), scale):
        n = x.shape[axis]
        m = int(np.floor(np.float32(n) * np.float32(factor)))
        index = np.arange(m)
        if mode == "nearest":
            y = np.take(y, index * n // m, axis=axis)
        elif grid == "scaled":
            y = along(y, axis, index * n / m)
        elif grid == "half_pixel":
            y = along(y, axis, (index + 0.5) * n / m - 0.5)
        else:
            y = along(y, axis, np.linspace(0, n - 1, m))
    return Case([x], {"scale": scale, "mode": mode, "grid": grid}, y)
