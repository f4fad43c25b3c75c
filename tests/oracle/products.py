"""Products of matrices, embeddings, convolutions in two and three dimensions."""
import itertools

import numpy as np

from cases import Case, chance, double, operation, pick, shape, tensor, whole, wholes


@operation("inner_product")
def inner_product(random, _):
    x = tensor(random, shape(random, 1, 5))
    axes = whole(random, 1, x.ndim)
    rows = x.shape[: x.ndim - axes]
    width = int(np.prod(x.shape[x.ndim - axes:]))
    out = whole(random, 1, 7)
    weight, bias = tensor(random, (out, width)), tensor(random, (out,)) if chance(random, 0.5) else None
    y = double(x).reshape(rows + (width,)) @ double(weight).T + (0 if bias is None else bias)
    return Case([x, weight, bias], {"input_axes": axes}, y.reshape(rows + (out,) + (1,) * (axes - 1)))


@operation("matmul")
def matmul(random, _):
    m, k, n = wholes(random, 3, 1, 5)
    transpose_a, transpose_b = whole(random, 0, 1), whole(random, 0, 1)
    attributes = {"transpose_a": transpose_a, "transpose_b": transpose_b}
    batch = shape(random, 0, 3, 3) if chance(random, 0.8) else ()
    other = tuple(1 if chance(random, 0.3) else size for size in batch)[whole(random, 0, len(batch)):]
    a = tensor(random, batch + ((k, m) if transpose_a else (m, k)))
    b = tensor(random, other + ((n, k) if transpose_b else (k, n)))
    if chance(random, 0.5):
        batch, other = other, batch
        a, b = tensor(random, batch + a.shape[-2:]), tensor(random, other + b.shape[-2:])
    if chance(random, 0.2) and not transpose_a:
        a = tensor(random, (k,))
        y = double(a)[None, :] @ (np.swapaxes(double(b), -1, -2) if transpose_b else double(b))
        return Case([a, b], attributes, y)
    left = np.swapaxes(double(a), -1, -2) if transpose_a else double(a)
    right = np.swapaxes(double(b), -1, -2) if transpose_b else double(b)
    return Case([a, b], attributes, np.matmul(left, right))


@operation("embedding")
def embedding(random, _):
    vectors, size = whole(random, 1, 6), whole(random, 1, 5)
    ones = whole(random, 1, 3)
    leading = shape(random, 0, 2)
    x = random.integers(0, vectors, leading + (1,) * ones).astype(np.float32)
    weight, bias = tensor(random, (size, vectors)), tensor(random, (size,)) if chance(random, 0.5) else None
    y = np.take(double(weight), x.reshape(leading).astype(int), axis=1)
    y = np.moveaxis(y, 0, -1) + (0 if bias is None else bias)
    return Case([x, weight, bias], {"axis": -ones}, y.reshape(leading + (size,) + (1,) * (ones - 1)))


def same_amounts(total, mode):
    small, large = total // 2, total - total // 2
    return (large, small) if mode == "same_lower" else (small, large)


