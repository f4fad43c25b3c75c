"""Writes the network as an ML Program: a package for iOS 15 and later, in float16, with batch norms folded.

It has the form that coremltools gives to a network: constants are operations of their own, those of more than ten
values lie in weight.bin, the image is scaled in float32, and the probabilities are float32 again before `classify`.
"""
import hashlib
import json
import shutil
import struct
import uuid
from pathlib import Path

import numpy as np

import mlmodel
from mlmodel import CHANNEL_SCALE, GRAY_BIAS, LABELS, model_pb2
from coreml import mil_pb2 as mil  # compiled when mlmodel was imported

AUTHOR = "com.apple.CoreML"
WEIGHTS = "@model_path/weights/weight.bin"
TYPES = {np.dtype(np.float16): mil.FLOAT16, np.dtype(np.float32): mil.FLOAT32, np.dtype(np.int32): mil.INT32,
         np.dtype(bool): mil.BOOL}
MOST_VALUES_IN_PLACE = 10


def set_tensor_type(value_type, data_type, shape=()):
    tensor = value_type.tensorType
    tensor.dataType = data_type
    if shape:
        tensor.rank = len(shape)
    for size in shape:
        tensor.dimensions.add().constant.size = size


def set_text(value, text):
    set_tensor_type(value.type, mil.STRING)
    value.immediateValue.tensor.strings.values.append(text)


class WeightFile:
    """A storage file of version 2, which has float16 blobs alone: each behind 64 bytes that say what it is."""

    def __init__(self):
        self.content, self.count = bytearray(64), 0

    def add(self, values):
        self.content += bytes(-len(self.content) % 64)
        place, size = len(self.content), values.nbytes
        self.content += struct.pack("<IIQQQ32x", 0xDEADBEEF, 1, size, place + 64, 0) + values.tobytes()
        self.count += 1
        return place

    def bytes(self):
        struct.pack_into("<II", self.content, 0, self.count, 2)
        return bytes(self.content)


class Writer:
    """Adds operations to a block, each after its constants."""

    def __init__(self, block, weights):
        self.block, self.weights = block, weights

    def operation(self, kind, name):
        operation = self.block.operations.add(type=kind)
        set_text(operation.attributes["name"], name)
        return operation

    def constant(self, name, value):
        operation = self.operation("const", name)
        output, content = operation.outputs.add(name=name), operation.attributes["val"]
        if isinstance(value, str):
            set_text(content, value)
            set_tensor_type(output.type, mil.STRING)
            return name
        array = np.asarray(value)
        array = array.astype(np.int32) if array.dtype == np.int64 else array
        for value_type in (output.type, content.type):
            set_tensor_type(value_type, TYPES[array.dtype], array.shape)
        tensor = content.immediateValue.tensor
        if array.size > MOST_VALUES_IN_PLACE:
            content.blobFileValue.fileName, content.blobFileValue.offset = WEIGHTS, self.weights.add(array)
        elif array.dtype == np.float16:
            tensor.bytes.values = array.tobytes()
        else:
            {np.dtype(np.float32): tensor.floats, np.dtype(np.int32): tensor.ints,
             np.dtype(bool): tensor.bools}[array.dtype].values.extend(array.ravel().tolist())
        return name

    def add(self, kind, name, x, result_shape, data_type=mil.FLOAT16, **parameters):
        """Returns the name of the result of one operation on x; the parameters become constants."""
        given = {key: self.constant(f"{name}_{key}_0", value) for key, value in parameters.items()}
        operation = self.operation(kind, name)
        for key, value in {"x": x, **given}.items():
            operation.inputs[key].arguments.add(name=value)
        set_tensor_type(operation.outputs.add(name=name).type, data_type, result_shape)
        return name

    def classify(self, probabilities):
        operation = self.operation("classify", "classify")
        operation.inputs["probabilities"].arguments.add(name=probabilities)
        classes = operation.inputs["classes"].arguments.add().value
        listed = classes.type.listType
        set_tensor_type(listed.type, mil.STRING)
        listed.length.constant.size = len(LABELS)
        for label in LABELS:
            set_text(classes.immediateValue.list.values.add(), label)
        set_tensor_type(operation.outputs.add(name="digit").type, mil.STRING)
        answer = operation.outputs.add(name="probabilities").type.dictionaryType
        set_tensor_type(answer.keyType, mil.STRING)
        set_tensor_type(answer.valueType, mil.FLOAT64)


