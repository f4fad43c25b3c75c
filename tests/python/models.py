"""Small models, put together from the format's messages."""
import numpy as np
from coreml import feature_types_pb2, model_pb2

Array = feature_types_pb2.ArrayFeatureType
Image = feature_types_pb2.ImageFeatureType


def array_feature(feature, name, shape, kind=Array.FLOAT32, description=""):
    feature.name, feature.shortDescription = name, description
    feature.type.multiArrayType.shape.extend(shape)
    feature.type.multiArrayType.dataType = kind


def image_feature(feature, name, width, height, space):
    feature.name = name
    feature.type.imageType.width, feature.type.imageType.height = width, height
    feature.type.imageType.colorSpace = space


def network(version=4):
    model = model_pb2.Model(specificationVersion=version)
    model.neuralNetwork.arrayInputShapeMapping = 1  # exact
    return model


def linear(model, alpha=2.0, beta=1.0, source="x", result="y"):
    layer = model.neuralNetwork.layers.add(name=result, input=[source], output=[result])
    layer.activation.linear.alpha, layer.activation.linear.beta = alpha, beta
    return model


def arrays(shape=(2, 3), kind=Array.FLOAT32, out=Array.FLOAT32):
    """y = 2 x + 1"""
    model = network(7)
    array_feature(model.description.input.add(), "x", shape, kind, "what goes in")
    array_feature(model.description.output.add(), "y", shape, out, "twice as much, and one")
    metadata = model.description.metadata
    metadata.shortDescription, metadata.author, metadata.versionString = "A line", "Nobody", "1.2"
    metadata.license = "None"
    metadata.userDefined["colour"] = "blue"
    return linear(model)


def images(space=Image.RGB):
    """Each pixel as it is."""
    model = model_pb2.Model(specificationVersion=7 if space == Image.GRAYSCALE_FLOAT16 else 4)
    model.neuralNetwork.imageInputShapeMapping = 1
    image_feature(model.description.input.add(), "x", 3, 2, space)
    image_feature(model.description.output.add(), "y", 3, 2, space)
    return linear(model, 1.0, 0.0)


def vectorizer():
    """A dictionary of text to an array by the keys a, b."""
    model = model_pb2.Model(specificationVersion=1)
    feature = model.description.input.add(name="x")
    feature.type.dictionaryType.stringKeyType.SetInParent()
    array_feature(model.description.output.add(), "y", (2,), Array.DOUBLE)
    model.dictVectorizer.stringToIndex.vector.extend(["a", "b"])
    return model


def one_hot(texts=True):
    """A text (or whole number) to the array of its place among the categories."""
    model = model_pb2.Model(specificationVersion=1)
    feature = model.description.input.add(name="x")
    array_feature(model.description.output.add(), "y", (2,), Array.DOUBLE)
    if texts:
        feature.type.stringType.SetInParent()
        model.oneHotEncoder.stringCategories.vector.extend(["red", "blue"])
    else:
        feature.type.int64Type.SetInParent()
        model.oneHotEncoder.int64Categories.vector.extend([3, 5])
    return model


def recurrent():
    """h' = x + h, by a layer that adds up what it is given; h is its state."""
    model = model_pb2.Model(specificationVersion=1)
    array_feature(model.description.input.add(), "x", (1,))
    array_feature(model.description.input.add(), "h_in", (1,))
    model.description.input[1].type.isOptional = True
    array_feature(model.description.output.add(), "y", (1,))
    array_feature(model.description.output.add(), "h_out", (1,))
    layer = model.neuralNetwork.layers.add(name="rnn", input=["x", "h_in"], output=["y", "h_out"])
    rnn = layer.simpleRecurrent
    rnn.inputVectorSize = rnn.outputVectorSize = 1
    rnn.activation.linear.alpha = 1
    rnn.weightMatrix.floatValue.append(1)
    rnn.recursionMatrix.floatValue.append(1)
    return model


def dense(values, labels=("a", "b", "c")):
    """A classifier: one inner product of `values` [labels, inputs]."""
    values = np.asarray(values, np.float32)
    model = model_pb2.Model(specificationVersion=4)
    array_feature(model.description.input.add(), "x", (values.shape[1],))
    out = model.description.output.add(name="label")
    out.type.stringType.SetInParent()
    out = model.description.output.add(name="scores")
    out.type.dictionaryType.stringKeyType.SetInParent()
    model.description.predictedFeatureName = "label"
    model.description.predictedProbabilitiesName = "scores"
    network = model.neuralNetworkClassifier
    network.arrayInputShapeMapping = 1
    network.stringClassLabels.vector.extend(labels)
    layer = network.layers.add(name="dense", input=["x"], output=["out"]).innerProduct
    layer.outputChannels, layer.inputChannels = values.shape
    layer.weights.floatValue.extend(values.ravel())
    return model
