// What people's folders hold beside the data: one rule for what counts, whichever command looks into them.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "core/data/image.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

using nlohmann::json;
using testing::goldilocks;
using ::testing::HasSubstr;
using testing::ModelBuilder;
using testing::ProgramResult;
using testing::TemporaryFolder;

namespace fs = std::filesystem;

class Folders : public ::testing::Test {
 protected:
  void SetUp() override {
    ModelBuilder images(3);
    images.image_input("image", 4, 4)
        .flatten("flat")
        .inner_product("scores", 48, 2)
        .softmax("p")
        .classifier({"cat", "dog"});
    write_file_atomically(model_, model::serialize_model(images.build()));
    ModelBuilder arrays(4);
    arrays.array_input("x", {3}).inner_product("y", 3, 2).output("y", {2});
    write_file_atomically(numbers_, model::serialize_model(arrays.build()));
  }

  // A picture that is another one for each name.
  void add_image(const fs::path& name) const {
    data::Image image{4, 4, 3, {}};
    for (std::size_t i = 0; i < 48; ++i) {
      image.pixels.push_back(static_cast<std::uint8_t>(std::hash<std::string>()(name.string()) >> (i % 8)));
    }
    write_file_atomically(folder_ / name, data::encode_png(image));
  }
  void add_text(const fs::path& name) const { write_file_atomically(folder_ / name, std::string_view("a text")); }
  void add_litter(const fs::path& name) const {
    for (const char* file : {"README", "README.md", "labels.csv", "notes.txt", "Thumbs.db", ".DS_Store", "._x.png",
                             "desktop.ini", ".hidden/x.png", "@eaDir/x.png"}) {
      add_text(name / file);
    }
  }

  ProgramResult run(std::vector<std::string> arguments) const {
    return goldilocks(folder_ / "store", std::move(arguments));
  }
  std::string path(const fs::path& name) const { return (folder_ / name).string(); }

  // Every command that takes a folder of images by class, and how many samples it saw; the output of a failure.
  std::vector<std::pair<std::string, ProgramResult>> by_class(const fs::path& images) const {
    write_file_atomically(folder_ / "p.yaml", "name: p\nstages:\n  - load: {model: model.mlmodel, dataset: {images: " +
                                                  images.string() + "}}\n  - evaluate: {backend: onednn}\n");
    std::vector<std::pair<std::string, ProgramResult>> results;
    results.emplace_back("evaluate", run({"evaluate", model_.string(), "--dataset", path(images), "--json"}));
    results.emplace_back("compare",
                         run({"compare", model_.string(), model_.string(), "--dataset", path(images), "--json"}));
    results.emplace_back("run", run({"run", path("p.yaml"), "--output", path("run"), "--json"}));
    return results;
  }
  static std::size_t samples(const ProgramResult& result) {
    const json document = json::parse(result.output);
    const json& dataset = document.contains("dataset") ? document.at("dataset") : document.at("datasets").at(0);
    return dataset.at("samples").get<std::size_t>();
  }

  TemporaryFolder folder_;
  fs::path model_ = folder_ / "model.mlmodel";
  fs::path numbers_ = folder_ / "numbers.mlmodel";
};

TEST_F(Folders, WhatIsNoImageIsPassedOverByEveryCommand) {
  for (const char* name : {"cat/a.png", "cat/B.PNG", "dog/c.png"}) add_image(fs::path("images") / name);
  for (const char* name : {"images", "images/cat", "images/__MACOSX"}) add_litter(name);
  for (const auto& [command, result] : by_class("images")) {
    ASSERT_EQ(result.exit_code, 0) << command << result.errors;
    EXPECT_EQ(samples(result), 3U) << command;
    EXPECT_THAT(result.output, HasSubstr("cat")) << command << " took them for images without labels";
  }
  const ProgramResult predicted = run({"predict", model_.string(), "--input", path("images"), "--json"});
  ASSERT_EQ(predicted.exit_code, 0) << predicted.errors;
  EXPECT_EQ(json::parse(predicted.output).at("predictions").size(), 3U);
}