def folded(convolution, norm):
    """Weights and bias of both together, in float16."""
    (weights,), (gamma, beta) = convolution.parameters, norm.parameters
    scale = gamma.astype(np.float64) / np.sqrt(norm.variance.astype(np.float64) + norm.EPSILON)
    bias = beta - norm.mean * scale
    return (weights * scale[:, None, None, None]).astype(np.float16), bias.astype(np.float16)


def add_layers(writer, network, x):
    """The layers from float16 images [1, 1, 8, 8] to float16 scores; returns their name."""
    channels, size, counts = 1, 8, {}
    is_flat = False

    def named(kind):
        counts[kind] = counts.get(kind, 0) + 1
        return f"{kind}{counts[kind]}"

    for layer, following in zip(network, [*network[1:], None]):
        kind = type(layer).__name__
        shape = [1, channels] if is_flat else [1, channels, size, size]
        if kind == "Convolution":
            weights, bias = folded(layer, following)
            channels = len(weights)
            x = writer.add("conv", named("convolution"), x, [1, channels, size, size], weight=weights, bias=bias,
                           strides=[1, 1], pad_type="same", pad=[0, 0, 0, 0], dilations=[1, 1], groups=1)
        elif kind == "Relu":
            x = writer.add("relu", named("relu"), x, shape)
        elif kind == "MaxPool":
            size //= 2
            x = writer.add("max_pool", named("pool"), x, [1, channels, size, size], kernel_sizes=[2, 2], strides=[2, 2],
                           pad_type="valid", pad=[0, 0, 0, 0], ceil_mode=False)
        elif kind == "InnerProduct":
            weights, bias = (parameter.astype(np.float16) for parameter in layer.parameters)
            if not is_flat:
                x = writer.add("reshape", "flatten", x, [1, weights.shape[1]], shape=[1, weights.shape[1]])
                is_flat = True
            channels = len(weights)
            x = writer.add("linear", named("inner_product"), x, [1, channels], weight=weights, bias=bias)
    return x


def write(folder, network):
    """Writes the package in place of what is at `folder`."""
    model = model_pb2.Model(specificationVersion=6)
    mlmodel.describe(model.description)
    model.mlProgram.version = 1
    function = model.mlProgram.functions["main"]
    function.opset = "CoreML5"
    image = [1, 1, 8, 8]
    set_tensor_type(function.inputs.add(name="image").type, mil.FLOAT32, image)
    weights = WeightFile()
    writer = Writer(function.block_specializations["CoreML5"], weights)
    x = writer.add("mul", "image__scaled__", "image", image, mil.FLOAT32, y=np.float32(CHANNEL_SCALE))
    x = writer.add("add", "image__biased__", x, image, mil.FLOAT32, y=np.float32(GRAY_BIAS))
    x = writer.add("cast", "image_to_fp16", x, image, dtype="fp16")
    x = add_layers(writer, network, x)
    x = writer.add("softmax", "softmax", x, [1, len(LABELS)], axis=-1)
    x = writer.add("cast", "softmax_to_fp32", x, [1, len(LABELS)], mil.FLOAT32, dtype="fp32")
    writer.classify(x)
    writer.block.outputs.extend(["digit", "probabilities"])

    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    inside = folder / "Data" / AUTHOR
    (inside / "weights").mkdir(parents=True)
    content = model.SerializeToString(deterministic=True)
    (inside / "model.mlmodel").write_bytes(content)
    (inside / "weights" / "weight.bin").write_bytes(weights.bytes())
    (folder / "Manifest.json").write_text(manifest(content + weights.bytes()))


def manifest(content):
    """Identifiers are opaque; here they follow from the content, so that the same network gives the same files."""
    def identifier(item):
        return str(uuid.UUID(bytes=hashlib.sha256(item.encode() + content).digest()[:16], version=4)).upper()

    def entry(name, description):
        return {"author": AUTHOR, "description": description, "name": name, "path": f"{AUTHOR}/{name}"}

    model = identifier("model")
    entries = {model: entry("model.mlmodel", "CoreML Model Specification"),
               identifier("weights"): entry("weights", "CoreML Model Weights")}
    return json.dumps({"fileFormatVersion": "1.0.0", "itemInfoEntries": entries, "rootModelIdentifier": model},
                      indent=4, sort_keys=True) + "\n"
