"""Python functions in the place of plugins: quantization functions and metrics."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import UsageError

if TYPE_CHECKING:
    import numpy

    LutFunction = Callable[[int, numpy.ndarray[Any, Any]], tuple[Any, Any]]
    MetricFunction = Callable[["Answers"], Any]


class Answers(NamedTuple):
    """What a metric is computed from. Arrays are copies; what there is none of is None.

    values: float32 [samples, values], the model's answers; of a classifier its scores, by the model's labels
    baseline: the same of the model that it is compared with
    targets: the same as it should be
    truth: int64 [samples], the index of each sample's class among the model's labels
    answers, baseline_answers: int64 [samples], the index of the highest score; -1 for none
    """

    values: Any
    baseline: Any
    targets: Any
    truth: Any
    answers: Any
    baseline_answers: Any


def name_of(function: Callable[..., Any], what: str) -> str:
    """The function's name as a plugin would be called."""
    name = getattr(function, "__name__", type(function).__name__)
    name = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")
    return name or what


def quantizer_entry(function: LutFunction) -> tuple[str, Callable[..., Any]]:
    """A name, and the function as the C++ part calls it."""
    name = name_of(function, "lut_function")

    def quantize(bits: int, values: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
        import numpy

        result = function(bits, values.astype(numpy.float64).reshape(shape))
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            raise UsageError(f"{name}() did not return a pair (lut, qw)")
        return _table(name, result[0], bits), _codes(name, result[1], bits, values.size)

    return name, quantize


def _numbers(name: str, value: Any, what: str) -> Any:
    import numpy

    array = numpy.asarray(value)
    if array.dtype.kind not in "biuf":
        raise UsageError(f"{name}() returned {what} of dtype {array.dtype}, which are no plain numbers")
    return array.reshape(-1)


def _table(name: str, value: Any, bits: int) -> Any:
    import numpy

    table = _numbers(name, value, "table entries")
    if table.size != 2**bits:
        raise UsageError(f"{name}() returned a table of {table.size} entries; {bits} bits need {2**bits}")
    with numpy.errstate(all="ignore"):
        table = table.astype(numpy.float32)
    for index in numpy.flatnonzero(~numpy.isfinite(table))[:1]:
        raise UsageError(f"{name}() returned the table entry {table[index]} at index {index}")
    return table


def _codes(name: str, value: Any, bits: int, count: int) -> Any:
    import numpy

    codes = _numbers(name, value, "codes")
    if codes.size != count:
        raise UsageError(f"{name}() returned {codes.size} codes for {count} weights")
    if codes.dtype.kind == "f" and not numpy.array_equal(codes, numpy.rint(codes)):
        raise UsageError(f"{name}() returned codes of dtype {codes.dtype} that are not whole numbers")
    for index in numpy.flatnonzero((codes < 0) | (codes >= 2**bits))[:1]:
        raise UsageError(
            f"{name}() returned the code {codes[index]} at index {index}; {bits} bits hold 0 to {2**bits - 1}"
        )
    return codes.astype(numpy.uint8)


def metric_entries(
    metrics: str | MetricFunction | Sequence[str | MetricFunction] | None,
) -> list[str | tuple[str, Callable[[dict[str, Any]], Any], bool]]:
    """Names as they are; functions with their names, as the C++ part calls them, and whether more is better."""
    if metrics is None:
        return []
    if isinstance(metrics, str) or callable(metrics):
        metrics = [metrics]
    return [metric if isinstance(metric, str) else _metric_entry(metric) for metric in metrics]


def _metric_entry(metric: MetricFunction) -> tuple[str, Callable[[dict[str, Any]], Any], bool]:
    def measure(answers: dict[str, Any]) -> Any:
        return metric(Answers(**answers))

    return name_of(metric, "metric"), measure, bool(getattr(metric, "larger_is_better", True))
