#include "core/formats/coreml/model_file.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::model {
namespace {

using namespace std::string_view_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::unique_ptr<spec::Model> parse(std::string_view bytes) { return parse_model(std::as_bytes(std::span(bytes)), "m"); }

std::string message_of(std::string_view bytes) {
  try {
    parse(bytes);
  } catch (const ModelError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

spec::Model small_model() {
  return testing::ModelBuilder()
      .image_input("image", 4, 4)
      .convolution("conv", 3, 2)
      .global_pooling("pool")
      .softmax("probabilities")
      .classifier({"a", "b"})
      .build();
}

TEST(ModelFile, SavingAndLoadingGivesTheSameBytes) {
  const std::string bytes = serialize_model(small_model());
  EXPECT_EQ(serialize_model(*parse(bytes)), bytes);
}

TEST(ModelFile, MapsAreWrittenInTheOrderOfTheirKeys) {
  spec::Model a = small_model();
  spec::Model b = small_model();
  for (int i = 0; i < 100; ++i) {
    a.mutable_description()->mutable_metadata()->mutable_userdefined()->insert({std::to_string(i), "x"});
    b.mutable_description()->mutable_metadata()->mutable_userdefined()->insert({std::to_string(99 - i), "x"});
  }
  EXPECT_EQ(serialize_model(a), serialize_model(b));
}

TEST(ModelFile, UnknownFieldsSurvive) {
  // Field 4000 of the model, with the text "later".
  const std::string bytes = serialize_model(small_model()) + "\x82\xFA\x01\x05later";
  EXPECT_EQ(serialize_model(*parse(bytes)), bytes);
}

TEST(ModelFile, EveryReferenceModelKeepsItsBytes) {
  for (const char* name : {"food", "food_kmeans_4", "food_linear_4", "food_linear_8", "food_linear_lut_4"}) {
    GOLDILOCKS_REFERENCE_OR_SKIP(path, fmt::format("models/{}.mlmodel", name));
    EXPECT_TRUE(serialize_model(*load_model(path)) == read_file(path)) << name;
  }
}

TEST(ModelFile, EveryTruncationIsAnError) {
  const std::string bytes = serialize_model(small_model());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THAT([&] { parse(std::string_view(bytes).substr(0, length)); },
                ::testing::ThrowsMessage<ModelError>(HasSubstr(length == 0 ? "the file is empty" : "truncated")))
        << length << " of " << bytes.size();
  }
}

TEST(ModelFile, ManyTruncationsOfTheReferenceModelAreErrors) {
  GOLDILOCKS_REFERENCE_OR_SKIP(path, "models/food.mlmodel");
  const std::string bytes = read_file(path);
  for (std::size_t length = 0; length < bytes.size(); length += length < 2000 ? 1 : 37001) {
    EXPECT_THAT([&] { parse(std::string_view(bytes).substr(0, length)); },
                ::testing::ThrowsMessage<ModelError>(HasSubstr(length == 0 ? "the file is empty" : "truncated")))
        << length;
  }
}

TEST(ModelFile, DamagedBytesNeverCrash) {
  // Each byte in turn: the result is an error or some model, whose walk ends.
  const std::string bytes = serialize_model(small_model());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char value : {'\x00', '\xFF', '\x7F'}) {
      std::string damaged = bytes;
      damaged[at] = value;
      try {
        const auto model = parse(damaged);
        for_each_model(*model, [](const spec::Model& inner, const std::string&) { model_type(inner); });
      } catch (const ModelError& error) {
        EXPECT_THAT(error.what(), StartsWith("m: "));
      }
    }
  }
}

