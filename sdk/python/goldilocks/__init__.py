"""Finds the smallest Core ML model that still does its job, and runs Core ML models on Linux.

    import goldilocks

    model = goldilocks.MLModel("food.mlmodel")
    model.predict({"image": PIL.Image.open("dinner.jpg").resize((227, 227))})

    small = goldilocks.quantize("food.mlmodel", "kmeans_lut", 6, output="small.mlmodel")
    goldilocks.compare("food.mlmodel", small, "images")
    results = goldilocks.run("sweep.yaml", set={"root": "data"}, progress=True)
    results.variants.to_pandas()

Everything may be called from any thread. The interpreter's lock is released during work, and Ctrl-C ends it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import coremltools as coremltools
    from . import errors as errors
    from .callables import Answers as Answers
    from .commands import Progress as Progress
    from .commands import compare as compare
    from .commands import evaluate as evaluate
    from .commands import load_results as load_results
    from .commands import plugins as plugins
    from .commands import quantize as quantize
    from .commands import run as run
    from .documents import Document as Document
    from .documents import Results as Results
    from .documents import Variants as Variants
    from .errors import Error as Error
    from .errors import GateFailed as GateFailed
    from .errors import InternalError as InternalError
    from .errors import Interrupted as Interrupted
    from .errors import PluginError as PluginError
    from .errors import UnreadableError as UnreadableError
    from .errors import UsageError as UsageError
    from .model import MLModel as MLModel
    from .model import MLState as MLState

    __version__: str

# What is loaded when it is first used: the C++ parts and numpy take longer than an import should.
_NAMES = {
    "MLModel": "model",
    "MLState": "model",
    "quantize": "commands",
    "evaluate": "commands",
    "compare": "commands",
    "run": "commands",
    "load_results": "commands",
    "plugins": "commands",
    "Progress": "commands",
    "Answers": "callables",
    "Document": "documents",
    "Results": "documents",
    "Variants": "documents",
    "Error": "errors",
    "UsageError": "errors",
    "UnreadableError": "errors",
    "PluginError": "errors",
    "GateFailed": "errors",
    "Interrupted": "errors",
    "InternalError": "errors",
}
_MODULES = ("coremltools", "errors")

__all__ = [*_NAMES, *_MODULES, "__version__"]


def __getattr__(name: str) -> object:
    if name == "__version__":
        value: object = importlib.import_module("._native", __name__).version
    elif name in _MODULES:
        value = importlib.import_module("." + name, __name__)
    elif name in _NAMES:
        value = getattr(importlib.import_module("." + _NAMES[name], __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