TEST_F(Folders, WhatHasAnImagesEndingAndCantBeReadIsAnErrorForEveryCommand) {
  add_image("images/cat/a.png");
  add_image("images/dog/a.png");
  add_text("images/dog/broken.jpg");
  for (const auto& [command, result] : by_class("images")) {
    EXPECT_EQ(result.exit_code, 3) << command;
    EXPECT_THAT(result.errors, HasSubstr("broken.jpg: not an image: neither JPEG nor PNG")) << command;
  }
  const ProgramResult predicted = run({"predict", model_.string(), "--input", path("images")});
  EXPECT_EQ(predicted.exit_code, 3);
  EXPECT_THAT(predicted.errors, HasSubstr("broken.jpg: not an image"));
  const ProgramResult allowed =
      run({"evaluate", model_.string(), "--dataset", path("images"), "--max-unusable", "1", "--json"});
  EXPECT_EQ(allowed.exit_code, 0) << allowed.errors;
}

TEST_F(Folders, LoopsOfLinksEndInNoCommand) {
  add_image("images/cat/a.png");
  add_image("images/dog/a.png");
  write_file_atomically(
      folder_ / "flat.yaml",
      std::string_view("name: flat\nstages:\n  - load: {model: model.mlmodel, dataset: {images: images, "
                       "labelled: false}}\n  - evaluate: {backend: onednn}\n"));
  fs::create_directory_symlink(folder_ / "images", folder_ / "images" / "cat" / "above");
  fs::create_symlink("loop", folder_ / "images" / "loop");
  const ProgramResult flat = run({"run", path("flat.yaml"), "--output", path("run"), "--json"});
  ASSERT_EQ(flat.exit_code, 0) << flat.errors;
  EXPECT_EQ(samples(flat), 2U);
  const ProgramResult predicted = run({"predict", model_.string(), "--input", path("images"), "--json"});
  ASSERT_EQ(predicted.exit_code, 0) << predicted.errors;
  EXPECT_EQ(json::parse(predicted.output).at("predictions").size(), 2U);
  for (const auto& [command, result] : by_class("images")) {
    EXPECT_EQ(result.exit_code, 3) << command;
    EXPECT_THAT(result.errors, HasSubstr("a folder within the folder of a class")) << command;
  }
}

// A loop of links, a name that is too long, and a folder that is a file: in the place of every path of every command.
TEST_F(Folders, NoPathEndsInAnInternalError) {
  fs::create_symlink("loop", folder_ / "loop");
  const std::string model = model_.string();
  const std::string numbers = numbers_.string();
  for (const std::string& bad :
       {path("loop"), path("loop/x"), path(std::string(300, 'x')), model + "/x", std::string(5000, 'y')}) {
    write_file_atomically(folder_ / "bad.yaml", "name: p\nstages:\n  - load: {model: '" + bad +
                                                    "', dataset: {images: '" + bad +
                                                    "'}}\n  - evaluate: {backend: onednn}\n");
    const std::vector<std::vector<std::string>> commands = {
        {"inspect", bad},
        {"validate", bad},
        {"validate", path("bad.yaml")},
        {"plan", path("bad.yaml")},
        {"run", path("bad.yaml")},
        {"run", bad},
        {"run", path("p.yaml"), "--output", bad},
        {"evaluate", model, "--dataset", bad},
        {"evaluate", bad, "--dataset", bad},
        {"evaluate", numbers, "--inputs", bad, "--targets", bad},
        {"evaluate", numbers, "--inputs", "x=" + bad, "--labels", bad},
        {"evaluate", model, "--dataset", bad, "--label-map", bad},
        {"compare", model, model, "--dataset", bad},
        {"compare", model, bad, "--dataset", bad},
        {"diff", bad, bad},
        {"report", bad, "--format", "csv"},
        {"verify", bad},
        {"predict", model, "--input", bad},
        {"predict", numbers, "--input", bad},
        {"predict", numbers, "--input", "[1, 2, 3]", "--output-dir", bad},
        {"quantize", bad, "-f", "linear", "-b", "8", "-o", path("out")},
        {"quantize", model, "-f", "linear", "-b", "8", "-o", bad},
        {"quantize", model, "-f", "linear", "-b", "8", "-o", path("out"), "--rules", bad},
        {"plugins", "list", "--plugin-path", bad},
        {"plugins", "list", "--log-file", bad},
        {"run", path("p.yaml"), "--store", bad}};
    for (const auto& command : commands) {
      const ProgramResult result = run(command);
      EXPECT_THAT(result.exit_code, ::testing::AnyOf(0, 2, 3, 4))
          << ::testing::PrintToString(command) << result.errors << " signal " << result.signal;
    }
  }
}

