"""Operations that repeat, cut, gather and scatter, and those whose shapes follow from values."""
import numpy as np

from cases import Case, any_axis, chance, operation, pick, real, shape, tensor, tied, whole, wholes


def numbers(values):
    return np.array(values, np.float32)


@operation("tile", "dynamic_tile")
def tile(random, name):
    x = tensor(random, shape(random, 1, 4, 3))
    repetitions = wholes(random, whole(random, 1, x.ndim), 1, 3)
    y = np.tile(x, repetitions)
    if name == "tile":
        return Case([x], {"repetitions": repetitions}, y)
    return Case([x, numbers(repetitions)], {}, y)


@operation("broadcast", "broadcast_like", "dynamic_broadcast")
def broadcast(random, name):
    dims = shape(random, 1, 4)
    x = tensor(random, [1 if chance(random, 0.4) else size for size in dims][whole(random, 0, len(dims) - 1):])
    y = np.broadcast_to(x, dims)
    if name == "broadcast":
        return Case([x], {"shape": list(dims)}, y)
    return Case([x, tensor(random, dims) if name == "broadcast_like" else numbers(dims)], {}, y)


@operation("reshape_like", "dynamic_reshape")
def reshape(random, name):
    x = tensor(random, shape(random))
    dims = [int(size) for size in random.permutation(x.shape)]
    if chance(random, 0.5):
        dims = [1, int(np.prod(dims))]
    if name == "reshape_like":
        return Case([x, tensor(random, dims)], {}, x.reshape(dims))
    wanted = list(dims)
    if chance(random, 0.5):
        wanted[whole(random, 0, len(dims) - 1)] = -1
    return Case([x, numbers(wanted)], {}, x.reshape(dims))


@operation("shape")
def shape_of(random, _):
    x = tensor(random, shape(random))
    return Case([x], {}, numbers(x.shape))


@operation("band")
def band(random, _):
    x = tensor(random, shape(random, 2, 4, 6))
    rows, columns = np.indices(x.shape[-2:])
    attributes, inside = {}, np.ones(x.shape[-2:], bool)
    if chance(random, 0.7):
        attributes["lower"] = whole(random, -3, 3)
        inside &= rows - columns <= attributes["lower"]
    if chance(random, 0.7):
        attributes["upper"] = whole(random, -3, 3)
        inside &= columns - rows <= attributes["upper"]
    return Case([x], attributes, np.where(inside, x, 0))


@operation("sliding_windows")
def sliding_windows(random, _):
    size, step = whole(random, 1, 3), whole(random, 1, 3)
    dims = list(shape(random, 1, 4, 3))
    axis = whole(random, 0, len(dims) - 1)
    dims[axis] = size + whole(random, 0, 5)
    x = tensor(random, dims)
    view = np.lib.stride_tricks.sliding_window_view(x, size, axis=axis)
    view = np.moveaxis(np.take(view, range(0, view.shape[axis], step), axis=axis), -1, axis + 1)
    return Case([x], {"axis": axis - (x.ndim if chance(random, 0.5) else 0), "size": size, "step": step}, view)


@operation("reverse_sequence")
def reverse_sequence(random, _):
    x = tensor(random, shape(random, 2, 4))
    batch_axis, axis = [int(some) for some in random.permutation(x.ndim)[:2]]
    lengths = wholes(random, x.shape[batch_axis], 0, x.shape[axis])
    y = x.copy()
    for place, length in enumerate(lengths):
        some = [slice(None)] * x.ndim
        some[batch_axis] = slice(place, place + 1)
        some[axis] = slice(0, length)
        y[tuple(some)] = np.flip(x[tuple(some)], axis)
    return Case([x, numbers(lengths)], {"batch_axis": batch_axis, "axis": axis}, y)


def places(random, dims, size):
    """Indexes for an axis of this size, some of them from the end."""
    return random.integers(-size, size, dims)


def along(x, indexes, axis):
    """The coordinates that gather_along_axis reads, with numpy's open grid for the other axes."""
    grid = list(np.indices(indexes.shape))
    grid[axis] = indexes
    return tuple(grid)


