"""Planes and boxes of them on a grid of a given size; suppression of boxes that overlap."""
import numpy as np

from cases import Case, operation, pick, real, shape, tensor, whole, wholes
from layout import along

GRIDS = ["strict_align_endpoints", "align_endpoints", "upsample", "roi_align"]


def places(grid, start, length, count):
    """The format's own words, with numpy's linspace; X - 1 is the length."""
    size = length + 1
    if grid == "strict_align_endpoints":
        first, last = 0, length
    elif grid == "align_endpoints":
        first, last = (length / 2, length / 2) if count == 1 else (0, length)
    elif grid == "upsample":
        first, last = 0, size - size / count
    else:
        spacing = max(1, length) / count
        first, last = 0.5 * spacing, 0.5 * spacing + (count - 1) * spacing
    return start + np.minimum(length, np.linspace(first, last, count))


@operation("resize")
def resize(random, _):
    x = tensor(random, shape(random, 2, 4, 6))
    size, grid = wholes(random, 2, 1, 8), pick(random, GRIDS)
    y = along(x, -2, places(grid, 0, x.shape[-2] - 1, size[0]))
    return Case([x], {"size": size, "grid": grid}, along(y, -1, places(grid, 0, x.shape[-1] - 1, size[1])))


@operation("crop_resize")
def crop_resize(random, _):
    images, channels, height, width = wholes(random, 4, 1, 5)
    x = tensor(random, (1, images, channels, height, width))
    count, chosen = whole(random, 1, 3), whole(random, 0, 1)
    size, grid = wholes(random, 2, 1, 4), pick(random, GRIDS)
    kind = pick(random, ["corners_height_first", "corners_width_first", "center_height_first", "center_width_first"])
    normalized, scale = whole(random, 0, 1), real(random, 0.5, 2)
    boxes, results = [], []
    for _ in range(count):
        top, left = [real(random, 0, 2) for _ in range(2)]
        tall, wide = [real(random, 0, 3) for _ in range(2)]
        if kind.startswith("corners"):
            box = [top, left, top + tall, left + wide]
        else:
            box = [top + tall / 2, left + wide / 2, tall, wide]
        if kind.endswith("width_first"):
            box = [box[1], box[0], box[3], box[2]]
        factors = [scale * (height - 1) if normalized else scale, scale * (width - 1) if normalized else scale]
        index = whole(random, 0, images - 1)
        boxes.append(([index] if chosen else []) + box)
        some = x[0, [index]] if chosen else x[0]
        y = along(some, -2, places(grid, top * factors[0], tall * factors[0], size[0]))
        results.append(along(y, -1, places(grid, left * factors[1], wide * factors[1], size[1])))
    given = np.array(boxes, np.float32).reshape(count, 1, 4 + chosen, 1, 1)
    attributes = {"size": size, "grid": grid, "boxes": kind, "normalized": normalized, "spatial_scale": scale}
    return Case([x, given], attributes, np.stack(results), tolerance=1e-4)


def overlap(left, right):
    sides = []
    for axis in range(2):
        low = max(left[axis] - left[axis + 2] / 2, right[axis] - right[axis + 2] / 2)
        high = min(left[axis] + left[axis + 2] / 2, right[axis] + right[axis + 2] / 2)
        sides.append(max(0, high - low))
    both = sides[0] * sides[1]
    return both / (left[2] * left[3] + right[2] * right[3] - both)


@operation("non_maximum_suppression")
def suppression(random, _):
    batch, count, classes, most = whole(random, 1, 2), whole(random, 1, 8), whole(random, 1, 3), whole(random, 1, 6)
    boxes = np.concatenate([tensor(random, (batch, count, 2), 0, 3), tensor(random, (batch, count, 2), 0.5, 3)], -1)
    scores = tensor(random, (batch, count, classes), 0, 1)
    limit, least, per_class = real(random, 0, 0.6), real(random, 0, 1.1), whole(random, 0, 1)
    outputs = [np.zeros((batch, most, 4)), np.zeros((batch, most, classes)), np.full((batch, most), -1.0), np.zeros(batch)]
    for b in range(batch):
        best, label = scores[b].max(axis=1), scores[b].argmax(axis=1)
        alive = [n for n in np.argsort(-best, kind="stable") if best[n] >= least]
        kept = []
        while alive and len(kept) < most:
            first = alive.pop(0)
            kept.append(first)
            alive = [n for n in alive
                     if (per_class and label[n] != label[first]) or overlap(boxes[b, n], boxes[b, first]) <= limit]
        kept = kept or [int(np.argmax(best))]
        for output, values in zip(outputs, (boxes[b, kept], scores[b, kept], kept)):
            output[b, : len(kept)] = values
        outputs[3][b] = len(kept)
    settings = {"iou_threshold": limit, "score_threshold": least, "boxes": float(most), "per_class": per_class}
    inputs = [boxes, scores]
    for name in ("iou_threshold", "score_threshold", "boxes")[: whole(random, 0, 3)]:
        inputs.append(np.array([settings.pop(name)], np.float32))
    return Case(inputs, settings, outputs)
