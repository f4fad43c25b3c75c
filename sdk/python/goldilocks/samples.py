"""A dataset that is an iterable of samples and labels, sorted into what the C++ part takes."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from . import _native
from .errors import UsageError


def is_source(dataset: Any) -> bool:
    """Whether a dataset is named, and not there itself."""
    return dataset is None or isinstance(dataset, (str, os.PathLike))


def collect(dataset: Iterable[Any]) -> _native.Samples:
    """The samples of `(sample, label)` pairs, or of samples alone (tuples are pairs).

    A sample is an image (a path, a PIL image, or a uint8 array [H, W] or [H, W, 3]), an array for the only input, or a
    dict of both by the inputs' names. A label is a class's name or number. An array, a number with a fraction, or a dict
    of arrays in its place is a target: what an output should be.
    """
    images: list[Any] = []
    inputs: dict[str, list[Any]] = {}
    targets: dict[str, list[Any]] = {}
    labels: list[str | int] = []
    for number, entry in enumerate(dataset):
        sample, label = _pair(entry, number)
        images.append(_add_sample(sample, inputs, number))
        if label is not None:
            _add_label(label, labels, targets)
    if not images:
        raise UsageError("samples: the dataset is empty")
    for values in [*inputs.values(), *targets.values(), *([labels] if labels else [])]:
        if len(values) != len(images):
            raise UsageError(f"samples: {len(images)} samples with {len(values)} labels, targets or arrays of a kind")
    classes, indexes = _classes(labels)
    return _native.Samples(images, _stacked(inputs), _stacked(targets), classes, indexes)


def _pair(entry: Any, number: int) -> tuple[Any, Any]:
    if not isinstance(entry, tuple):
        return entry, None
    if len(entry) != 2:
        raise UsageError(f"samples: sample {number} is a tuple of {len(entry)}; expected (sample, label)")
    return entry[0], entry[1]


def _is_image(value: Any) -> bool:
    if isinstance(value, (str, os.PathLike)) or hasattr(value, "getbands"):
        return True
    shape = getattr(value, "shape", ())
    is_bytes = str(getattr(value, "dtype", "")) == "uint8"
    return is_bytes and (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3))


def _add_sample(sample: Any, inputs: dict[str, list[Any]], number: int) -> Any:
    """Returns the sample's image, or None."""
    values = sample if isinstance(sample, Mapping) else {"": sample}
    images = [value for value in values.values() if _is_image(value)]
    if len(images) > 1:
        raise UsageError(f"samples: sample {number} has {len(images)} images; one image and arrays are possible")
    for name, value in values.items():
        if not _is_image(value):
            inputs.setdefault(name, []).append(value)
    if not images:
        return None
    return os.fspath(images[0]) if isinstance(images[0], os.PathLike) else images[0]


def _add_label(label: Any, labels: list[str | int], targets: dict[str, list[Any]]) -> None:
    if isinstance(label, str):
        labels.append(unicodedata.normalize("NFC", label))
    elif hasattr(label, "__index__") and not getattr(label, "shape", ()):
        labels.append(int(label))
    else:
        for name, value in label.items() if isinstance(label, Mapping) else [("", label)]:
            targets.setdefault(name, []).append(value)


def _classes(labels: list[str | int]) -> tuple[list[str], list[int]]:
    """The names of the classes, numbers in their order, and each sample's index among them."""
    numbers = all(isinstance(label, int) for label in labels)
    distinct = sorted(set(labels)) if numbers else sorted({str(label) for label in labels})
    names = [str(label) for label in distinct]
    index = {name: number for number, name in enumerate(names)}
    return names, [index[str(label)] for label in labels]


def _stacked(columns: dict[str, list[Any]]) -> dict[str, Any]:
    if not columns:
        return {}
    import numpy

    stacked = {}
    for name, values in columns.items():
        arrays = [numpy.asarray(value, dtype=numpy.float32) for value in values]
        if any(array.shape != arrays[0].shape for array in arrays):
            raise UsageError(f"samples: the arrays{f' of {name!r}' if name else ''} have different shapes")
        stacked[name] = numpy.ascontiguousarray(numpy.stack(arrays))
    return stacked