# What each of the three operations looks at: x, indexes, attributes, and the numpy index that takes the values.
def target(random, name):
    x = tensor(random, shape(random, 1, 4, 4), 0.5, 2)
    if name.endswith("_nd"):
        depth = whole(random, 1, x.ndim)
        rows = shape(random, 0, 2, 3)
        indexes = np.stack([places(random, rows, x.shape[axis]) for axis in range(depth)], axis=-1)
        return x, indexes, {}, tuple(np.moveaxis(indexes, -1, 0))
    axis = any_axis(random, x.ndim)
    if name.endswith("_along_axis"):
        dims = list(x.shape)
        dims[axis] = whole(random, 1, 5)
        indexes = places(random, dims, x.shape[axis])
        return x, indexes, {"axis": axis}, along(x, indexes, axis)
    indexes = places(random, shape(random, 1, 2, 3), x.shape[axis])
    return x, indexes, {"axis": axis}, (slice(None),) * (axis % x.ndim) + (indexes,)


@operation("gather", "gather_nd", "gather_along_axis")
def gather(random, name):
    x, indexes, attributes, index = target(random, name)
    return Case([x, indexes], attributes, np.atleast_1d(x[index]))


MODES = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide,
    "maximum": np.maximum, "minimum": np.minimum,
}


@operation("scatter", "scatter_nd", "scatter_along_axis")
def scatter(random, name):
    x, indexes, attributes, index = target(random, name)
    updates = tensor(random, np.atleast_1d(x[index]).shape, 0.5, 2)
    mode = pick(random, ["update", *MODES])
    y = x.astype(np.float64)
    values = updates if updates.shape == x[index].shape else updates.reshape(x[index].shape)
    if mode == "update":
        # One after another, as numpy promises no order for places that are named twice.
        where = np.arange(x.size).reshape(x.shape)[index].ravel()
        flat = y.ravel()
        for place, value in zip(where, values.ravel()):
            flat[place] = value
        y = flat.reshape(x.shape)
    else:
        MODES[mode].at(y, index, values)
    return Case([x, indexes, updates], attributes | {"mode": mode}, y)


@operation("non_zero")
def non_zero(random, _):
    x = tied(random, shape(random, 1, 3))
    x.ravel()[0] = 1
    return Case([x], {}, np.argwhere(x != 0))


@operation("range")
def number_range(random, _):
    start, step = whole(random, -4, 4), pick(random, [-1.5, -1.0, 0.25, 0.5, 2.0])
    end = start + step * (whole(random, 0, 8) + 0.5)
    return Case([numbers([value]) for value in (start, end, step)], {}, np.arange(start, end, step))


@operation("dynamic_top_k")
def dynamic_top_k(random, _):
    x = tied(random, shape(random))
    axis, smallest = any_axis(random, x.ndim), whole(random, 0, 1)
    k = whole(random, 1, x.shape[axis])
    order = np.take(np.argsort(x if smallest else -x, axis=axis, kind="stable"), np.arange(k), axis=axis)
    return Case([x, numbers([k])], {"axis": axis, "smallest": smallest}, [np.take_along_axis(x, order, axis), order])


@operation("dynamic_slice")
def dynamic_slice(random, _):
    x = tensor(random, shape(random, 1, 4, 6))
    begin, end, strides, begin_mask, end_mask, some = [], [], [], [], [], []
    for size in x.shape:
        stride = pick(random, [1, 1, 2, 3, -1, -2])
        first = whole(random, 0, size - 1)
        last = whole(random, first + 1, size) if stride > 0 else whole(random, -1, first - 1)
        masks = wholes(random, 2, 0, 1)
        some.append(slice(None if masks[0] else first, None if masks[1] or last < 0 else last, stride))
        begin.append(first - size if chance(random, 0.3) else first)
        end.append(last - size if last < size and stride > 0 and chance(random, 0.3) else last if last >= 0 else -99)
        strides.append(stride)
        begin_mask.append(masks[0])
        end_mask.append(masks[1])
    inputs = [x] + [numbers(values) for values in (begin, end, strides, begin_mask, end_mask)]
    return Case(inputs, {}, x[tuple(some)])
