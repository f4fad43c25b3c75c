"""Fixtures. The package is the one of the build folder ($PYTHONPATH), with the program beside it."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
DIGITS = TOP / "examples" / "digits"
REFERENCE = TOP.parent / "shared" / "reference"

# The messages of the format, and a coremltools that has them.
_generated = tempfile.TemporaryDirectory()
subprocess.run(["protoc", f"-I{TOP / 'proto'}", f"--python_out={_generated.name}",
                *sorted(str(path) for path in (TOP / "proto" / "coreml").glob("*.proto"))], check=True)
FOLDERS = [_generated.name, str(TOP / "tests" / "python" / "standin")]
sys.path[:0] = FOLDERS


@pytest.fixture
def digits():
    return DIGITS / "digits.mlmodel"


@pytest.fixture
def digit_images():
    import numpy

    return numpy.load(DIGITS / "test" / "images.npy")


@pytest.fixture
def digit_labels():
    import numpy

    return numpy.load(DIGITS / "test" / "labels.npy")


@pytest.fixture
def program():
    """Calls the program; returns its output, or with `fails` its message."""
    import goldilocks._native

    path = Path(goldilocks._native.__file__).parents[2] / "bin" / "goldilocks"

    def call(*arguments, fails=False):
        done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True)
        assert fails == (done.returncode != 0), done.stderr
        return done.stderr.removeprefix("goldilocks: ").rstrip("\n") if fails else done.stdout

    return call


@pytest.fixture
def saved(tmp_path):
    """Writes a model's message to a file."""
    def save(model, name="model.mlmodel"):
        path = tmp_path / name
        path.write_bytes(model.SerializeToString())
        return path

    return save


@pytest.fixture
def script(tmp_path):
    """Runs a script in an interpreter of its own, with what the tests import; returns its output."""
    def call(text, *arguments, environment=()):
        path = tmp_path / "script.py"
        path.write_text(text)
        folders = [*FOLDERS, os.environ.get("PYTHONPATH", "")]
        done = subprocess.run([sys.executable, *(arguments or [path])], capture_output=True, text=True, cwd=tmp_path,
                              env={**os.environ, "PYTHONPATH": ":".join(folders), **dict(environment)})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call
