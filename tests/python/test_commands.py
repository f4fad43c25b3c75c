"""quantize, evaluate and compare, with files and with Python's own functions and samples."""
import json
import os
import signal
import threading

import goldilocks
import models
import numpy as np
import pytest
from conftest import DIGITS
from PIL import Image

IMAGES, LABELS = DIGITS / "test" / "images.npy", DIGITS / "test" / "labels.npy"


def snake(name):
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def as_document(value):
    """A document of the program's JSON with the fields' own names."""
    if isinstance(value, dict):
        return {snake(name): as_document(part) for name, part in value.items()}
    return [as_document(part) for part in value] if isinstance(value, list) else value


def same(document, fields):
    """Whether a document has what the program's JSON says: that leaves out what is not set."""
    if isinstance(fields, dict):
        return all(same(document[name], value) for name, value in fields.items())
    if isinstance(fields, list):
        return len(document) == len(fields) and all(map(same, document, fields))
    return document == fields


# ---- quantize

def test_quantizes_to_the_bytes_of_the_program(digits, tmp_path, program):
    program("quantize", digits, "-f", "linear_lut", "-b", 4, "--option", "range=half_open", "-o", tmp_path / "a.mlmodel")
    shares = []
    model = goldilocks.quantize(digits, "linear_lut", 4, range="half_open", output=tmp_path / "b.mlmodel",
                                progress=shares.append)
    assert (tmp_path / "a.mlmodel").read_bytes() == (tmp_path / "b.mlmodel").read_bytes()
    assert model.path == tmp_path / "b.mlmodel"
    assert model.quantization.bytes_after == (tmp_path / "b.mlmodel").stat().st_size < model.quantization.bytes_before
    assert any(tensor.after == "4 bit table" for tensor in model.quantization.tensors)
    assert shares[-1] == 1 and shares == sorted(shares)


def test_without_an_output_the_file_lives_as_long_as_the_model(digits, digit_images):
    model = goldilocks.quantize(goldilocks.MLModel(digits), "linear", 8)
    path = model.path
    assert model.predict({"image": digit_images[0]})["digit"] == str(np.load(LABELS)[0])
    assert path.exists()
    del model
    assert not path.exists()


def test_a_function_of_pythons_is_coremltools_lut_function(digits, tmp_path, program):
    source = """
import numpy as np

def lut_function(nbits, wp):
    assert wp.dtype == np.float64
    lut = np.linspace(wp.min(), wp.max(), 2**nbits)
    return lut, np.abs(wp.reshape(-1, 1) - lut).argmin(1).reshape(wp.shape)
"""
    (tmp_path / "mine.py").write_text(source)
    program("quantize", digits, "-f", "python_lut", "--option", f"script={tmp_path / 'mine.py'}", "-b", 3,
            "-o", tmp_path / "a.mlmodel")
    namespace = {}
    exec(source, namespace)
    for how in ({"function": namespace["lut_function"]}, {"lut_function": namespace["lut_function"]}):
        goldilocks.quantize(digits, bits=3, output=tmp_path / "b.mlmodel", **how)
        assert (tmp_path / "a.mlmodel").read_bytes() == (tmp_path / "b.mlmodel").read_bytes()
    half = goldilocks.quantize(digits, namespace["lut_function"], 16)
    assert half.path.read_bytes() == goldilocks.quantize(digits, "linear", 16).path.read_bytes()


def test_what_a_function_raises_passes_through(digits):
    def broken(nbits, wp):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        goldilocks.quantize(digits, broken, 4)


@pytest.mark.parametrize("result, text", [
    (lambda n, w: (np.zeros(3), np.zeros(w.shape)), r"returned a table of 3 entries; 4 bits need 16"),
    (lambda n, w: (np.full(16, np.inf), np.zeros(w.shape)), "returned the table entry inf at index 0"),
    (lambda n, w: (np.zeros(16), np.full(w.shape, 16)), "returned the code 16 at index 0; 4 bits hold 0 to 15"),
    (lambda n, w: (np.zeros(16), np.full(w.shape, 0.5)), "not whole numbers"),
    (lambda n, w: (np.zeros(16), np.zeros(1)), "returned 1 codes for"),
    (lambda n, w: (np.zeros(16), np.full(w.shape, "a")), "no plain numbers"),
    (lambda n, w: np.zeros(16), "did not return a pair"),
])
def test_a_functions_result_is_checked(digits, result, text):
    with pytest.raises(goldilocks.UsageError, match=text):
        goldilocks.quantize(digits, result, 4)


