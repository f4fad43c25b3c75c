#!/usr/bin/env python3
"""Writes what shows that a dataset may be larger than the memory: many images, a small classifier, a pipeline.

    python3 bench/many_images.py FOLDER [COUNT]
    goldilocks run FOLDER/pipeline.yaml -o FOLDER/run --store FOLDER/store
    grep peakMemoryMib FOLDER/run/timing.json

The images are PNG files of 224 x 224 pixels (50,000 of them unless COUNT says otherwise; no more than 256 of a class
differ), a third in each of three classes; prepared they take 7.5 GB. The model takes the mean of each channel and multiplies it by a matrix.
"""
import os
import random
import struct
import sys
import zlib

SIDE = 224
CLASSES = ("red", "green", "blue")


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, *parts):
    content = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return varint(field << 3 | 2) + varint(len(content)) + content


def weights(values):
    return message(1, struct.pack(f"<{len(values)}f", *values))


def layer(name, before, after, kind):
    return message(1, message(1, name), message(2, before), message(3, after), kind)


def model():
    image = message(4, number(1, SIDE), number(2, SIDE), number(3, 20))
    scores = message(6, message(2))
    description = message(
        2,
        message(1, message(1, "image"), message(3, image)),
        message(10, message(1, "scores"), message(3, scores)),
        message(10, message(1, "label"), message(3, message(3))),
        message(11, "label"),
        message(12, "scores"),
    )
    pooling = message(120, number(1, 1), message(30), number(60, 1))
    matrix = [0.05 if i == k else -0.02 for i in range(3) for k in range(3)]
    product = message(140, number(1, 3), number(2, 3), message(20, weights(matrix)))
    network = message(
        403,
        layer("mean", "image", "means", pooling),
        layer("product", "means", "logits", product),
        layer("softmax", "logits", "scores", message(175)),
        message(100, *(message(1, name) for name in CLASSES)),
    )
    return number(1, 1) + description + network


def png(shade, channel, noise):
    rows = bytearray()
    for row in range(SIDE):
        pixels = bytearray(noise[row * SIDE * 3 % 4096:][: SIDE * 3])
        pixels[channel::3] = bytes([shade]) * SIDE
        rows += b"\0" + pixels

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), 1))
            + chunk(b"IEND", b""))


PIPELINE = """name: many_images
stages:
  - load: {model: model.mlmodel, dataset: {images: images}}
  - quantize:
      name: "{model}_{function}_{bits}"
      sweep: {function: [linear], bits: [8]}
  - evaluate: {backend: onednn}
"""


def main():
    folder = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 50000
    source = random.Random(1)
    noise = bytes(source.randrange(256) for _ in range(4096 + SIDE * 3))
    for channel, name in enumerate(CLASSES):
        os.makedirs(os.path.join(folder, "images", name), exist_ok=True)
        written = {}  # by shade: images of one content are links to one file
        for i in range(channel, count, len(CLASSES)):
            path = os.path.join(folder, "images", name, f"{i:05}.png")
            shade = source.randrange(256)
            if shade in written:
                os.link(written[shade], path)
                continue
            written[shade] = path
            with open(path, "wb") as file:
                file.write(png(shade, channel, noise))
    with open(os.path.join(folder, "model.mlmodel"), "wb") as file:
        file.write(model())
    with open(os.path.join(folder, "pipeline.yaml"), "w", encoding="utf-8") as file:
        file.write(PIPELINE)


if __name__ == "__main__":
    main()
