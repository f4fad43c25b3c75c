"""Pools in two and three dimensions."""
import numpy as np

from cases import Case, double, operation, chance, shape, tensor, whole, wholes
from products import window_padding


def pooled(name, x, kernel, strides, amounts, beyond, exclude):
    """`beyond`: what windows may reach behind the padded plane, which counts for nothing."""
    axes = len(kernel)
    leading = [(0, 0)] * (x.ndim - axes)
    total = leading + [(before, after + more) for (before, after), more in zip(amounts, beyond)]
    real = np.pad(np.ones(x.shape, bool), total)
    counted = np.pad(np.pad(np.ones(x.shape, bool), leading + amounts, constant_values=True),
                     leading + [(0, more) for more in beyond])

    def windows(array):
        view = np.lib.stride_tricks.sliding_window_view(array, kernel, axis=tuple(range(-axes, 0)))
        view = view[(...,) + tuple(slice(None, None, s) for s in strides) + (slice(None),) * axes]
        return view.reshape(view.shape[: x.ndim] + (-1,))

    values, real, counted = windows(np.pad(double(x), total)), windows(real), windows(counted)
    met = real.any(axis=-1)
    if name.startswith("max"):
        y = np.where(real, values, -np.inf).max(axis=-1)
    elif name.startswith("l2"):
        y = np.sqrt((values**2).sum(axis=-1))
    else:
        y = values.sum(axis=-1) / np.maximum(1, (real if exclude else counted).sum(axis=-1))
    return np.where(met, y, 0)


@operation("max_pool", "average_pool", "l2_pool", "max_pool_3d", "average_pool_3d")
def pool(random, name):
    axes = 3 if name.endswith("3d") else 2
    kernel, strides = wholes(random, axes, 1, 3), wholes(random, axes, 1, 3)
    sizes = [k + whole(random, 0, 4) for k in kernel]
    x = tensor(random, shape(random, 1, 3, 3) + tuple(sizes))
    exclude = whole(random, 0, 1) if name.startswith("average") else 0
    if chance(random, 0.15):
        return Case([x], {"global": 1}, pooled(name, x, sizes, [1] * axes, [(0, 0)] * axes, [0] * axes, 0))
    attributes, amounts = window_padding(random, sizes, kernel, strides, 2)
    attributes |= {"kernel": kernel, "strides": strides}
    if exclude:
        attributes["exclude_padding"] = 1
    beyond = [0] * axes
    if axes == 2 and attributes["padding"] == "explicit" and chance(random, 0.5):
        attributes["round_up"] = 1
        padded = any(attributes["pads"])
        for axis in range(axes):
            whole_size = sizes[axis] + sum(amounts[axis])
            count = -(-(whole_size - kernel[axis]) // strides[axis]) + 1
            if padded and (count - 1) * strides[axis] >= sizes[axis] + amounts[axis][0]:
                count -= 1
            beyond[axis] = max(0, (count - 1) * strides[axis] + kernel[axis] - whole_size)
    y = pooled(name, x, kernel, strides, amounts, beyond, exclude)
    if "round_up" in attributes:  # where a window less is made than would fit
        for axis in range(axes):
            whole_size = sizes[axis] + sum(amounts[axis])
            count = -(-(whole_size - kernel[axis]) // strides[axis]) + 1
            if any(attributes["pads"]) and (count - 1) * strides[axis] >= sizes[axis] + amounts[axis][0]:
                count -= 1
            y = np.take(y, range(count), axis=axis - axes)
    return Case([x], attributes, y)