TEST_F(Folders, EqualNamesFromTwoFoldersAreNumbered) {
  for (const char* name : {"one/a.png", "one/in/a.png", "two/a.png", "two/a_2.png"}) add_image(name);
  const ProgramResult result = run({"predict", model_.string(), "--input", path("one"), "--input", path("two"),
                                    "--input", path("one/a.png"), "--output-dir", path("out")});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  for (const char* name : {"a.png", "in/a.png", "a_2.png", "a_2_2.png", "a_3.png"}) {
    EXPECT_TRUE(fs::exists(folder_ / "out" / name / "outputs.json")) << name;
  }
  EXPECT_EQ(read_file(folder_ / "out/a.png/outputs.json"), read_file(folder_ / "out/a_3.png/outputs.json"));
}

TEST_F(Folders, JsonIsOneValue) {
  const ProgramResult one = run({"predict", numbers_.string(), "--input", "[1,2,3]", "--json"});
  ASSERT_EQ(one.exit_code, 0) << one.errors;
  const json predictions = json::parse(one.output).at("predictions");
  ASSERT_EQ(predictions.size(), 1U);
  EXPECT_EQ(json::parse(run({"predict", numbers_.string(), "-i", "x=[1,2,3]", "--json"}).output)
                .at("predictions")
                .at(0)
                .at("outputs"),
            predictions.at(0).at("outputs"));
  // Several, in folders by number, as their texts can be no names: "../.." is one.
  const ProgramResult several =
      run({"predict", numbers_.string(), "--input", "[1,2,3]", "--input", "[1,2,3]", "--output-dir", path("out")});
  ASSERT_EQ(several.exit_code, 0) << several.errors;
  for (const char* name : {"out/1/y.npy", "out/2/y.npy"}) EXPECT_TRUE(fs::exists(folder_ / name)) << name;
  // A text as long as it likes to be.
  std::string longer = "[";
  for (int i = 0; i < 3000; ++i) longer += "1,";
  EXPECT_EQ(run({"predict", numbers_.string(), "--input", longer + "1]"}).exit_code, 2);
}

TEST_F(Folders, NoOptionIsSplitAtCommas) {
  write_file_atomically(folder_ / "[a,b].yaml",
                        std::string_view("name: p\nvariables: {v: x}\nstages:\n  - load: {model: "
                                         "model.mlmodel}\n"));
  const ProgramResult plugin = run({"plugins", "list", "--plugin-path", "[" + path("a") + "," + path("b") + "]"});
  EXPECT_THAT(plugin.errors, ::testing::Not(HasSubstr(path("b") + ":")));
  const ProgramResult set = run({"validate", path("[a,b].yaml"), "--set", "[v=1,v=2]"});
  EXPECT_EQ(set.exit_code, 2);
  EXPECT_THAT(set.errors, HasSubstr("[v"));
  const ProgramResult layer = run({"predict", numbers_.string(), "--input", "[1,2,3]", "--intermediate", "[y,y]"});
  EXPECT_EQ(layer.exit_code, 2);
  EXPECT_THAT(layer.errors, HasSubstr("[y,y]"));
}

TEST_F(Folders, PredictKeepsItsInputs) {
  const ProgramResult first = run({"predict", numbers_.string(), "--input", "[1,2,3]", "--output-dir", path("out")});
  ASSERT_EQ(first.exit_code, 0) << first.errors;
  ModelBuilder again(5);
  again.array_input("x", {2}).inner_product("y", 2, 2).output("y", {2});
  write_file_atomically(folder_ / "again.mlmodel", model::serialize_model(again.build()));
  const std::vector<std::string> command = {"predict",         path("again.mlmodel"), "--input",
                                            path("out/y.npy"), "--output-dir",        path("out")};
  const std::string before = read_file(folder_ / "out/y.npy");
  const ProgramResult refused = run(command);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("y.npy: is an input of this command"));
  EXPECT_EQ(read_file(folder_ / "out/y.npy"), before);
  auto forced = command;
  forced.emplace_back("--force");
  EXPECT_EQ(run(forced).exit_code, 0);
  EXPECT_NE(read_file(folder_ / "out/y.npy"), before);
}

}  // namespace
}  // namespace goldilocks
