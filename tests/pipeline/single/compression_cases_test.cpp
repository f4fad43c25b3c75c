// The reference implementation's own results: the same settings on the same weights.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/thread_pool.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/single/single.hpp"
#include "core/weights/codec.hpp"
#include "tests/quantizers/bundled.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;
using goldilocks::testing::TemporaryFolder;
using json = nlohmann::json;
using weights::Array;
using weights::Stored;

// A table that the reference's cases of mode `custom` are described with, as a Python function.
std::string script_of_table(const std::string& table) {
  return "import numpy as np\n"
         "def lut_function(nbits, wp):\n"
         "    lut = np.array(" +
         table +
         ", dtype=np.float16).astype(np.float64)\n"
         "    return lut, np.argmin(np.abs(wp.reshape(-1, 1) - lut), axis=1)\n";
}

class CompressionCase {
 public:
  CompressionCase(const fs::path& folder, const fs::path& scratch)
      : folder_(folder), scratch_(scratch), description_(json::parse(read_file(folder / "case.json"))) {}

  std::string name() const { return folder_.filename(); }
  bool is_exact() const { return description_.at("determinism") == "exact"; }
  const json& description() const { return description_; }
  fs::path source() const {
    return folder_.parent_path() / "sources" / description_.at("source").get<std::string>() / "model.mlpackage";
  }
  fs::path expected() const { return folder_ / "model.mlpackage"; }

  QuantizeFileRequest request() const {
    QuantizeFileRequest request;
    request.model = source();
    request.output = scratch_ / (name() + ".mlpackage");
    request.weight_threshold = 0;
    request.indivisible = quantization::Indivisible::skip;
    request.keep = Keep::always;
    bool is_first = true;
    for (const json& step : description_.at("steps")) {
      (is_first ? request.step : request.further.emplace_back()) = step_of(step);
      is_first = false;
    }
    return request;
  }

 private:
  QuantizeStep step_of(const json& step) const {
    const json& config = step.at("config");
    const std::string function = step.at("function");
    if (function == "linear_quantize") return linear(config);
    if (function == "palettize") return table(config);
    QuantizeStep pruned{.function = function};
    for (const auto& [key, value] : config.items()) {
      if (key == "weight_threshold") continue;
      if (key == "n_m_ratio") {
        pruned.options.emplace_back(key, value[0].dump() + ":" + value[1].dump());
      } else {
        pruned.options.emplace_back(key, value.dump());
      }
    }
    return pruned;
  }

  static QuantizeStep linear(const json& config) {
    QuantizeStep step{.function = config.value("mode", "linear_symmetric")};
    const std::string type = config.value("dtype", "int8");
    step.bits = type.ends_with("4") ? 4 : 8;
    if (type.starts_with("u")) step.options.emplace_back("unsigned", "true");
    const std::string granularity = config.value("granularity", "per_channel");
    if (granularity == "per_tensor") step.layout.granularity = weights::Granularity{};
    if (granularity == "per_block") {
      const json size = config.value("block_size", json(32));
      if (size.is_array()) {
        step.layout.granularity = {.kind = weights::Granularity::Kind::blocks,
                                   .sizes = size.get<std::vector<std::int64_t>>()};
      } else {
        step.layout.granularity = {.kind = weights::Granularity::Kind::block, .size = size.get<std::int64_t>()};
      }
    }
    return step;
  }

  QuantizeStep table(const json& config) const {
    static const std::map<std::string, std::string> functions = {
        {"kmeans", "kmeans_lut"}, {"uniform", "linear_lut"}, {"unique", "unique_lut"}, {"custom", "python_lut"}};
    QuantizeStep step{.function = functions.at(config.value("mode", "kmeans"))};
    if (config.contains("nbits")) step.bits = config.at("nbits").get<int>();
    if (step.function == "python_lut") {
      const bool has_16 = name().ends_with("custom16");
      step.bits = has_16 ? 4 : 3;
      const fs::path script = scratch_ / (name() + ".py");
      std::ofstream(script) << script_of_table(has_16 ? "np.linspace(-3, 3, 16)"
                                                      : "[-2, -1, -.5, -.25, .25, .5, 1, 2]");
      step.options.emplace_back("script", script.string());
    }
    if (config.value("granularity", "") == "per_grouped_channel") {
      step.layout.granularity = {.kind = weights::Granularity::Kind::group, .size = config.value("group_size", 32)};
    }
    if (config.contains("channel_axis")) step.layout.axis = config.at("channel_axis").get<std::int64_t>();
    step.layout.vector = config.value("cluster_dim", 1);
    if (config.value("enable_per_channel_scale", false)) step.layout.channel_scale = quantization::ChannelScale::plain;
    return step;
  }

  fs::path folder_;
  fs::path scratch_;
  json description_;
};

// The weights of a package, which lie in the model that was opened.
class TakenWeights {
 public:
  explicit TakenWeights(const fs::path& path)
      : model_(formats::open(path)), weights_(model_->take_weights(path.filename().string())) {}

