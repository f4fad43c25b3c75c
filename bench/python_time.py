#!/usr/bin/env python3
"""How long a prediction takes from Python, against the C++ library, and how long `import goldilocks` takes.

    PYTHONPATH=build/bench/python bench/python_time.py build/bench/bin/library_time food.mlmodel

The two take turns, so that what else the machine does meets both; the figure is the median over the rounds.
"""
import statistics
import subprocess
import sys
import time

import goldilocks
from PIL import Image

ROUNDS, PREDICTIONS = 40, 20

program, path = sys.argv[1:]
library = subprocess.Popen([program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
model = goldilocks.MLModel(path)
(feature,) = model.inputs
image = Image.new("RGB", feature.shape[::-1], (100, 100, 100))


def of_library():
    print(PREDICTIONS, file=library.stdin, flush=True)
    return float(library.stdout.readline())


def of_python():
    start = time.perf_counter()
    for _ in range(PREDICTIONS):
        model.predict({feature.name: image})
    return time.perf_counter() - start


def of_import(module):
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return time.perf_counter() - start


of_library(), of_python()
pairs = [(of_library(), of_python()) for _ in range(ROUNDS)]
for name, times in zip(("library", "Python"), zip(*pairs)):
    print(f"{name}: {1000 * statistics.median(times) / PREDICTIONS:.3f} ms for a prediction")
print(f"Python / library: {statistics.median(python / cpp for cpp, python in pairs):.3f}")
bare = min(of_import("sys") for _ in range(20))
for module in ("goldilocks", "goldilocks._native", "numpy"):
    print(f"import {module}: {1000 * (min(of_import(module) for _ in range(20)) - bare):.1f} ms")