TEST(ModelFile, OtherFormatsAreNamed) {
  EXPECT_EQ(message_of(""), "m: the file is empty");
  EXPECT_THAT(message_of("PK\x03\x04rest of a zip"), HasSubstr("zip archive"));
  EXPECT_THAT(message_of("\x1F\x8B\x08"sv), HasSubstr("gzip"));
  EXPECT_THAT(message_of("  {\"a\": 1}"), HasSubstr("JSON"));
  EXPECT_THAT(message_of("<?xml version"), HasSubstr("XML"));
  EXPECT_THAT(message_of("\x1C\x00\x00\x00TFL3\x00\x00"sv), HasSubstr("TensorFlow Lite"));
  EXPECT_THAT(message_of("\x89PNG\r\n\x1A\n"), HasSubstr("PNG"));
  EXPECT_THAT(message_of("\x89HDF\r\n\x1A\n"), HasSubstr("HDF5"));
  EXPECT_THAT(message_of("\x08\x07\x12\x07pytorch\x1A\x05\x31.2.3:"sv), HasSubstr("ONNX"));
  EXPECT_THAT(message_of("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("git lfs pull"));
  EXPECT_THAT(message_of("hello, world\n"), HasSubstr("but text"));
  EXPECT_EQ(message_of("\x08\x01"), "m: not a Core ML model, or truncated: no type of model is set");
  EXPECT_EQ(message_of("\xF5\x00\xF3\x00"sv), "m: not a Core ML model, or truncated or damaged");
}

TEST(ModelFile, TheOnnxPeerIsNamed) {
  GOLDILOCKS_REFERENCE_OR_SKIP(path, "../peers/food.onnx");
  EXPECT_THAT(message_of(read_file(path)), HasSubstr("ONNX"));
}

TEST(ModelFile, ANewerVersionIsRefusedWithBothNumbers) {
  spec::Model model = small_model();
  model.set_specificationversion(newest_specification_version);
  EXPECT_NO_THROW(parse(serialize_model(model)));
  model.set_specificationversion(newest_specification_version + 1);
  EXPECT_EQ(message_of(serialize_model(model)),
            "m: specification version 11 is newer than 10, the newest that this program knows");
}

TEST(ModelFile, ATypeThatCameLaterIsReportedAsANewerVersion) {
  // Version 11 and field 4000, which may be a type of model by then.
  EXPECT_THAT(message_of("\x08\x0B\x82\xFA\x01\x00"sv), HasSubstr("specification version 11 is newer"));
}

// The bytes as a length-delimited field.
std::string as_field(unsigned number, const std::string& content) {
  std::string field;
  const auto varint = [&field](std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) field.push_back(static_cast<char>(value | 0x80));
    field.push_back(static_cast<char>(value));
  };
  varint(std::uint64_t{number} << 3 | 2);
  varint(content.size());
  field.append(content);
  return field;
}

TEST(ModelFile, DeepNestingIsAnErrorAndNoOverflow) {
  constexpr unsigned pipeline_field = 202;
  constexpr unsigned models_field = 1;
  std::string bytes = serialize_model(small_model());
  for (int depth = 0; depth < 40; ++depth) bytes = as_field(pipeline_field, as_field(models_field, bytes));
  const auto model = parse(bytes);
  EXPECT_THAT([&] { for_each_model(*model, [](const spec::Model&, const std::string&) {}); },
              ::testing::ThrowsMessage<ModelError>(HasSubstr("pipelines nest deeper than 32")));
  for (int depth = 0; depth < 2000; ++depth) bytes = as_field(pipeline_field, as_field(models_field, bytes));
  EXPECT_THAT([&] { parse(bytes); }, ::testing::ThrowsMessage<ModelError>(HasSubstr("m: not a Core ML model")));
}

TEST(ModelFile, FilesAreReadAndFoldersExplained) {
  const testing::TemporaryFolder folder;
  write_file_atomically(folder / "a.mlmodel", serialize_model(small_model()));
  EXPECT_EQ(model_type(*load_model(folder / "a.mlmodel")), "neuralNetworkClassifier");
  EXPECT_THAT([&] { load_model(folder / "missing.mlmodel"); },
              ::testing::ThrowsMessage<FileError>(HasSubstr("missing.mlmodel: can't read: No such file or directory")));
  EXPECT_THAT([&] { load_model(folder.path()); },
              ::testing::ThrowsMessage<FileError>(HasSubstr(folder.path().string() + ": ")));
  write_file_atomically(folder / "empty.mlmodel", ""sv);
  try {
    load_model(folder / "empty.mlmodel");
    FAIL() << "nothing was thrown";
  } catch (const ModelError& error) {
    EXPECT_EQ(error.what(), (folder / "empty.mlmodel").string() + ": the file is empty");
  }
  std::filesystem::create_directory(folder / "b.mlpackage");
  EXPECT_THAT([&] { load_model(folder / "b.mlpackage"); },
              ::testing::ThrowsMessage<ModelError>(HasSubstr("b.mlpackage: ")));
}

// A file without blocks of its own, so that the test takes no time: the size is all that is looked at.
TEST(ModelFile, FilesFromTwoGibibytesOnAreRefusedUnread) {
  const testing::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "large.mlmodel";
  write_file_atomically(path, serialize_model(small_model()));
  std::filesystem::resize_file(path, std::uintmax_t{1} << 31U);
  try {
    load_model(path);
    FAIL() << "nothing was thrown";
  } catch (const ModelError& error) {
    EXPECT_EQ(error.what(), path.string() + ": 2147483648 bytes are beyond the format's limit of 2 GiB");
  }
}

TEST(ModelFile, NetworksOfAllThreeKindsLookAlike) {
  spec::Model model;
  EXPECT_FALSE(network_of(model));
  EXPECT_EQ(mutable_layers(model), nullptr);
  model.mutable_neuralnetworkregressor()->add_layers()->set_name("r");
  model.mutable_neuralnetworkregressor()->set_arrayinputshapemapping(spec::EXACT_ARRAY_MAPPING);
  EXPECT_EQ(network_of(model).layers->at(0).name(), "r");
  EXPECT_EQ(network_of(model).array_mapping, spec::EXACT_ARRAY_MAPPING);
  EXPECT_EQ(mutable_layers(model), network_of(model).layers);
  model.mutable_neuralnetwork()->add_preprocessing();
  EXPECT_EQ(mutable_preprocessing(model), network_of(model).preprocessing);
}

TEST(ModelFile, VisitsTheModelsInsidePipelinesAtAnyDepth) {
  spec::Model inner = testing::pipeline_of_models({small_model(), small_model()});
  inner.mutable_pipeline()->add_names("one");
  inner.mutable_pipeline()->add_names("two");
  spec::Model outer = testing::pipeline_of_models({small_model(), inner});
  std::vector<std::string> places;
  for_each_model(std::as_const(outer), [&](const spec::Model&, const std::string& place) { places.push_back(place); });
  EXPECT_THAT(places,
              ElementsAre("", "models[0]", "models[1]", "models[1]: models[0] 'one'", "models[1]: models[1] 'two'"));
  for_each_model(outer, [](spec::Model& model, const std::string&) { model.set_specificationversion(9); });
  EXPECT_EQ(outer.pipeline().models(1).pipeline().models(0).specificationversion(), 9);
}

TEST(ModelFile, PipelinesForClassificationAndRegressionAreEntered) {
  spec::Model model;
  *model.mutable_pipelineclassifier()->mutable_pipeline()->add_models() = small_model();
  ASSERT_NE(pipeline_of(model), nullptr);
  EXPECT_EQ(pipeline_of(model)->models_size(), 1);
  model.mutable_pipelineregressor();
  EXPECT_EQ(pipeline_of(model), nullptr) << "an absent pipeline must not become the shared default";
}

TEST(ModelFile, LabelsAreText) {
  EXPECT_THAT(class_labels(small_model()), ElementsAre("a", "b"));
  spec::Model model;
  for (const std::int64_t label : {3, -1}) {
    model.mutable_neuralnetworkclassifier()->mutable_int64classlabels()->add_vector(label);
  }
  EXPECT_THAT(class_labels(model), ElementsAre("3", "-1"));
  model.mutable_neuralnetwork();
  EXPECT_THAT(class_labels(model), IsEmpty());
}

TEST(ModelFile, LayersHaveTheFormatsNames) {
  spec::NeuralNetworkLayer layer;
  EXPECT_EQ(layer_type(layer), "");
  layer.mutable_innerproduct();
  EXPECT_EQ(layer_type(layer), "innerProduct");
  layer.mutable_nonmaximumsuppression();
  EXPECT_EQ(layer_type(layer), "NonMaximumSuppression");
}

}  // namespace
}  // namespace goldilocks::model