def test_errors_of_quantize_are_the_programs(digits, tmp_path, program):
    for options, arguments in (({}, ["-f", "linear"]), ({"bits": 9}, ["-f", "linear", "-b", 9]),
                               ({"bits": 4, "rnge": "closed"}, ["-f", "linear", "-b", 4, "--option", "rnge=closed"])):
        with pytest.raises(ValueError) as caught:
            goldilocks.quantize(digits, "linear", output=tmp_path / "x.mlmodel", **options)
        assert str(caught.value) == program("quantize", digits, *arguments, "-o", tmp_path / "x.mlmodel", fails=True)
    with pytest.raises(goldilocks.PluginError, match="did you mean 'linear'"):
        goldilocks.quantize(digits, "linera", 4)
    with pytest.raises(ValueError, match="keep: expected one of always, smaller, not 'never'"):
        goldilocks.quantize(digits, "linear", 4, keep="never")
    with pytest.raises(ValueError, match="by which function"):
        goldilocks.quantize(digits, bits=4)
    assert not (tmp_path / "x.mlmodel").exists()


def test_the_rest_of_the_options(digits, tmp_path, program):
    (tmp_path / "rules.yaml").write_text("rules:\n  - match: {layer: convolution1}\n    skip: true\n")
    program("quantize", digits, "-f", "linear", "-b", 3, "--keep", "always", "--fold", "batchnorm", "--rules",
            tmp_path / "rules.yaml", "--description", "{bits} bits", "-o", tmp_path / "a.mlmodel")
    small = goldilocks.quantize(digits, "linear", 3, keep="always", fold=["batchnorm"], rules=tmp_path / "rules.yaml",
                                description="{bits} bits")
    assert small.path.read_bytes() == (tmp_path / "a.mlmodel").read_bytes()
    assert small.short_description == "3 bits"


# ---- evaluate

def test_evaluates_as_the_program_does(digits, program):
    said = json.loads(program("evaluate", digits, "--dataset", IMAGES, "--labels", LABELS, "--json"))
    shares = []
    evaluation = goldilocks.evaluate(digits, IMAGES, labels=LABELS, progress=shares.append)
    dataset = evaluation.pop("dataset")
    expected = as_document(said["evaluation"])
    expected.pop("dataset")
    assert same(evaluation, expected) and same(dataset, as_document(said["dataset"]))
    assert evaluation.mean_accuracy > 0.95 and shares[-1] == 1
    assert evaluation.figures[0].interval.lower < evaluation.figures[0].value


@pytest.mark.parametrize("form", [
    lambda images, labels: list(zip(images, labels)),
    lambda images, labels: ((image, int(label)) for image, label in zip(images, labels)),
    lambda images, labels: [(Image.fromarray(image), str(label)) for image, label in zip(images, labels)],
    lambda images, labels: [({"image": image}, label) for image, label in zip(images, labels)],
], ids=["arrays", "a generator", "PIL images", "dicts"])
def test_an_iterable_of_samples_is_a_dataset(digits, digit_images, digit_labels, form):
    evaluation = goldilocks.evaluate(digits, form(digit_images[:100], digit_labels[:100]))
    expected = np.mean([goldilocks.MLModel(digits).predict({"image": image})["digit"] == str(label)
                        for image, label in zip(digit_images[:100], digit_labels[:100])])
    assert evaluation.samples == 100 and evaluation.accuracy == pytest.approx(expected)
    assert evaluation.dataset.classes == [str(digit) for digit in range(10)]


def test_files_in_an_iterable_are_decoded_and_counted_when_unusable(digits, digit_images, digit_labels, tmp_path):
    samples = []
    for number in range(20):
        path = tmp_path / f"{number}.png"
        Image.fromarray(digit_images[number]).save(path)
        samples.append((path, digit_labels[number]))
    samples[7][0].write_bytes(b"no image")
    with pytest.raises(goldilocks.UnreadableError, match=r"7\.png: "):
        goldilocks.evaluate(digits, samples)
    evaluation = goldilocks.evaluate(digits, samples, max_unusable=1)
    assert evaluation.samples == 19 and evaluation.dataset.unusable[0].id.endswith("7.png")


