"""The layers of a small convolutional network, in plain numpy, each with its gradient.

Tensors are float32 [N, C, H, W], or [N, C] once flattened. A layer's forward() keeps what its backward() needs;
backward() takes the gradient of the output, stores those of the parameters in `gradients`, and returns the input's.
Shapes of parameters are Core ML's, so that they are written to the file as they are.
"""
import numpy as np


class Convolution:
    """3 x 3, stride 1, zeros outside, no bias: the batch norm behind it has one."""

    def __init__(self, inputs, outputs, random):
        deviation = np.sqrt(2 / (9 * inputs))
        self.parameters = [(random.standard_normal((outputs, inputs, 3, 3)) * deviation).astype(np.float32)]

    def forward(self, x, training):
        n, c, h, w = x.shape
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
        self.columns = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * h * w, c * 9)
        self.shape = x.shape
        weights = self.parameters[0]
        y = self.columns @ weights.reshape(len(weights), -1).T
        return y.reshape(n, h, w, -1).transpose(0, 3, 1, 2)

    def backward(self, gradient):
        n, c, h, w = self.shape
        weights = self.parameters[0]
        rows = gradient.transpose(0, 2, 3, 1).reshape(n * h * w, -1)
        self.gradients = [(rows.T @ self.columns).reshape(weights.shape)]
        columns = (rows @ weights.reshape(len(weights), -1)).reshape(n, h, w, c, 3, 3)
        padded = np.zeros((n, c, h + 2, w + 2), np.float32)
        for dy in range(3):
            for dx in range(3):
                padded[:, :, dy:dy + h, dx:dx + w] += columns[..., dy, dx].transpose(0, 3, 1, 2)
        return padded[:, :, 1:-1, 1:-1]


class BatchNorm:
    """Training uses the batch's own statistics and keeps the last ones: a last pass over all images sets them."""

    EPSILON = np.float32(1e-5)

    def __init__(self, channels):
        self.parameters = [np.ones(channels, np.float32), np.zeros(channels, np.float32)]  # gamma, beta

    def forward(self, x, training):
        if training:
            self.mean, self.variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
        gamma, beta = self.parameters
        self.inverse = 1 / np.sqrt(self.variance + self.EPSILON)
        self.normal = (x - self.mean[:, None, None]) * self.inverse[:, None, None]
        return self.normal * gamma[:, None, None] + beta[:, None, None]

    def backward(self, gradient):
        self.gradients = [(gradient * self.normal).sum((0, 2, 3)), gradient.sum((0, 2, 3))]
        count = gradient.size / gradient.shape[1]
        by_gamma, by_beta = ((g / count)[:, None, None] for g in self.gradients)
        scale = (self.parameters[0] * self.inverse)[:, None, None]
        return scale * (gradient - by_beta - self.normal * by_gamma)


class Relu:
    parameters = []

    def forward(self, x, training):
        self.positive = x > 0
        return x * self.positive

    def backward(self, gradient):
        self.gradients = []
        return gradient * self.positive


class MaxPool:
    """2 x 2, stride 2; a gradient goes to every place that holds the maximum, in equal parts."""

    parameters = []

    def forward(self, x, training):
        n, c, h, w = x.shape
        tiles = x.reshape(n, c, h // 2, 2, w // 2, 2)
        y = tiles.max((3, 5), keepdims=True)
        self.share = tiles == y
        return y[:, :, :, 0, :, 0]

    def backward(self, gradient):
        self.gradients = []
        share = self.share / self.share.sum((3, 5), keepdims=True, dtype=np.float32)
        spread = share * gradient[:, :, :, None, :, None]
        n, c, h, _, w, _ = spread.shape
        return spread.reshape(n, c, 2 * h, 2 * w)


class InnerProduct:
    """Flattens its input in the order C, H, W."""

    def __init__(self, inputs, outputs, random):
        deviation = np.sqrt(2 / inputs)
        weights = (random.standard_normal((outputs, inputs)) * deviation).astype(np.float32)
        self.parameters = [weights, np.zeros(outputs, np.float32)]

    def forward(self, x, training):
        self.shape = x.shape
        self.flat = x.reshape(len(x), -1)
        return self.flat @ self.parameters[0].T + self.parameters[1]

    def backward(self, gradient):
        self.gradients = [gradient.T @ self.flat, gradient.sum(0)]
        return (gradient @ self.parameters[0]).reshape(self.shape)