  std::span<const weights::Weight> weights() const { return weights_->weights(); }
  Stored read(std::size_t weight) const { return weights_->read(weight); }

 private:
  std::unique_ptr<formats::Model> model_;
  std::unique_ptr<formats::ModelWeights> weights_;
};

void expect_equal(const Array& found, const Array& expected, const std::string& what) {
  EXPECT_EQ(found.type, expected.type) << what;
  EXPECT_EQ(found.count, expected.count) << what;
  const auto some = std::ranges::mismatch(found.bytes, expected.bytes);
  EXPECT_TRUE(some.in1 == found.bytes.end() && some.in2 == expected.bytes.end())
      << what << ": differs from byte " << some.in1 - found.bytes.begin() << " on";
}

void expect_equal(const Stored& found, const Stored& expected, const std::string& what) {
  EXPECT_EQ(weights::to_text(found.encoding), weights::to_text(expected.encoding)) << what;
  expect_equal(found.values, expected.values, what + ": codes or values");
  expect_equal(found.mask, expected.mask, what + ": mask");
  expect_equal(found.table, expected.table, what + ": table");
  expect_equal(found.scaling.scale, expected.scaling.scale, what + ": scale");
  expect_equal(found.scaling.offset, expected.scaling.offset, what + ": zero points");
  expect_equal(found.table_scaling.scale, expected.table_scaling.scale, what + ": scale of the table");
  EXPECT_EQ(found.table_grid, expected.table_grid) << what;
  EXPECT_EQ(found.scaling.grid, expected.scaling.grid) << what;
}

// The squared error of the best table for these codes, entries not rounded: the mean of what has a code in a block.
double error_without_rounding(const Stored& stored, const std::vector<float>& values) {
  const std::vector<std::uint8_t> codes = weights::codes(stored.values);
  std::map<std::pair<std::size_t, int>, std::vector<double>> clusters;
  const std::size_t rows = stored.table_grid.empty() ? 1 : static_cast<std::size_t>(stored.table_grid[0]);
  const std::size_t run = values.size() / rows;
  for (std::size_t i = 0; i < values.size(); ++i) {
    clusters[{i / run, codes[i]}].push_back(static_cast<double>(values[i]));
  }
  double error = 0;
  for (const auto& [key, members] : clusters) {
    double mean = 0;
    for (const double value : members) mean += value / static_cast<double>(members.size());
    for (const double value : members) error += (value - mean) * (value - mean);
  }
  return error;
}

double squared_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

TEST(CompressionCases, AreReachedInCodesOrInSquaredError) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/compression-cases");
  const TemporaryFolder scratch;
  ThreadPool pool(1);
  int exact = 0;
  int measured = 0;
  int optimal = 0;
  int left_out = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!fs::exists(entry.path() / "case.json")) continue;
    const CompressionCase one(entry.path(), scratch.path());
    SCOPED_TRACE(one.name());
    const QuantizeFileRequest request = one.request();
    // The last entry of its table is 15 * (247 / 15) - 120, 126.99999999999999 in float64, which the reference cuts to
    // 126. A function gives entries as float32, and so 127, which is what the codes were.
    if (one.name() == "j_quantize_palettize") {
      ++left_out;
      continue;
    }
    try {
      quantize_file(request, testing::bundled_plugins(), pool);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
      continue;
    }
    const TakenWeights source(one.source());
    const TakenWeights expected(one.expected());
    const TakenWeights found(request.output);
    ASSERT_EQ(found.weights().size(), expected.weights().size());
    for (std::size_t i = 0; i < found.weights().size(); ++i) {
      const weights::Weight& weight = found.weights()[i];
      const std::string key = weight.operation + "." + weight.parameter;
      const Stored stored = found.read(i);
      const std::vector<float> dense = weights::decode(stored, weight.place);
      if (one.is_exact()) {
        const std::vector<float> wanted = weights::decode(expected.read(i), weight.place);
        EXPECT_EQ(squared_difference(dense, wanted), 0) << key;
        // Of a row of zeros the reference's codes are what a processor makes of 0 / 0.
        if (!one.name().starts_with("q_zero_row")) expect_equal(stored, expected.read(i), key);
        continue;
      }
      const auto recorded = one.description().at("squared_error").find(key);
      if (recorded == one.description().at("squared_error").end()) continue;
      const std::vector<float> values = weights::decode(source.read(i), weight.place);
      EXPECT_LE(squared_difference(dense, values), recorded->get<double>()) << key;
      const json best = one.description().value("optimal_squared_error_double_table", json::object());
      if (!best.is_object() || !best.contains(key)) continue;
      const double optimum = best.at(key).get<double>();
      EXPECT_NEAR(error_without_rounding(stored, values), optimum, optimum * 1e-6 + 1e-12) << key;
      ++optimal;
    }
    (one.is_exact() ? exact : measured) += 1;
  }
  EXPECT_EQ(exact + left_out, 90);
  EXPECT_EQ(left_out, 1);
  EXPECT_EQ(measured, 19);
  EXPECT_GE(optimal, 14);
}

}  // namespace
}  // namespace goldilocks::pipeline
