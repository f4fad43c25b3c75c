"""Packs the UCI handwritten digits, as Debian's python3-sklearn ships them, into train/ and test/.

Each of the two folders gets images.npy (uint8 [N, 8, 8], 0 is paper and 255 is ink) and labels.npy (uint8 [N]). The
source counts 0..16 inked dots per pixel; that is spread over 0..255, rounding halves up, so that the images are
ordinary gray ones. The split is fixed by a seed: 60 images of each digit are for testing, the others for training.
"""
import gzip
from pathlib import Path

import numpy as np

SOURCE = "/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz"
TEST_IMAGES_PER_DIGIT = 60
SEED = 1998  # the year of the data set


def main():
    with gzip.open(SOURCE, "rt") as lines:
        table = np.loadtxt(lines, delimiter=",").astype(np.int64)
    dots, labels = table[:, :64], table[:, 64].astype(np.uint8)
    images = ((dots * 255 + 8) // 16).astype(np.uint8).reshape(-1, 8, 8)

    random = np.random.default_rng(SEED)
    is_test = np.zeros(len(labels), dtype=bool)
    for digit in range(10):
        is_test[random.permutation(np.flatnonzero(labels == digit))[:TEST_IMAGES_PER_DIGIT]] = True

    for name, chosen in (("train", ~is_test), ("test", is_test)):
        folder = Path(__file__).parent / name
        folder.mkdir(exist_ok=True)
        np.save(folder / "images.npy", images[chosen])
        np.save(folder / "labels.npy", labels[chosen])
        print(f"{name}: {chosen.sum()} images, per digit {np.bincount(labels[chosen]).tolist()}")


if __name__ == "__main__":
    main()
