// ML Programs as users load them: the reference data's real models and packages.
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/data/image.hpp"
#include "core/plugins/registry.hpp"
#include "core/runtime/arrays.hpp"
#include "core/runtime/files.hpp"
#include "tests/runtime/model_runner.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const plugins::BackendPlugin& backend_called(const std::string& backend) {
  static plugins::Registry registry({fs::path(GOLDILOCKS_BINARY_DIR) / "lib/goldilocks/plugins"});
  return registry.backend(backend);
}

runtime::LoadedModel package(const fs::path& file, const std::string& backend = "onednn",
                             const std::string& function = "", bool rounds_as_typed = false) {
  const plugins::BackendPlugin& plugin = backend_called(backend);
  return {file, plugin, plugins::complete_options(plugin.options, {}), {.rounds_as_typed = rounds_as_typed}, function};
}

std::vector<double> numbers(const Values& outputs, const std::string& name) {
  return runtime::to_doubles(std::get<Array>(outputs.at(name)));
}

double largest_difference(const std::vector<double>& left, const std::vector<double>& right) {
  double largest = left.size() == right.size() ? 0 : HUGE_VAL;
  for (std::size_t index = 0; index < std::min(left.size(), right.size()); ++index) {
    largest = std::max(largest, std::fabs(left[index] - right[index]));
  }
  return largest;
}

// What the authors publish: frames 15 to 156 of 172.
TEST(ProgramModels, BasicPitchGivesWhatItsAuthorsPublish) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/models/basic_pitch");
  const Values inputs = {{"input_2", runtime::read_npy(folder / "input_2.npy")}};
  for (const char* backend : {"reference", "onednn"}) {
    const Values outputs = package(folder / "nmp.mlpackage", backend).predict(inputs, nullptr, nullptr);
    for (const char* name : {"Identity", "Identity_1", "Identity_2"}) {
      const std::vector<double> all = numbers(outputs, name);
      const std::vector<double> published =
          runtime::to_doubles(runtime::read_npy(folder / (std::string(name) + "_published.npy")));
      const auto width = static_cast<std::ptrdiff_t>(all.size() / 172);
      const std::vector<double> middle(all.begin() + 15 * width, all.begin() + 157 * width);
      const double difference = largest_difference(middle, published);
      std::printf("%s by %s: %g\n", name, backend, difference);
      EXPECT_LT(difference, 1e-4) << name << " by " << backend;
    }
  }
}

// 76 of 100 images are right, and probabilities are those of an interpreter in float64.
TEST(ProgramModels, ResNet20ClassifiesAsPublishedInBothPrecisions) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/models/resnet20");
  const std::vector<double> published = runtime::to_doubles(runtime::read_npy(folder / "probabilities.npy"));
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder / "images")) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  ASSERT_EQ(files.size(), 100U);
  for (const bool rounds_as_typed : {false, true}) {
    const runtime::LoadedModel model = package(folder / "ResNet20CIFAR10.mlpackage", "onednn", "", rounds_as_typed);
    int right = 0;
    double largest = 0;
    for (std::size_t index = 0; index < files.size(); ++index) {
      const Image image = model.fit(runtime::from_data(data::load_image(files[index])), "", {});
      const Values outputs = model.predict({{"image", image}}, nullptr, nullptr);
      right += std::get<std::string>(outputs.at("classLabel")) == files[index].parent_path().filename() ? 1 : 0;
      const auto& scores = std::get<runtime::TextDictionary>(outputs.at("classLabel_probs"));
      std::vector<double> given;
      for (const auto& [label, score] : scores) given.push_back(score);
      const auto first = published.begin() + static_cast<std::ptrdiff_t>(10 * index);
      largest = std::max(largest, largest_difference(given, {first, first + 10}));
    }
    std::printf("%s: %d right, probabilities differ by %g\n", rounds_as_typed ? "as typed" : "float32", right, largest);
    EXPECT_EQ(right, 76);
    EXPECT_LT(largest, 0.01);
  }
}