def window_padding(random, sizes, extents, strides, most):
    """Attributes, and what is padded before and after each axis."""
    mode = pick(random, ["explicit", "explicit", "same_upper", "same_lower"])
    if mode == "explicit":
        amounts = [tuple(wholes(random, 2, 0, most)) for _ in sizes]
        return {"padding": mode, "pads": [pad for pair in amounts for pad in pair]}, amounts
    amounts = []
    for size, extent, stride in zip(sizes, extents, strides):
        out = -(-size // stride)
        amounts.append(same_amounts(max(0, (out - 1) * stride + extent - size), mode))
    return {"padding": mode}, amounts


def sized(random, kernel, dilations):
    """Sizes of axes into which the kernel fits."""
    return [(k - 1) * d + 1 + whole(random, 0, 4) for k, d in zip(kernel, dilations)]


@operation("convolution", "convolution_3d")
def convolution(random, name):
    axes = 3 if name.endswith("3d") else 2
    groups = pick(random, [1, 1, 2, 3])
    inputs, outputs = groups * whole(random, 1, 2), groups * whole(random, 1, 2)
    kernel, strides, dilations = wholes(random, axes, 1, 3), wholes(random, axes, 1, 3), wholes(random, axes, 1, 2)
    sizes = sized(random, kernel, dilations)
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    attributes, amounts = window_padding(random, sizes, extents, strides, 2)
    attributes |= {"groups": groups, "strides": strides, "dilations": dilations}
    batch = shape(random, 0, 2, 2)
    x = tensor(random, batch + (inputs, *sizes))
    weight = tensor(random, (outputs, inputs // groups, *kernel))
    bias = tensor(random, (outputs,)) if chance(random, 0.5) else None
    padded = np.pad(double(x), [(0, 0)] * (len(batch) + 1) + amounts)
    # All windows at once: [..., C, places, kernel], with strides and dilations as slices of that.
    spatial = tuple(range(-axes, 0))
    windows = np.lib.stride_tricks.sliding_window_view(padded, extents, axis=spatial)
    windows = windows[(...,) + tuple(slice(None, None, s) for s in strides) + tuple(slice(None, None, d) for d in dilations)]
    parts = []
    for group in range(groups):
        some = np.take(windows, range(group * inputs // groups, (group + 1) * inputs // groups), axis=-2 * axes - 1)
        part = double(weight[group * outputs // groups: (group + 1) * outputs // groups])
        letters = "defg"[:axes], "uvw"[:axes]
        parts.append(np.einsum(f"...c{letters[0]}{letters[1]},oc{letters[1]}->...o{letters[0]}", some, part))
    y = np.concatenate(parts, axis=-axes - 1)
    if bias is not None:
        y = y + bias.reshape((-1,) + (1,) * axes)
    return Case([x, weight, bias], attributes, y)


@operation("deconvolution", "deconvolution_3d")
def deconvolution(random, name):
    axes = 3 if name.endswith("3d") else 2
    groups = pick(random, [1, 1, 2, 3])
    inputs, outputs = groups * whole(random, 1, 2), whole(random, 1, 2)
    kernel, strides = wholes(random, axes, 1, 3), wholes(random, axes, 1, 3)
    dilations = wholes(random, axes, 1, 2) if axes == 3 else [1] * axes
    sizes = wholes(random, axes, 1, 4)
    full = [(size - 1) * s + (k - 1) * d + 1 for size, s, k, d in zip(sizes, strides, kernel, dilations)]
    attributes = {"groups": groups, "strides": strides}
    if axes == 3:
        attributes["dilations"] = dilations
    mode = pick(random, ["explicit", "same_upper", "same_lower", "output_shape"])
    if mode == "explicit":
        cuts = [pick(random, [(0, 0), (1, 0), (0, 1)]) if f > 1 else (0, 0) for f in full]
        attributes["pads"] = [cut for pair in cuts for cut in pair]
        wanted = [f - sum(cut) for f, cut in zip(full, cuts)]
    elif mode == "output_shape":
        wanted = [whole(random, 1, f + 1) for f in full]
        cuts = [same_amounts(max(0, f - w), "same_upper") for f, w in zip(full, wanted)]
        attributes["output_shape"] = wanted
    else:
        wanted = [size * s for size, s in zip(sizes, strides)]
        cuts = [same_amounts(max(0, f - w), mode) for f, w in zip(full, wanted)]
        attributes["padding"] = mode
    batch = shape(random, 0, 2, 2)
    x, weight = tensor(random, batch + (inputs, *sizes)), tensor(random, (inputs, outputs, *kernel))
    bias = tensor(random, (outputs * groups,)) if chance(random, 0.5) else None
    # Each place of the kernel adds all of x, spread by the strides.
    y = np.zeros(batch + (groups * outputs, *[max(f, cut[0] + w) for f, cut, w in zip(full, cuts, wanted)]))
    for group in range(groups):
        some = slice(group * inputs // groups, (group + 1) * inputs // groups)
        part = double(np.moveaxis(x, len(batch), 0)[some])
        for offsets in itertools.product(*map(range, kernel)):
            product = np.einsum("c...,co->o...", part, double(weight[(some, slice(None), *offsets)]))
            product = np.moveaxis(product, 0, len(batch))
            target = tuple(slice(o * d, o * d + (size - 1) * s + 1, s)
                           for o, d, size, s in zip(offsets, dilations, sizes, strides))
            y[(..., slice(group * outputs, (group + 1) * outputs), *target)] += product
    y = y[(...,) + tuple(slice(cut[0], cut[0] + w) for cut, w in zip(cuts, wanted))]
    if bias is not None:
        y = y + bias.reshape((-1,) + (1,) * axes)
    return Case([x, weight, bias], attributes, y)
