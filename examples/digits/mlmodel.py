"""Writes the network as a Core ML classifier, and reads such a file back: a second, independent account of its layers.

The messages come from the project's own proto/coreml, compiled by protoc when this module is imported.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PROTO = Path(__file__).resolve().parents[2] / "proto"
_generated = tempfile.TemporaryDirectory()
subprocess.run(["protoc", f"-I{PROTO}", f"--python_out={_generated.name}", *sorted(PROTO.glob("coreml/*.proto"))],
               check=True)
sys.path.insert(0, _generated.name)
from coreml import feature_types_pb2, model_pb2  # noqa: E402

LABELS = [str(digit) for digit in range(10)]
CHANNEL_SCALE, GRAY_BIAS = 2 / 255, -1.0  # 0..255 becomes -1..1


def write(path, network):
    """Writes the layers of `network`, in their order, with the preprocessing before them and a softmax behind."""
    model = model_pb2.Model(specificationVersion=1)
    describe(model.description)
    classifier = model.neuralNetworkClassifier
    classifier.stringClassLabels.vector.extend(LABELS)
    classifier.labelProbabilityLayerName = "softmax"
    scaler = classifier.preprocessing.add(featureName="image").scaler
    scaler.channelScale, scaler.grayBias = CHANNEL_SCALE, GRAY_BIAS

    blob, counts = "image", {}

    def add(kind):
        nonlocal blob
        counts[kind] = counts.get(kind, 0) + 1
        name = kind if kind in ("flatten", "softmax") else f"{kind}{counts[kind]}"
        layer = classifier.layers.add(name=name, input=[blob], output=[name])
        blob = name
        return layer

    for layer in network:
        kind = type(layer).__name__
        if kind == "Convolution":
            out = add("convolution").convolution
            (weights,) = layer.parameters
            out.outputChannels, out.kernelChannels, out.nGroups = weights.shape[0], weights.shape[1], 1
            out.kernelSize.extend([3, 3])
            out.stride.extend([1, 1])
            out.dilationFactor.extend([1, 1])
            out.same.SetInParent()
            out.weights.floatValue.extend(weights.ravel())
        elif kind == "BatchNorm":
            out = add("batchnorm").batchnorm
            gamma, beta = layer.parameters
            out.channels, out.epsilon = len(gamma), layer.EPSILON
            for field, values in (("gamma", gamma), ("beta", beta), ("mean", layer.mean), ("variance", layer.variance)):
                getattr(out, field).floatValue.extend(values)
        elif kind == "Relu":
            add("relu").activation.ReLU.SetInParent()
        elif kind == "MaxPool":
            out = add("pool").pooling
            out.type = out.MAX
            out.kernelSize.extend([2, 2])
            out.stride.extend([2, 2])
            out.valid.SetInParent()
        elif kind == "InnerProduct":
            if "flatten" not in counts:
                add("flatten").flatten.SetInParent()
            out = add("inner_product").innerProduct
            weights, bias = layer.parameters
            out.outputChannels, out.inputChannels, out.hasBias = *weights.shape, True
            out.weights.floatValue.extend(weights.ravel())
            out.bias.floatValue.extend(bias)
    add("softmax").softmax.SetInParent()
    Path(path).write_bytes(model.SerializeToString(deterministic=True))


def describe(description):
    image = description.input.add(name="image", shortDescription="A handwritten digit: white ink on black.")
    image.type.imageType.width = image.type.imageType.height = 8
    image.type.imageType.colorSpace = feature_types_pb2.ImageFeatureType.GRAYSCALE
    digit = description.output.add(name="digit", shortDescription="The most likely digit.")
    digit.type.stringType.SetInParent()
    probabilities = description.output.add(name="probabilities", shortDescription="The probability of each digit.")
    probabilities.type.dictionaryType.stringKeyType.SetInParent()
    description.predictedFeatureName, description.predictedProbabilitiesName = "digit", "probabilities"
    description.metadata.shortDescription = "Reads a handwritten digit of 8 by 8 pixels."
    description.metadata.author = "The Goldilocks contributors"
    description.metadata.license = ("Apache-2.0; trained on the UCI handwritten digits (E. Alpaydin, C. Kaynak), "
                                    "CC BY 4.0")


def predict(path, images):
    """The probabilities [N, 10] that the model file gives for uint8 images [N, 8, 8], computed in float64 from the
    file alone, with the meaning that Core ML gives to each layer."""
    model = model_pb2.Model.FromString(Path(path).read_bytes())
    scaler = model.neuralNetworkClassifier.preprocessing[0].scaler
    x = images[:, None].astype(np.float64) * scaler.channelScale + scaler.grayBias
    for layer in model.neuralNetworkClassifier.layers:
        kind = layer.WhichOneof("layer")
        p = getattr(layer, kind)
        if kind == "convolution":
            weights = np.reshape(p.weights.floatValue, (p.outputChannels, p.kernelChannels, *p.kernelSize))
            padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
            x = sum(np.einsum("oi,nihw->nohw", weights[:, :, i, j], padded[:, :, i:i + x.shape[2], j:j + x.shape[3]])
                    for i in range(3) for j in range(3))
        elif kind == "batchnorm":
            gamma, beta, mean, variance = (np.array(v.floatValue)[:, None, None]
                                           for v in (p.gamma, p.beta, p.mean, p.variance))
            x = gamma * (x - mean) / np.sqrt(variance + p.epsilon) + beta
        elif kind == "activation":
            x = np.maximum(x, 0)
        elif kind == "pooling":
            x = np.maximum.reduce([x[:, :, i::2, j::2] for i in range(2) for j in range(2)])
        elif kind == "flatten":
            x = x.reshape(len(x), -1)
        elif kind == "innerProduct":
            x = x @ np.reshape(p.weights.floatValue, (p.outputChannels, p.inputChannels)).T + p.bias.floatValue
        elif kind == "softmax":
            x = np.exp(x - x.max(1, keepdims=True))
            x /= x.sum(1, keepdims=True)
    return x
