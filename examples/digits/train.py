"""Trains the network on train/, writes digits.mlmodel and digits.mlpackage, and says how well the former reads test/.

The recipe (sizes, epochs, rates) was chosen by five-fold cross-validation on train/ alone, which `--folds 5` repeats;
test/ took part in nothing but the last line that this prints. Takes about a minute on one core.
"""
import argparse
from pathlib import Path

import numpy as np

import mlmodel
import mlprogram
from layers import BatchNorm, Convolution, InnerProduct, MaxPool, Relu

FOLDER = Path(__file__).parent
SEED = 7
EPOCHS, BATCH = 60, 64
LEARNING_RATE, WEIGHT_DECAY = 3e-3, 0.05  # Adam's, with decay apart from the gradient; the rate falls by a cosine
SHIFTED = 0.7  # this share of the images of a batch is moved by up to one pixel each way


def build(random):
    return [Convolution(1, 32, random), BatchNorm(32), Relu(), MaxPool(),
            Convolution(32, 64, random), BatchNorm(64), Relu(), MaxPool(),
            InnerProduct(64 * 2 * 2, 64, random), Relu(), InnerProduct(64, 10, random)]


def forward(network, x, training=False):
    for layer in network:
        x = layer.forward(x, training)
    return x


def softmax(scores):
    x = np.exp(scores - scores.max(1, keepdims=True))
    return x / x.sum(1, keepdims=True)


def shift(images, random):
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-1)
    moved = random.random(len(images)) < SHIFTED
    tops, lefts = np.where(moved, random.integers(0, 3, (2, len(images))), 1)
    return np.stack([image[:, top:top + 8, left:left + 8] for image, top, left in zip(padded, tops, lefts)])


class Adam:
    def __init__(self, network, steps):
        self.places = [(layer, i) for layer in network for i in range(len(layer.parameters))]
        self.first = [np.zeros_like(layer.parameters[i]) for layer, i in self.places]
        self.second = [np.zeros_like(layer.parameters[i]) for layer, i in self.places]
        self.steps, self.step = steps, 0

    def update(self):
        self.step += 1
        rate = LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * self.step / self.steps))
        for (layer, i), first, second in zip(self.places, self.first, self.second):
            parameter, gradient = layer.parameters[i], layer.gradients[i]
            first += 0.1 * (gradient - first)
            second += 0.01 * (gradient * gradient - second)
            move = (first / (1 - 0.9**self.step)) / (np.sqrt(second / (1 - 0.99**self.step)) + 1e-8)
            if parameter.ndim > 1:
                move = move + WEIGHT_DECAY * parameter
            parameter -= (rate * move).astype(np.float32)


def train(images, labels):
    random = np.random.default_rng(SEED)
    network = build(random)
    batches = len(images) // BATCH
    adam = Adam(network, EPOCHS * batches)
    for _ in range(EPOCHS):
        order = random.permutation(len(images))
        for chosen in order[:batches * BATCH].reshape(batches, BATCH):
            gradient = softmax(forward(network, shift(images[chosen], random), training=True))
            gradient[np.arange(BATCH), labels[chosen]] -= 1
            gradient /= BATCH
            for layer in reversed(network):
                gradient = layer.backward(gradient)
            adam.update()
    forward(network, images, training=True)  # the batch norms keep the statistics of all images, none shifted
    return network


def scaled(images):
    return images[:, None] * np.float32(mlmodel.CHANNEL_SCALE) + np.float32(mlmodel.GRAY_BIAS)


def cross_validate(images, labels, folds):
    fold = np.random.default_rng(0).permutation(len(images)) % folds
    right = 0
    for i in range(folds):
        network = train(images[fold != i], labels[fold != i])
        right += (forward(network, images[fold == i]).argmax(1) == labels[fold == i]).sum()
        print(f"fold {i + 1} of {folds} done")
    print(f"cross-validated accuracy on train/: {right / len(images):.4f}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--folds", type=int, help="cross-validate the recipe on train/ instead of writing the model")
    folds = arguments.parse_args().folds
    data = {name: (np.load(FOLDER / name / "images.npy"), np.load(FOLDER / name / "labels.npy").astype(int))
            for name in ("train", "test")}
    images, labels = data["train"]
    if folds:
        cross_validate(scaled(images), labels, folds)
        return
    network = train(scaled(images), labels)
    path = FOLDER / "digits.mlmodel"
    mlmodel.write(path, network)
    mlprogram.write(FOLDER / "digits.mlpackage", network)
    for name, (images, labels) in data.items():
        probabilities = mlmodel.predict(path, images)
        difference = np.abs(probabilities - softmax(forward(network, scaled(images)))).max()
        assert difference < 1e-4, f"the file computes something else than the network: off by {difference}"
        print(f"{name}: accuracy {(probabilities.argmax(1) == labels).mean():.4f} of {len(labels)} images")


if __name__ == "__main__":
    main()
