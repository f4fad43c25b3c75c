"""coremltools' predictions on Linux.

    import goldilocks
    goldilocks.coremltools.install()

Then `predict` and `make_state` of coremltools' MLModel work as on a Mac. Without a change to a script:

    python3 -m goldilocks.coremltools script.py ARGUMENTS
    python3 -m pytest -p goldilocks.coremltools tests
"""

from __future__ import annotations

import functools
import runpy
import sys
import threading
import weakref
from typing import Any

from .model import MLModel, MLState

_replaced: list[tuple[Any, str, Any]] = []  # object, attribute, what it was
_ABSENT = object()


def install(*, macos: str | None = None, backend: str = "onednn") -> None:
    """Makes `coremltools.models.MLModel` predict by Goldilocks. A second call replaces the first.

    macos: a version such as "15.0", for tests that ask coremltools which system they run on and skip themselves off a
    Mac: coremltools' own answers become this one. backend: the inference plugin.

    A model is prepared at its first prediction, as it is then. compute_units are ignored.
    """
    import coremltools.models  # type: ignore[import-not-found]

    uninstall()
    loaded: weakref.WeakKeyDictionary[Any, MLModel] = weakref.WeakKeyDictionary()
    lock = threading.Lock()

    def prepared(model: Any) -> MLModel:
        with lock:
            if model not in loaded:
                loaded[model] = _load(model, backend)
            return loaded[model]

    kind = coremltools.models.MLModel

    @functools.wraps(kind.predict)
    def predict(self: Any, data: Any, state: Any = None, **ignored: Any) -> Any:
        # The second argument was once useCPUOnly.
        return prepared(self).predict(data, None if isinstance(state, bool) else state)

    def make_state(self: Any) -> MLState:
        return prepared(self).make_state()

    _replace(kind, "predict", predict)
    _replace(kind, "make_state", make_state)
    if macos is not None:
        _answer_as(tuple(int(part) for part in macos.split(".")))


def uninstall() -> None:
    """Takes back what install() did."""
    while _replaced:
        target, name, value = _replaced.pop()
        if value is _ABSENT:
            delattr(target, name)
        else:
            setattr(target, name, value)


def _replace(target: Any, name: str, value: Any) -> None:
    _replaced.append((target, name, vars(target).get(name, _ABSENT)))
    setattr(target, name, value)


def _load(model: Any, backend: str) -> MLModel:
    package = getattr(model, "package_path", None)
    source = package if package else getattr(model, "_spec", None) or model.get_spec()
    return MLModel(source, getattr(model, "function_name", None), backend=backend)


def _answer_as(version: tuple[int, ...]) -> None:
    """Modules of coremltools have copies of the functions and constants that tell the system."""
    answers = {
        "_is_macos": lambda: True,
        "is_macos": lambda: True,
        "_macos_version": lambda: version,
        "macos_version": lambda: version,
        "_IS_MACOS": True,
    }
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] != "coremltools":
            continue
        for attribute, answer in answers.items():
            if attribute in vars(module):
                _replace(module, attribute, answer)


def pytest_configure() -> None:
    """Installs where this module is a plugin of pytest's."""
    install()


def main(arguments: list[str]) -> None:
    """Runs a script, or with -m a module, as Python would."""
    if not arguments or arguments == ["-m"]:
        sys.exit("usage: python3 -m goldilocks.coremltools (SCRIPT | -m MODULE) [ARGUMENT...]")
    install()
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        import os

        sys.argv = arguments
        sys.path[0] = os.path.dirname(os.path.abspath(arguments[0]))
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    from goldilocks.coremltools import main as run_main  # this file under its own name

    run_main(sys.argv[1:])
