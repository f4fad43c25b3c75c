"""quantize, evaluate, compare and run: the program's commands as functions."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _native
from .callables import metric_entries, quantizer_entry
from .documents import Document, Results
from .errors import UsageError
from .model import MLModel, temporary_file, text_options
from .samples import collect, is_source

if TYPE_CHECKING:
    from .callables import LutFunction, MetricFunction

    PathLike = str | os.PathLike[str]
    ModelSource = PathLike | MLModel
    Dataset = PathLike | Iterable[Any]


class Progress(NamedTuple):
    """How far a run is: `done` of `tasks`, as a `share` of the work (0 to 1), and what was just done."""

    done: int
    tasks: int
    share: float
    text: str


def quantize(
    model: ModelSource,
    function: str | LutFunction | None = None,
    bits: int | None = None,
    granularity: str | None = None,
    *,
    lut_function: LutFunction | None = None,
    output: PathLike | None = None,
    description: str = "",
    rules: PathLike | None = None,
    keep: str = "smaller",
    fold: bool | Sequence[str] | None = None,
    requantize: bool = False,
    compact_preprocessing: str = "off",
    force: bool = False,
    progress: Callable[[float], Any] | None = None,
    threads: int = 0,
    plugin_path: Sequence[PathLike] = (),
    **options: Any,
) -> MLModel:
    """Quantizes a model by one function, and returns the new one, whose `quantization` says what became of each tensor.

    function: a quantizer's name (goldilocks.plugins() lists them), or a function of yours, f(nbits, wp) -> (lut, qw), as
        coremltools' `lut_function`: wp is the tensor as float64 in its shape, lut has 2**nbits entries, qw the index of
        the entry for each weight. `lut_function=f` says the same.
    bits: of each weight; left out where the function chooses.
    granularity: what shares one table or scale, for functions that have this option.
    output: the file to write; without one, the model lies in a temporary file as long as the returned object lives.
    description: the new model's short description; {model}, {function}, {bits} are replaced.
    rules: a YAML file that says what becomes of some of the weights.
    keep: "smaller" stores floats where codes would be no smaller, "always" codes all the same.
    fold: fold layers into the one before; None: below 16 bits; or some of "batchnorm", "scale", "bias".
    compact_preprocessing: "off", "lossless" or "float16": store a mean image in less space.
    force: the output may take the place of an input.
    progress: called with the share that is done, 0 to 1.
    options: the function's own.

    Raises UsageError, UnreadableError, PluginError; what a function of yours raises passes through.
    """
    if function is None:
        function = lut_function
    if function is None:
        raise UsageError("by which function? give its name, or lut_function")
    named: Any = function if isinstance(function, str) else quantizer_entry(function)
    source = MLModel(model, _deferred=True)
    if granularity is not None:
        options["granularity"] = granularity
    name = named if isinstance(named, str) else named[0]
    owner = _Owner()
    ending = ".mlmodel" if source.path.suffix == ".mlmodel" else ".mlpackage"
    file = temporary_file(owner, f"{source.path.stem}_{name}_{bits}{ending}") if output is None else Path(output)
    settings = {
        "description": description,
        "force": force,
        "rules": None if rules is None else os.fspath(rules),
        "requantize": requantize,
        "keep": keep,
        "compact_preprocessing": compact_preprocessing,
        "fold": fold if fold is None or isinstance(fold, bool) else list(fold),
        **_common(plugin_path, progress, threads),
    }
    report = _native.quantize(source.path, named, bits, file, text_options(options), settings)
    result = MLModel(file, plugin_path=plugin_path, _deferred=True)
    result._owner = owner  # type: ignore[attr-defined]
    result.quantization = Document(report)  # type: ignore[attr-defined]
    return result


class _Owner:
    """Holds a temporary file."""


def _how(
    function_name: str | tuple[str, str],
    precision: str | tuple[str, str],
    output: str,
    next_token: str,
    sequences: bool,
) -> dict[str, Any]:
    """How models are run: of each of two."""

    def pair(value: str | tuple[str, str]) -> list[str]:
        return [value, value] if isinstance(value, str) else list(value)

    return {
        "function_names": pair(function_name),
        "precisions": pair(precision),
        "output": output,
        "next_token": next_token,
        "sequences": sequences,
    }


def evaluate(
    model: ModelSource,
    dataset: Dataset | None = None,
    metrics: str | MetricFunction | Sequence[str | MetricFunction] | None = None,
    *,
    inputs: Sequence[str] = (),
    targets: Sequence[str] = (),
    labels: PathLike | None = None,
    label_map: PathLike | None = None,
    max_unusable: int = 0,
    crop: str = "center",
    filter: str = "bilinear",
    backend: str = "onednn",
    backend_options: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    function_name: str = "",
    precision: str = "float32",
    output: str = "",
    next_token: str = "",
    sequences: bool = False,
    progress: Callable[[float], Any] | None = None,
    threads: int = 0,
    plugin_path: Sequence[PathLike] = (),
) -> Document:
    """The figures of one model on samples with labels or targets, each with its interval, and the `dataset`.

    dataset: a folder with one folder of images per class, a .csv or .json list, or a .npy file of images; or an iterable
        of (sample, label). A sample is a path, a PIL image, a uint8 array [H, W] or [H, W, 3], an array for the model's
        input, or a dict of these by the inputs' names; a label is the class's name or number, and a target an array.
    metrics: names, and functions of yours: f(answers: goldilocks.Answers) -> a number, or one for each sample, whose mean
        is then the figure, with an interval. All that the data allow if left out.
    inputs, targets: "NAME=PATH" of .npy or .npz files or folders; labels: a .npy file; label_map: .csv or .json.
    max_unusable: how many images may be unreadable.
    crop, filter: how images are fitted: "center", "fit", "fill"; "nearest", "bilinear", "area", "bicubic", "lanczos".
    confidence: of the intervals.
    function_name: of an ML Program with several functions, the one that is evaluated; precision: what is rounded of its
        float16 values, casts, outputs and states ("float32") or each result ("as_typed").
    output: the output that is compared, of models with several.
    next_token: the input of token sequences, for models that foretell the next token; sequences: each sample is a
        sequence of steps, which share the model's states. Both are for datasets in files.

    Raises UsageError, UnreadableError, PluginError; what a function of yours or the iterable raises passes through.
    """
    settings = {
        "metrics": metric_entries(metrics),
        "confidence": confidence,
        "crop": crop,
        "filter": filter,
        "backend": backend,
        "backend_options": text_options(backend_options or {}),
        **_files(inputs, targets, labels, label_map, max_unusable),
        **_how(function_name, precision, output, next_token, sequences),
        **_common(plugin_path, progress, threads),
    }
    source = MLModel(model, _deferred=True)
    return _evaluation(_native.evaluate(source.path, _samples(dataset), settings))


def compare(
    a: ModelSource,
    b: ModelSource,
    dataset: Dataset | None = None,
    metrics: str | MetricFunction | Sequence[str | MetricFunction] | None = None,
    *,
    inputs: Sequence[str] = (),
    targets: Sequence[str] = (),
    labels: PathLike | None = None,
    max_unusable: int = 0,
    crop: str = "fill",
    filter: str = "lanczos",
    backend: str = "onednn",
    backend_options: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    function_name: str | tuple[str, str] = "",
    precision: str | tuple[str, str] = "float32",
    output: str = "",
    next_token: str = "",
    sequences: bool = False,
    progress: Callable[[float], Any] | None = None,
    threads: int = 0,
    plugin_path: Sequence[PathLike] = (),
) -> Document:
    """What changes from model `a`, the full-precision one, to `b` on the same samples: the figures of `b`, those against
    `a`, the `comparison` with its verdict, and the `differences`, sample by sample.

    Samples need no labels. Images are prepared as coremltools' compare_models does. The arguments are evaluate()'s;
    function_name and precision may be pairs, of `a` and of `b`.
    """
    settings = {
        "metrics": metric_entries(metrics),
        "confidence": confidence,
        "crop": crop,
        "filter": filter,
        "backend": backend,
        "backend_options": text_options(backend_options or {}),
        **_files(inputs, targets, labels, None, max_unusable),
        **_how(function_name, precision, output, next_token, sequences),
        **_common(plugin_path, progress, threads),
    }
    before, after = MLModel(a, _deferred=True), MLModel(b, _deferred=True)
    return _evaluation(_native.compare(before.path, after.path, _samples(dataset), settings))


def run(
    pipeline: PathLike,
    set: Mapping[str, Any] | None = None,
    progress: bool | Callable[[Progress], Any] | None = None,
    *,
    output: PathLike | None = None,
    store: PathLike | None = None,
    force: bool = False,
    threads: int = 0,
    plugin_path: Sequence[PathLike] = (),
) -> Results:
    """Runs a pipeline, as `goldilocks run`: what the store has is not computed again.

    set: values of the pipeline's variables. progress: True for a line on standard error, or a function that is called
    with a Progress. output: the run's folder, runs/<name> if left out. store: where artifacts are kept.

    Returns the results also where the gate failed or a variant did: see Results.exit_code, and Results.check(), which
    raises. Raises UsageError for the pipeline, with every fault in it, and UnreadableError. After Ctrl-C the same call
    goes on from where the run was.
    """
    report = _line if progress is True else progress or None
    settings = {
        "store": None if store is None else os.fspath(store),
        "force": force,
        "python": sys.executable,
        "worker": [os.fspath(Path(__file__).with_name("_worker.py"))],
        **_common(plugin_path, report and (lambda told: report(Progress(*told))), threads),
    }
    outcome = _native.run(pipeline, text_options(set or {}), output or "", settings)
    if progress is True:
        print(file=sys.stderr)
    return Results(outcome.pop("document"), **outcome)


def load_results(run: PathLike) -> Results:
    """The results of an earlier run: of its folder, or of a results.json."""
    path = Path(run)
    return Results(_native.read_run(path), folder=path if path.is_dir() else path.parent)


def plugins(plugin_path: Sequence[PathLike] = ()) -> list[Document]:
    """Every plugin that is found: kind, name, summary, version, file, options, and why it can't be used, if so."""
    return [Document(plugin) for plugin in _native.plugins([os.fspath(place) for place in plugin_path])]


def _line(progress: Progress) -> None:
    text = f"[{progress.done}/{progress.tasks}] {100 * progress.share:3.0f} %  {progress.text}"
    print(f"\r\033[K{text[:100]}", end="", file=sys.stderr, flush=True)


def _common(plugin_path: Sequence[PathLike], progress: Any, threads: int) -> dict[str, Any]:
    return {"plugin_path": [os.fspath(place) for place in plugin_path], "progress": progress, "threads": threads}


def _files(inputs: Any, targets: Any, labels: Any, label_map: Any, max_unusable: int) -> dict[str, Any]:
    return {
        "inputs": list(inputs),
        "targets": list(targets),
        "labels": None if labels is None else os.fspath(labels),
        "label_map": None if label_map is None else os.fspath(label_map),
        "max_unusable": max_unusable,
    }


def _samples(dataset: Dataset | None) -> Any:
    return dataset if is_source(dataset) else collect(dataset)  # type: ignore[arg-type]


def _evaluation(documents: tuple[dict[str, Any], dict[str, Any]]) -> Document:
    evaluation, dataset = documents
    # `dataset` is the dataset's name in an evaluation among several; here it is the only one.
    return Document({**evaluation, "dataset": dataset})
