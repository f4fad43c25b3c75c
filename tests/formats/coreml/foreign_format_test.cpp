// The first bytes of real files of other formats, as their programs write them; and models that are damaged, which are
// none of these.
#include "core/formats/coreml/foreign_format.hpp"

#include <random>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::model {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal_of(std::string_view bytes) {
  try {
    parse_model(std::as_bytes(std::span(bytes)), "m");
  } catch (const ModelError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::string padded(std::string head, std::size_t size) {
  head.resize(size, '\0');
  return head;
}

std::string little_classifier() {
  return serialize_model(testing::ModelBuilder(3)
                             .image_input("image", 4, 4)
                             .convolution("conv", 3, 2)
                             .global_pooling("pool")
                             .softmax("probabilities")
                             .classifier({"a", "b"})
                             .build());
}

TEST(ForeignFormat, OnnxOfSeveralExporters) {
  EXPECT_THAT(refusal_of("\x08\x07\x12\x07pytorch\x1A\x06"
                         "1.13.1:\xC6\x9D\x01\n\x8F\x01\n"s),
              HasSubstr("an ONNX model"));
  EXPECT_THAT(refusal_of("\x08\x08\x12\x08skl2onnx\x1A\x06"
                         "1.14.0\"\x07"
                         "ai.onnx(\x00"
                         "2\x00:\xF4\x16"s),
              HasSubstr("an ONNX model"));
  EXPECT_THAT(refusal_of("\x08\x08\x12\x07tf2onnx\x1A\x0C"
                         "1.13.0 2c1db5:\xDC\x0F"s),
              HasSubstr("an ONNX model"));
  // Without a producer: the graph at once, or an empty name before it.
  EXPECT_THAT(refusal_of("\x08\x0A:\x0C\n\x04node\x12\x04main"
                         "B\x04\n\x00\x10\x15"s),
              HasSubstr("an ONNX model"));
  // A producer's name that reads as a field of another message, too, as in ONNX's own examples.
  EXPECT_THAT(refusal_of("\x08\x03\x12\x0C"
                         "backend-test:\x10\n\x0E\n\x01x\x12\x01y\"\x04ReluB\x04\n\x00\x10\x09"s),
              HasSubstr("an ONNX model"));
  EXPECT_THAT(refusal_of("\x08\x03\x12\x0C"
                         "backend-test:\x40\n\x0E"s),
              HasSubstr("an ONNX model"));
  EXPECT_THAT(refusal_of("\x08\x03\x12\x00:\x40\n\x02xx"s), HasSubstr("an ONNX model"));
  EXPECT_THAT(
      refusal_of("<\n   ir_version: 8,\n   opset_import: [\"\" : 17]\n>\nagraph (float[N] x) => (float[N] y) {}\n"),
      HasSubstr("not a Core ML model"));
}

TEST(ForeignFormat, OtherProtobufModels) {
  // saved_model.pb: version 1, then a meta graph of some operations and the graph.
  EXPECT_THAT(refusal_of("\x08\x01\x12\x12\n\x06\x12\x04\n\x02\x08\x01\x12\x08\n\x06\n\x01x\x12\x01y"s),
              HasSubstr("a TensorFlow SavedModel"));
  EXPECT_THAT(refusal_of("\n\x14\n\x05input\x12\x0BPlaceholder\n\x0C\n\x01w\x12\x05"
                         "Const*\x00"s),
              HasSubstr("a TensorFlow graph"));
  EXPECT_THAT(refusal_of("\n\x05LeNet\xA2\x06\x0E\n\x04"
                         "data\x12\x04"
                         "Data\xFA\x01\x00"s),
              HasSubstr("a Caffe model"));
}

TEST(ForeignFormat, ModelsWithASignature) {
  EXPECT_THAT(refusal_of(padded("\x1C\x00\x00\x00TFL3\x14\x00\x20\x00"s, 64)), HasSubstr("TensorFlow Lite"));
  EXPECT_THAT(refusal_of(padded("\x89HDF\r\n\x1A\n\x00\x00\x00\x00\x00\x08\x08\x00"s, 96)), HasSubstr("HDF5"));
  EXPECT_THAT(refusal_of(padded("GGUF\x03\x00\x00\x00\x23\x01\x00\x00"s, 64)), HasSubstr("GGUF"));
  EXPECT_THAT(refusal_of("\x80\x02\x8A\x0Al\xFC\x9C"
                         "F\xF9 j\xA8P\x19.\x80\x02M\xE9\x03."s),
              HasSubstr("pickle"));
  EXPECT_THAT(refusal_of("\x80\x03"
                         "csklearn.svm._classes\nSVC\n"s),
              HasSubstr("pickle"));
  EXPECT_THAT(refusal_of("\x80\x04\x95\x1F\x02\x00\x00\x00\x00\x00\x00\x8C\x0Fsklearn.svm"s), HasSubstr("pickle"));
  EXPECT_THAT(refusal_of("\x80\x05\x95\x1F\x02\x00\x00\x00\x00\x00\x00}\x94"s), HasSubstr("pickle"));
  EXPECT_THAT(refusal_of("(dp0\nS'weights'\np1\n"), HasSubstr("pickle"));
  EXPECT_THAT(refusal_of("ccollections\nOrderedDict\np0\n(tRp1\n"), HasSubstr("pickle"));
  EXPECT_THAT(refusal_of("\x60\x00\x00\x00\x00\x00\x00\x00{\"weight\":{\"dtype\":\"F32\",\"shape\":[4]"s),
              HasSubstr("safetensors"));
  EXPECT_THAT(refusal_of("{\x00\x00\x00\x00\x00\x00\x00{\"__metadata__\":{\"format\":\"pt\"}}"s),
              HasSubstr("safetensors"));
  EXPECT_THAT(refusal_of(padded("\x05\x00\x00\x00\x02\x00\x00\x00"s, 64) + "\xEF\xBE\xAD\xDE\x01\x00\x00\x00"),
              HasSubstr("weight.bin"));
  EXPECT_THAT(refusal_of("bplist00\xD4\x01\x02"), HasSubstr(".mlmodelc"));
}

TEST(ForeignFormat, Archives) {
  const auto zip = [](const std::string& member) {
    std::string head = "PK\x03\x04\x14\x00\x00\x00\x08\x00"s;
    head.append(16, '\x21');
    head += static_cast<char>(member.size());
    head.append(3, '\0');
    head += member;
    return head + "content";
  };
  EXPECT_THAT(refusal_of("PK\x03\x04\x14\x00\x00"s), HasSubstr("a zip archive"));
  EXPECT_THAT(refusal_of(zip("archive/data.pkl")), HasSubstr("a zip archive of PyTorch"));
  EXPECT_THAT(refusal_of(zip("Food.mlpackage/Manifest.json")), HasSubstr("a zip archive of an .mlpackage"));
  EXPECT_THAT(refusal_of(zip("metadata.json")), HasSubstr("a zip archive ("));
  EXPECT_THAT(refusal_of("\x1F\x8B\x08\x08\xC4\x9F\x21\x65\x00\x03"
                         "food.mlmodel\x00"s),
              HasSubstr("gzip-compressed"));
  EXPECT_THAT(refusal_of("\xFD\x37zXZ\x00\x00\x04"s), HasSubstr("xz-compressed"));
  EXPECT_THAT(refusal_of(padded("food.mlmodel", 257) + "ustar\x00"
                                                       "00"s),
              HasSubstr("a tar archive"));
}

TEST(ForeignFormat, Text) {
  EXPECT_THAT(refusal_of("ir_version: 7\nproducer_name: \"pytorch\"\ngraph {\n  node {\n"), HasSubstr("protobuf text"));
  EXPECT_THAT(refusal_of("name: \"LeNet\"\nlayer {\n  name: \"data\"\n}\n"), HasSubstr("protobuf text"));
  EXPECT_THAT(refusal_of("node {\n  name: \"input\"\n  op: \"Placeholder\"\n}\n"), HasSubstr("protobuf text"));
  EXPECT_THAT(refusal_of("specificationVersion: 1\ndescription {\n  input {\n"), HasSubstr("protobuf text"));
  EXPECT_THAT(refusal_of("name: food\nstages:\n  - load:\n      model: food.mlmodel\n"), HasSubstr("but text"));
  EXPECT_THAT(refusal_of("\n\n<!DOCTYPE html>\n<html lang=\"en\">\n"), HasSubstr("an HTML page"));
  EXPECT_THAT(refusal_of("<HTML><HEAD><TITLE>403 Forbidden</TITLE>"), HasSubstr("an HTML page"));
  EXPECT_THAT(refusal_of("\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code>"), HasSubstr("XML"));
  EXPECT_THAT(refusal_of("{\n  \"message\": \"Bad credentials\"\n}"), HasSubstr("JSON"));
  EXPECT_THAT(
      refusal_of("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1"
                 "258daaa5e2ca24d17e2393\nsize 12345\n"),
      HasSubstr("git lfs pull"));
  EXPECT_THAT(refusal_of("Entry not found"), HasSubstr("but text"));
}

TEST(ForeignFormat, ACutModelIsAModel) {
  const std::string bytes = little_classifier();
  const std::string type_field = "\x9A\x19";  // of a classifier, 403
  const std::size_t begin = bytes.find(type_field);
  ASSERT_NE(begin, std::string::npos);
  EXPECT_EQ(refusal_of(bytes.substr(0, bytes.size() - 1)),
            fmt::format("m: a Core ML model that is truncated or damaged: the part that begins at byte {} needs 1 byte "
                        "more than the file has",
                        begin));
  EXPECT_THAT(refusal_of(bytes.substr(0, bytes.size() - 50)),
              HasSubstr(fmt::format("byte {} needs 50 bytes more", begin)));
  EXPECT_THAT(refusal_of(bytes.substr(0, bytes.size() / 2)), HasSubstr("truncated or damaged: the part"));
  EXPECT_EQ(refusal_of(bytes.substr(0, begin)), "m: a Core ML model that is truncated: no type of model is set");
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    EXPECT_THAT(refusal_of(bytes.substr(0, length)), HasSubstr("truncated")) << length;
  }
}

