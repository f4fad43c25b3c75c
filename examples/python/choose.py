#!/usr/bin/env python3
"""From a model to the smallest file that does its job: load, sweep, plot the trade-off, choose.

    python3 examples/python/choose.py [FOLDER]

Needs python3-numpy, python3-pil and python3-matplotlib beside the package. FOLDER (here by default) receives the run and
the chart.
"""
import sys
from pathlib import Path

import goldilocks
import matplotlib
import numpy as np
from PIL import Image

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

TOP = Path(__file__).resolve().parents[2]
DIGITS = TOP / "examples" / "digits"
folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

# ---- load: the model as it is, on one image

model = goldilocks.MLModel(DIGITS / "digits.mlmodel")
images, labels = np.load(DIGITS / "test" / "images.npy"), np.load(DIGITS / "test" / "labels.npy")
print(model, "-", model.short_description)
outputs = model.predict({"image": Image.fromarray(images[0])})
print(f"the first image is a {labels[0]}, and the model says {outputs['digit']}")

# ---- sweep: every function at every width, each measured on 600 images

results = goldilocks.run(TOP / "pipelines" / "digits.yaml", progress=True, output=folder / "digits")

# ---- plot: size against accuracy, with intervals

by_function = {}
for variant in results.variants:
    accuracy = next(figure for figure in variant.evaluation.figures if figure.metric == "mean_accuracy")
    by_function.setdefault(variant.function or "full precision", []).append(
        (variant.size_bytes / 1000, accuracy.value, accuracy.interval.lower, accuracy.interval.upper))
figure, axes = pyplot.subplots(figsize=(8, 5))
for function, points in by_function.items():
    size, accuracy, lower, upper = np.array(sorted(points)).T
    axes.errorbar(size, accuracy, yerr=[accuracy - lower, upper - accuracy], marker="o", capsize=2, label=function)
chosen = results.chosen
axes.annotate(chosen.name, (chosen.size_bytes / 1000, chosen.evaluation.mean_accuracy), xytext=(10, -40),
              textcoords="offset points", arrowprops={"arrowstyle": "->"})
axes.set(xlabel="size in kB", ylabel="mean accuracy", title="What fewer bits cost")
axes.legend()
figure.savefig(folder / "trade-off.png", dpi=120)

# ---- choose: what the run has chosen, held against the full-precision model once more, by a metric of our own


def lost_confidence(answers):
    """How much less probable each sample's true class has become."""
    samples = np.arange(len(answers.truth))
    return answers.baseline[samples, answers.truth] - answers.values[samples, answers.truth]


comparison = goldilocks.compare(model, results.file(chosen), zip(images, labels), lost_confidence)
(lost,) = comparison.figures
print(results.selection.reason)
print(f"{chosen.name} {comparison.comparison.verdict}")
print(f"the true digit is less probable by {lost.value:.4f} ({lost.interval.lower:.4f} to {lost.interval.upper:.4f})")
print(f"the file: {results.file(chosen)}; the chart: {folder / 'trade-off.png'}")