def test_arrays_and_targets_in_an_iterable(saved):
    model = saved(models.arrays())
    x = np.random.default_rng(1).normal(size=(30, 2, 3)).astype(np.float32)
    evaluation = goldilocks.evaluate(model, ((sample, 2 * sample + 2) for sample in x), metrics=["mse", "mae"])
    assert [figure.metric for figure in evaluation.figures] == ["mse", "mae"]
    assert [figure.value for figure in evaluation.figures] == pytest.approx([1, 1], abs=1e-5)
    classifier = saved(models.dense(np.eye(3)), "classifier.mlmodel")
    samples = [(np.eye(3)[number % 3], "abc"[number % 3]) for number in range(9)]
    assert goldilocks.evaluate(classifier, samples).accuracy == 1


def test_a_metric_of_pythons(digits, digit_images, digit_labels):
    seen = []

    def error_rate(answers):
        seen.append(answers)
        return np.mean(answers.answers != answers.truth)

    def margin(answers):
        ordered = np.sort(answers.values, axis=1)
        return ordered[:, -1] - ordered[:, -2]

    error_rate.larger_is_better = False
    evaluation = goldilocks.evaluate(digits, zip(digit_images, digit_labels), ["accuracy", error_rate, margin])
    accuracy, errors, margins = evaluation.figures
    assert (accuracy.metric, errors.metric, margins.metric) == ("accuracy", "error_rate", "margin")
    assert errors.value == pytest.approx(1 - accuracy.value) and not errors.larger_is_better
    assert errors.interval is None and margins.interval.lower < margins.value < margins.interval.upper
    assert seen[0].values.shape == (len(digit_images), 10) and seen[0].values.dtype == np.float32
    assert seen[0].baseline is None and seen[0].targets is None
    alone = goldilocks.evaluate(digits, zip(digit_images, digit_labels), margin)
    assert [figure.metric for figure in alone.figures] == ["margin"]
    with pytest.raises(KeyError, match="mine"):
        goldilocks.evaluate(digits, zip(digit_images, digit_labels), lambda answers: {}["mine"])
    with pytest.raises(ValueError, match="gave 2 figures for"):
        goldilocks.evaluate(digits, zip(digit_images, digit_labels), lambda answers: np.zeros(2))


def test_errors_of_evaluate(digits, digit_images, program):
    with pytest.raises(ValueError, match="there is no metric 'acuracy'; did you mean 'accuracy'"):
        goldilocks.evaluate(digits, IMAGES, "acuracy", labels=LABELS)
    with pytest.raises(ValueError) as caught:
        goldilocks.evaluate(digits, IMAGES)
    assert str(caught.value) == program("evaluate", digits, "--dataset", IMAGES, fails=True)
    with pytest.raises(ValueError, match="samples: the dataset is empty"):
        goldilocks.evaluate(digits, [])
    with pytest.raises(ValueError, match="samples: arrays need labels or targets"):
        goldilocks.evaluate(digits, list(digit_images[:3]))
    with pytest.raises(ValueError, match="2 samples with 1 labels"):
        goldilocks.evaluate(digits, [(digit_images[0], 1), digit_images[1]])
    with pytest.raises(goldilocks.UnreadableError, match="samples: .*'eleven'"):
        goldilocks.evaluate(digits, [(digit_images[0], "eleven")])
    with pytest.raises(TypeError, match="a sample's image is"):
        goldilocks.evaluate(digits, [(type("Picture", (), {"getbands": 1})(), 1)])
    with pytest.raises(goldilocks.UnreadableError, match="samples: sample 0 has no pixels"):
        goldilocks.evaluate(digits, [(np.zeros((0, 3), np.uint8), 1)])

    def samples():
        yield digit_images[0], 1
        raise LookupError("the disk is gone")

    with pytest.raises(LookupError, match="the disk is gone"):
        goldilocks.evaluate(digits, samples())


# ---- compare