TEST(ForeignFormat, AModelWithSomethingBehindItIsDamagedThere) {
  const std::string bytes = little_classifier();
  for (const char extra : {'\x00', '\n', 'x', '\xFF'}) {
    EXPECT_EQ(refusal_of(bytes + extra),
              fmt::format("m: a Core ML model that is truncated or damaged: nothing of a model begins at byte {} of {}",
                          bytes.size(), bytes.size() + 1));
  }
}

TEST(ForeignFormat, DamageInsideIsFoundToSomeBytes) {
  const std::string bytes = little_classifier();
  std::string damaged = bytes;
  const std::size_t at = bytes.find("pool") - 1;  // the length of a layer's name
  damaged[at] = '\x7F';
  const std::string message = refusal_of(damaged);
  constexpr std::string_view words = "its bytes make no sense near byte ";
  ASSERT_THAT(message, HasSubstr(words));
  const std::size_t near = std::stoul(message.substr(message.find(words) + words.size()));
  EXPECT_GE(near, at);
  EXPECT_LE(near, at + 127 + 40);
}

TEST(ForeignFormat, NoDamageMakesAnotherFormatOfAModel) {
  const std::string whole = little_classifier();
  std::mt19937 random(71);
  int damaged = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = whole;
    for (unsigned i = 0; i <= random() % 3; ++i) bytes[2 + random() % (bytes.size() - 2)] = static_cast<char>(random());
    if (random() % 2 == 0) bytes.resize(2 + random() % bytes.size());
    const std::string message = refusal_of(bytes);
    if (message == "nothing was thrown") continue;
    EXPECT_THAT(message, Not(HasSubstr("not a Core ML model but"))) << round;
    damaged += message.find("damaged") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(damaged, 1000);
}

}  // namespace
}  // namespace goldilocks::model