TEST(ProgramModels, FunctionsAreChosenByName) {
  GOLDILOCKS_REFERENCE_OR_SKIP(file, "mlprogram/packages/ok_two_functions_shared_blob.mlpackage");
  const auto first = [&](const std::string& function) {
    const runtime::LoadedModel model = package(file, "reference", function);
    const runtime::Feature& input = model.description().inputs.at(0);
    std::int64_t count = 1;
    for (const std::int64_t size : input.shape) count *= size;
    const std::vector<float> ones(static_cast<std::size_t>(count), -3);
    const Values outputs = model.predict({{input.name, floats(input.shape, ones)}}, nullptr, nullptr);
    return numbers(outputs, model.description().outputs.at(0).name);
  };
  EXPECT_EQ(first(""), first("main"));
  EXPECT_NE(first("second"), first("main"));
  EXPECT_THAT(error_of([&] { package(file, "reference", "secnod"); }),
              HasSubstr("the model has no function 'secnod'; did you mean 'second'?"));
}

TEST(ProgramModels, StatesGoFromOnePredictionToTheNext) {
  GOLDILOCKS_REFERENCE_OR_SKIP(file, "mlprogram/op-cases/state_accumulate/model.mlpackage");
  for (const char* backend : {"reference", "onednn"}) {
    const runtime::LoadedModel model = package(file, backend);
    ASSERT_EQ(model.description().states.size(), 1U);
    const std::string name = model.description().states[0].input;
    const runtime::Feature& input = model.description().inputs.at(0);
    std::int64_t count = 1;
    for (const std::int64_t size : input.shape) count *= size;
    const Values inputs = {{input.name, floats(input.shape, std::vector<float>(static_cast<std::size_t>(count), 1))}};
    runtime::State state = model.fresh_state();
    const std::vector<double> fresh = runtime::to_doubles(std::get<Array>(state.values().at(name)));
    EXPECT_EQ(fresh, std::vector<double>(fresh.size(), 0));
    const Values once = model.predict(inputs, &state, nullptr);
    EXPECT_FALSE(once.contains(name)) << "states are no outputs";
    const runtime::State after = state;
    model.predict(inputs, &state, nullptr);
    EXPECT_NE(state.values(), after.values());
    EXPECT_EQ(model.predict(inputs, nullptr, nullptr), once) << "without a state each begins anew";
    state.reset();
    EXPECT_EQ(model.predict(inputs, &state, nullptr), once);
    EXPECT_EQ(state.values(), after.values());
    runtime::State stated;
    stated.set(name, model.state_value(name, after.values().at(name)));
    EXPECT_NE(model.predict(inputs, &stated, nullptr), Values());
    EXPECT_THAT(error_of([&] { model.state_value("nothing", floats({1}, {0})); }),
                HasSubstr("the model has no state 'nothing'"));
  }
}

TEST(ProgramModels, RefuseWhatNoMemoryHolds) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/packages");
  EXPECT_THAT(error_of([&] { package(folder / "odd_input_terabytes.mlpackage"); }),
              HasSubstr("function 'main': input 'x': a tensor of shape [16777216, 16777216] is too large"));
}

// Values inside go by the names of operations.
TEST(ProgramModels, GiveValuesFromInside) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/models/resnet20");
  const runtime::LoadedModel model = package(folder / "ResNet20CIFAR10.mlpackage");
  runtime::InnerTensors inner;
  inner.request.all = true;
  const Image image{32, 32, runtime::PixelFormat::rgb, std::vector<std::byte>(32UL * 32 * 3)};
  const Values alone = model.predict({{"image", image}}, nullptr, nullptr);
  EXPECT_EQ(model.predict({{"image", image}}, nullptr, &inner), alone);
  EXPECT_GT(inner.values.size(), 50U);
}

}  // namespace
}  // namespace goldilocks::testing
