#!/usr/bin/python3
"""What a sweep over many classes costs: peak memory, and the size of results.json.

    bench/many_classes.py [--program build/release/bin/goldilocks] [--classes 1000]

makes a classifier of CLASSES classes and an image of each, runs three functions at nine widths with the evaluation and the
reports of a usual pipeline, and prints the figures. Ends with 1 where a limit is exceeded. Needs nothing but Python and the
program (`make program`).
"""
import argparse
import array
import json
import pathlib
import random
import resource
import struct
import subprocess
import sys
import tempfile
import zlib

SIDE = 8
MEGABYTE = 1e6

PIPELINE = """name: many
stages:
  - load: {model: many.mlmodel, dataset: {images: images}}
  - quantize:
      keep: always
      sweep: {function: [linear, linear_lut, kmeans_lut], bits: [16, 8, 7, 6, 5, 4, 3, 2, 1]}
  - evaluate: {backend: onednn}
  - select: {max_drop: 0.01}
  - report: [html, csv, markdown, junit, github, sqlite]
"""


# ---- a Core ML model, written field by field: proto/coreml has the numbers


def varint(number):
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def field(number, value):
    """A whole number, a text, or an encoded message or packed list."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def feature(name, kind):
    return field(1, name) + field(3, kind)


def layer(name, source, number, parameters):
    return field(1, name) + field(2, source) + field(3, name) + field(number, parameters)


def classifier(labels, rows):
    """image -> flatten -> inner product with one row of weights for each class -> softmax"""
    image = field(4, field(1, SIDE) + field(2, SIDE) + field(3, 20))
    text = field(3, b"")
    probabilities = field(6, field(2, b""))
    description = (field(1, feature("image", image)) + field(10, feature("classLabel", text)) +
                   field(10, feature("p", probabilities)) + field(11, "classLabel") + field(12, "p"))
    weights = array.array("f", (value for row in rows for value in row))
    if sys.byteorder == "big":
        weights.byteswap()
    product = field(1, len(rows[0])) + field(2, len(rows)) + field(20, field(1, weights.tobytes()))
    network = (field(1, layer("flat", "image", 301, b"")) + field(1, layer("scores", "flat", 140, product)) +
               field(1, layer("p", "scores", 175, b"")) + field(100, b"".join(field(1, label) for label in labels)))
    return field(1, 1) + field(2, description) + field(403, network)


# ---- images


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(pixels):
    """SIDE x SIDE pixels of red, green and blue."""
    rows = b"".join(b"\0" + bytes(pixels[begin:begin + 3 * SIDE]) for begin in range(0, len(pixels), 3 * SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def make_case(folder, classes):
    """Each class is an image of noise; its row of weights is that image, so that the full precision is nearly always right."""
    generator = random.Random(1)
    labels, rows = [], []
    for index in range(classes):
        pixels = [generator.randrange(256) for _ in range(3 * SIDE * SIDE)]
        labels.append(f"class number {index:05}")
        (folder / "images" / labels[-1]).mkdir(parents=True)
        (folder / "images" / labels[-1] / "image.png").write_bytes(png(pixels))
        # Flattening puts one channel behind the other.
        rows.append([(pixels[3 * at + channel] - 127.5) * 1e-5 for channel in range(3) for at in range(SIDE * SIDE)])
    (folder / "many.mlmodel").write_bytes(classifier(labels, rows))
    (folder / "many.yaml").write_text(PIPELINE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--program", type=pathlib.Path, default=root / "build/release/bin/goldilocks")
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--memory-limit", type=float, default=400, help="MB at the peak")
    parser.add_argument("--results-limit", type=float, default=10, help="MB of results.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_case(folder, options.classes)
        command = [options.program.resolve(), "run", "many.yaml", "--store", "store", "--output", "run"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             check=False)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        if run.returncode != 0:
            print(run.stdout)
            sys.exit(f"the run ended with exit code {run.returncode}")
        size = (folder / "run/results.json").stat().st_size / MEGABYTE
        results = json.loads((folder / "run/results.json").read_text())
    peak = usage.ru_maxrss * 1024 / MEGABYTE
    seconds = usage.ru_utime + usage.ru_stime - before.ru_utime - before.ru_stime
    baseline = results["variants"][0]["evaluation"]
    print(f"{options.classes} classes, {baseline['samples']} images, {len(results['variants'])} variants: "
          f"accuracy of the full precision {baseline['meanAccuracy']:.3f}")
    print(f"peak memory   {peak:8.1f} MB (limit {options.memory_limit:g})")
    print(f"results.json  {size:8.2f} MB (limit {options.results_limit:g})")
    print(f"processor     {seconds:8.1f} s")
    if peak > options.memory_limit or size > options.results_limit:
        sys.exit("a limit is exceeded")


if __name__ == "__main__":
    main()