def test_compares_as_the_program_does(digits, tmp_path, program):
    small = goldilocks.quantize(digits, "linear", 3, output=tmp_path / "small.mlmodel")
    said = json.loads(program("compare", digits, small.path, "--dataset", IMAGES, "--labels", LABELS, "--json"))
    shares = []
    comparison = goldilocks.compare(digits, small, IMAGES, labels=LABELS, progress=shares.append)
    expected = as_document(said["evaluation"])
    expected.pop("dataset")
    assert same(comparison, expected)
    assert comparison.comparison.verdict and shares == sorted(shares) and shares[-1] == 1


def test_compares_samples_without_labels(digits, digit_images):
    small = goldilocks.quantize(digits, "linear", 2)
    comparison = goldilocks.compare(digits, small, list(digit_images[:60]))
    assert comparison.samples == 60 and comparison.comparison is None
    assert 0 < comparison.top1_agreement < 1 and comparison.dataset.labelling == "none"

    def moved(answers):
        return np.abs(answers.values - answers.baseline).max(axis=1)

    assert goldilocks.compare(digits, digits, list(digit_images[:60]), moved).figures[0].value == 0


# ---- the interpreter's lock, signals, threads

def test_other_threads_run_meanwhile(digits):
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.wait(0.001):
            ticks.append(1)

    thread = threading.Thread(target=tick)
    thread.start()
    goldilocks.evaluate(digits, IMAGES, labels=LABELS, backend="reference", threads=1)
    stop.set()
    thread.join()
    assert len(ticks) > 5


def test_ctrl_c_ends_the_work_and_the_next_call_goes_on(digits):
    calls = []

    def interrupt(share):
        calls.append(share)
        if len(calls) == 1:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        for _ in range(100):
            goldilocks.evaluate(digits, IMAGES, labels=LABELS, backend="reference", progress=interrupt)
    assert goldilocks.evaluate(digits, IMAGES, labels=LABELS).samples == 600


def test_what_a_progress_function_raises_ends_the_work(digits):
    def broken(share):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        goldilocks.evaluate(digits, IMAGES, labels=LABELS, progress=broken)


def test_two_threads_at_once(digits):
    results = {}

    def work(bits):
        results[bits] = goldilocks.quantize(digits, lambda n, w: (np.linspace(-1, 1, 2**n), np.full(w.shape, bits)), bits)

    threads = [threading.Thread(target=work, args=(bits,)) for bits in (3, 4, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for bits, model in results.items():
        assert any(tensor.after == f"{bits} bit table" for tensor in model.quantization.tensors)
    assert len(results) == 3


def test_plugins_are_listed():
    found = {(plugin.kind, plugin.name): plugin for plugin in goldilocks.plugins()}
    assert ("quantizer", "kmeans_lut") in found and not found["backend", "onednn"].error
    assert "range" in found["quantizer", "linear_lut"].options


# ---- ML Programs

def test_programs_are_evaluated_in_the_precision_that_is_named(digits):
    package = DIGITS / "digits.mlpackage"
    how = {"labels": LABELS, "crop": "fill"}
    plain = goldilocks.evaluate(package, IMAGES, **how)
    typed = goldilocks.evaluate(package, IMAGES, precision="as_typed", **how)
    assert (plain.precision, typed.precision) == ("", "as_typed")
    assert abs(plain.accuracy - typed.accuracy) < 0.02
    both = goldilocks.compare(package, package, IMAGES, labels=LABELS, precision=("float32", "as_typed"))
    figures = {figure.metric: figure.value for figure in both.figures}
    assert figures["top1_agreement"] > 0.98
    with pytest.raises(goldilocks.UsageError, match="the model has no function 'mian'; did you mean 'main'"):
        goldilocks.evaluate(package, IMAGES, function_name="mian", **how)
    with pytest.raises(goldilocks.UsageError, match="precision: expected one of as_typed, float32, not 'half'"):
        goldilocks.evaluate(package, IMAGES, precision="half", **how)
    with pytest.raises(goldilocks.UnreadableError, match="has no output 'scores'"):
        goldilocks.evaluate(package, IMAGES, output="scores", **how)


def test_tokens_and_sequences_are_of_files(digits, digit_images):
    with pytest.raises(goldilocks.UsageError, match="next_token and sequences are for datasets in files"):
        goldilocks.compare(digits, digits, list(digit_images[:2]), next_token="image")
