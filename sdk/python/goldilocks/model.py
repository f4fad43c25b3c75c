"""MLModel: what coremltools' class of this name has for prediction."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import _native
from .errors import UsageError


class Feature(NamedTuple):
    """An input or output: `type` is in words ("image BGR 227 x 227"), `shape` that of an array by default, or [height,
    width] of an image."""

    name: str
    description: str
    type: str
    shape: tuple[int, ...]
    optional: bool


class FeatureDescriptions(Mapping[str, str]):
    """The author's words on each input or output, by name."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self._features = {feature.name: feature for feature in features}

    def __getitem__(self, name: str) -> str:
        return self._features[name].description

    def __iter__(self) -> Iterator[str]:
        return iter(self._features)

    def __len__(self) -> int:
        return len(self._features)

    def __repr__(self) -> str:
        return f"Features({','.join(self._features)})"


class MLState:
    """What a sequence of predictions hands on; from MLModel.make_state(). A new one is all zeros. One prediction at a
    time may use it."""

    def __init__(self, native: _native.State) -> None:
        self._native = native

    def read_state(self, name: str) -> Any:
        """The state as a numpy array, in a copy."""
        return self._native.read(name)

    def write_state(self, name: str, value: Any) -> None:
        """Replaces the state by a copy of an array of the same shape."""
        self._native.write(name, value)

    def __repr__(self) -> str:
        return f"MLState({','.join(self._native.names)})"


class MLModel:
    """A Core ML model, ready to predict.

    model: the path of a .mlmodel file or .mlpackage, or a model's protobuf message as coremltools has it.
    function_name: the function of an ML Program that has several.
    compute_units: taken and ignored; the model runs on the CPU.
    backend, backend_options: the inference plugin ("onednn", "reference", ...) and its options.
    plugin_path: folders and libraries that are looked at before the installed plugins.

    Raises UnreadableError for a model that can't be read or run, naming what is wrong. One MLModel may predict in many
    threads at once.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | Any,
        function_name: str | None = None,
        *,
        compute_units: Any = None,
        backend: str = "onednn",
        backend_options: Mapping[str, Any] | None = None,
        plugin_path: Sequence[str | os.PathLike[str]] = (),
        _deferred: bool = False,
    ) -> None:
        del compute_units
        self._path = self._path_of(model)
        places = [os.fspath(place) for place in plugin_path]
        self._how = (backend, text_options(backend_options or {}), places, function_name or "")
        self._lock = threading.Lock()
        self._loaded: _native.Model | None = None
        if not _deferred:
            self._native  # noqa: B018: loads it

    def _path_of(self, model: Any) -> Path:
        if isinstance(model, (str, os.PathLike)):
            return Path(os.path.abspath(os.path.expanduser(os.path.expandvars(model))))
        if isinstance(model, MLModel):
            self._source = model  # which may own the file
            return model.path
        if not hasattr(model, "SerializeToString"):
            raise TypeError(f"a model is a path or a protobuf message, not {type(model).__name__}")
        path = temporary_file(self, "model.mlmodel")
        path.write_bytes(model.SerializeToString())
        return path

    @property
    def _native(self) -> _native.Model:
        with self._lock:
            if self._loaded is None:
                self._loaded = _native.Model(self._path, *self._how)
            return self._loaded

    @property
    def path(self) -> Path:
        """Where the model's file lies."""
        return self._path

    def predict(self, data: dict[str, Any] | list[dict[str, Any]], state: MLState | None = None) -> Any:
        """A dictionary of outputs for a dictionary of inputs; for a list of them a list, computed on all cores.

        An array input takes a numpy array (or what numpy can read) of any number type: its shape is one that the input
        allows, with or without leading sizes of 1. An image input takes a PIL image of the mode and size that it states
        ("RGB", "L" or "F"), or a uint8 array [height, width] or [height, width, 3]. Others take numbers, text,
        dictionaries and lists. Inputs may be left out where the model says so.

        Outputs are numpy arrays in the declared type (float32 for float16, as coremltools), PIL images, int, float, str,
        and dict: class label to probability.

        C-contiguous arrays are read where they lie, and outputs are not copied: don't change an input in another thread
        meanwhile. Raises UsageError for inputs that don't fit, with what would; TypeError for types that no input takes.
        """
        if type(data) is dict:
            if state is not None and not isinstance(state, MLState):
                raise TypeError(f"state is an MLState from make_state(), not {type(state).__name__}")
            native = self._loaded or self._native
            return native.predict(data, None if state is None else state._native)
        if type(data) is not list or not all(type(sample) is dict for sample in data):
            raise TypeError("data is a dict of inputs or a list of such dicts")
        if state is not None:
            raise UsageError("a state goes with one prediction at a time, not with a list")
        return self._native.predict_all(data, 0)

    def make_state(self) -> MLState:
        """A state of zeros for predict(). Raises UsageError for a model that hands nothing on: recurrent networks and ML
        Programs with states do."""
        return MLState(self._native.make_state())

    @property
    def inputs(self) -> list[Feature]:
        """Every input with its type and shape."""
        return [Feature(**feature) for feature in self._native.inputs]

    @property
    def outputs(self) -> list[Feature]:
        """Every output with its type and shape."""
        return [Feature(**feature) for feature in self._native.outputs]

    @property
    def input_description(self) -> FeatureDescriptions:
        """The author's words on each input, by name."""
        return FeatureDescriptions(self.inputs)

    @property
    def output_description(self) -> FeatureDescriptions:
        """The author's words on each output, by name."""
        return FeatureDescriptions(self.outputs)

    @property
    def short_description(self) -> str:
        return self._native.metadata.short_description

    @property
    def author(self) -> str:
        return self._native.metadata.author

    @property
    def license(self) -> str:
        return self._native.metadata.license

    @property
    def version(self) -> str:
        return self._native.metadata.version

    @property
    def user_defined_metadata(self) -> dict[str, str]:
        """A copy of what the author has noted beside."""
        return dict(self._native.metadata.user_defined)

    def get_spec(self) -> Any:
        """The model as a protobuf message. Raises ImportError where coremltools' protobuf modules can't be imported."""
        from coremltools.proto import Model_pb2  # type: ignore[import-not-found]

        message = Model_pb2.Model()
        message.ParseFromString(_specification(self._path).read_bytes())
        return message

    def save(self, path: str | os.PathLike[str]) -> None:
        """Copies the model's file or package."""
        if self._path.is_dir():
            shutil.copytree(self._path, path, dirs_exist_ok=True)
        else:
            shutil.copyfile(self._path, path)

    def __repr__(self) -> str:
        return f"MLModel({str(self._path)!r})"


def _specification(path: Path) -> Path:
    """The file with the model's message: of a package, the one that its manifest names as the root."""
    if not path.is_dir():
        return path
    manifest = json.loads((path / "Manifest.json").read_text())
    return path / "Data" / manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"]


def temporary_file(owner: object, name: str) -> Path:
    """A file that lives as long as its owner."""
    folder = tempfile.mkdtemp(prefix="goldilocks-")
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return Path(folder) / name


def text_options(options: Mapping[str, Any]) -> dict[str, str]:
    """Options as they are written on the command line."""
    return {name: _text(value) for name, value in options.items()}


def _text(value: Any) -> str:
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if isinstance(value, (bool, list, tuple)):
        return json.dumps(value)
    return str(value)
