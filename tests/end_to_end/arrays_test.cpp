// Whole pipelines over a .npz file, of models whose figures can be computed by hand: an inner product with weights of
// 0, 1 and 3, which two bits hold exactly and which one bit rounds to 0 and 3.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/zip_file.hpp"

namespace goldilocks {
namespace {

using nlohmann::json;
using testing::goldilocks;
using ::testing::HasSubstr;
using testing::ModelBuilder;
using testing::ProgramResult;
using testing::TemporaryFolder;

namespace fs = std::filesystem;

constexpr std::size_t samples = 60;
constexpr std::size_t size_in = 32;
constexpr std::size_t size_out = 3;

using Weights = std::array<std::array<float, size_in>, size_out>;
using Answer = std::array<double, size_out>;

// Every row has a 0 and one 3, so that its evenly spaced values are whole numbers; one bit leaves nothing but the 3.
Weights whole_weights() {
  Weights weights;
  for (std::size_t row = 0; row < size_out; ++row) {
    for (std::size_t i = 0; i < size_in; ++i) weights[row][i] = static_cast<float>((i * (row + 3) + i * i / 3) % 2);
    weights[row][row] = 0;
    weights[row][row + 1] = 3;
  }
  return weights;
}

Weights in_one_bit(Weights weights) {
  for (auto& row : weights) {
    for (float& weight : row) weight = weight < 1.5F ? 0 : 3;
  }
  return weights;
}

// Multiples of 1/8, so that sums of products are exact in any order.
std::vector<float> values_of_x() {
  testing::RandomFloats random(3);
  std::vector<float> values(samples * size_in);
  for (float& value : values) value = std::round(random.next() * 8) / 8;
  return values;
}

Answer product(const Weights& weights, const std::vector<float>& x, std::size_t sample) {
  Answer answer{};
  for (std::size_t row = 0; row < size_out; ++row) {
    for (std::size_t i = 0; i < size_in; ++i) answer[row] += double{weights[row][i]} * x[sample * size_in + i];
  }
  return answer;
}

// Of equal scores the first.
std::size_t highest(const Answer& answer) {
  return static_cast<std::size_t>(std::max_element(answer.begin(), answer.end()) - answer.begin());
}

ModelBuilder inner_product(const std::string& name) {
  ModelBuilder builder(1);
  builder.array_input("x", {size_in});
  builder.layer(name, [](auto& layer) {
    auto& params = *layer.mutable_innerproduct();
    params.set_inputchannels(size_in);
    params.set_outputchannels(size_out);
    for (const auto& row : whole_weights()) params.mutable_weights()->mutable_floatvalue()->Add(row.begin(), row.end());
  });
  return builder;
}

// A .npy file of version 1.
template <class Number>
std::string npy(const std::string& type, const std::string& shape, const std::vector<Number>& values) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string file = std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header;
  return file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number));
}

std::string shape_of(std::size_t rows, std::size_t columns) {
  return std::to_string(rows) + ", " + std::to_string(columns);
}

class Arrays : public ::testing::Test {
 protected:
  using Members = std::vector<std::pair<std::string, std::string>>;

  // What the regressor should give: the answers of the weights as they are, 0.5 beside them.
  static std::vector<float> targets() {
    std::vector<float> values;
    for (std::size_t sample = 0; sample < samples; ++sample) {
      for (const double value : product(whole_weights(), values_of_x(), sample)) {
        values.push_back(static_cast<float>(value + (sample % 2 == 0 ? 0.5 : -0.5)));
      }
    }
    return values;
  }
  // The classes by the same answers, of which every seventh is another one.
  static std::vector<std::int64_t> labels() {
    std::vector<std::int64_t> classes;
    for (std::size_t sample = 0; sample < samples; ++sample) {
      const std::size_t answer = highest(product(whole_weights(), values_of_x(), sample));
      classes.push_back(static_cast<std::int64_t>((answer + (sample % 7 == 0 ? 1 : 0)) % size_out));
    }
    return classes;
  }
  static Members regression() {
    return {{"x.npy", npy("<f4", shape_of(samples, size_in), values_of_x())},
            {"y.npy", npy("<f4", shape_of(samples, size_out), targets())}};
  }

  void write(const std::string& name, const std::string& content) const {
    write_file_atomically(folder_ / name, content);
  }
  void write_regressor() const {
    write("net.mlmodel", model::serialize_model(inner_product("y").output("y", {size_out}).build()));
  }
  ProgramResult run(const std::string& dataset, const std::string& limit) const {
    write("pipeline.yaml", "name: arrays\nstages:\n  - load: {model: net.mlmodel, dataset: {" + dataset +
                               "}}\n  - quantize: {sweep: {function: linear, bits: [2, 1]}}\n"
                               "  - evaluate: {backend: reference}\n  - select: {constraints: [" +
                               limit + "]}\n  - report: json\n");
    return goldilocks(folder_ / "store",
                      {"run", (folder_ / "pipeline.yaml").string(), "--output", (folder_ / "run").string()});
  }
  json results() const { return json::parse(read_file(folder_ / "run/results.json")); }
  static std::map<std::string, json> by_name(const json& results) {
    std::map<std::string, json> variants;
    for (const json& variant : results.at("variants")) variants[variant.at("name")] = variant;
    return variants;
  }
  static double figure(const json& variant, const std::string& metric) {
    for (const json& one : variant.at("evaluation").at("figures")) {
      if (one.at("metric") == metric) return one.at("value").get<double>();
    }
    return std::nan("");
  }

  TemporaryFolder folder_;
};

TEST_F(Arrays, ARegressorsErrorsAreThoseOfItsFormula) {
  write_regressor();
  for (const bool deflated : {false, true}) {
    fs::remove_all(folder_ / "run");
    write("data.npz", testing::zip_of(regression(), deflated));
    const ProgramResult outcome = run("inputs: data.npz, targets: data.npz", "mse_rise: {at_most: 0.001}");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;

    double squares = 0;
    double distances = 0;
    const std::vector<float> wanted = targets();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const Answer answer = product(in_one_bit(whole_weights()), values_of_x(), i / size_out);
      const double distance = std::abs(answer[i % size_out] - wanted[i]);
      squares += distance * distance;
      distances += distance;
    }
    const auto count = static_cast<double>(wanted.size());
    const json all = results();
    const auto variants = by_name(all);
    ASSERT_EQ(variants.size(), 3U);
    for (const char* exact : {"net", "net_linear_2"}) {
      EXPECT_EQ(figure(variants.at(exact), "mse"), 0.25) << exact;
      EXPECT_EQ(figure(variants.at(exact), "mae"), 0.5) << exact;
    }
    EXPECT_GT(squares / count, 1) << "one bit does harm";
    EXPECT_NEAR(figure(variants.at("net_linear_1"), "mse"), squares / count, 1e-9 * squares);
    EXPECT_NEAR(figure(variants.at("net_linear_1"), "mae"), distances / count, 1e-9 * distances);
    EXPECT_EQ(variants.at("net").at("evaluation").at("samples"), samples);
    EXPECT_LT(variants.at("net_linear_1").at("sizeBytes"), variants.at("net_linear_2").at("sizeBytes"));
    EXPECT_EQ(all.at("selection").at("chosen"), "net_linear_2");
  }
}

TEST_F(Arrays, AClassifiersAccuraciesAreThoseOfItsFormula) {
  write("net.mlmodel",
        model::serialize_model(inner_product("dense").softmax("probabilities").classifier({"0", "1", "2"}).build()));
  write("data.npz", testing::zip_of({{"x.npy", npy("<f4", shape_of(samples, size_in), values_of_x())},
                                     {"labels.npy", npy("<i8", std::to_string(samples) + ",", labels())}},
                                    true));
  const ProgramResult outcome = run("inputs: data.npz, labels: data.npz", "mean_drop: {at_most: 0.05}");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;

  const json all = results();
  const auto variants = by_name(all);
  ASSERT_EQ(variants.size(), 3U);
  const auto accuracies = [&](const Weights& weights) {
    std::array<double, size_out> right{};
    std::array<double, size_out> of_class{};
    const auto truth = labels();
    for (std::size_t sample = 0; sample < samples; ++sample) {
      const auto label = static_cast<std::size_t>(truth[sample]);
      ++of_class[label];
      if (highest(product(weights, values_of_x(), sample)) == label) ++right[label];
    }
    for (std::size_t label = 0; label < size_out; ++label) right[label] /= of_class[label];
    return right;
  };
  const auto expect = [&](const char* name, const Answer& expected) {
    const json& evaluation = variants.at(name).at("evaluation");
    EXPECT_THAT(evaluation.at("classAccuracy").get<std::vector<double>>(), ::testing::ElementsAreArray(expected));
    EXPECT_NEAR(evaluation.at("meanAccuracy").get<double>(), (expected[0] + expected[1] + expected[2]) / 3, 1e-12);
  };
  const Answer whole = accuracies(whole_weights());
  const Answer coarse = accuracies(in_one_bit(whole_weights()));
  EXPECT_GT(whole[0] + whole[1] + whole[2], coarse[0] + coarse[1] + coarse[2] + 0.3) << "one bit does harm";
  expect("net", whole);
  expect("net_linear_2", whole);
  expect("net_linear_1", coarse);
  EXPECT_EQ(all.at("selection").at("chosen"), "net_linear_2");
}

TEST_F(Arrays, ABadArchiveIsOneMessageAndLeavesNothing) {
  write_regressor();
  const Members good = regression();
  const std::string whole = testing::zip_of(good, true);
  std::string damaged = whole;
  damaged[200] = static_cast<char>(~damaged[200]);
  Members wide = good;
  wide[0].second = npy("<f4", shape_of(samples, size_in + 1), std::vector<float>(samples * (size_in + 1)));
  Members few = good;
  few[1].second = npy("<f4", shape_of(samples - 1, size_out), std::vector<float>((samples - 1) * size_out));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {whole.substr(0, whole.size() - 10), "bad.npz: not a .npz file, or cut short"},
      {whole.substr(0, 10), "bad.npz: not a .npz file"},
      {damaged, "bad.npz: 'x.npy' is damaged"},
      {testing::zip_of(wide, true), "bad.npz['x']: its arrays are of the shape [33]"},
      {testing::zip_of(few, true), "bad.npz: its arrays have different numbers of samples: 60 of 'x', 59 of 'y'"},
      {testing::zip_of({good[0], {"z.npy", good[1].second}}, true), "bad.npz: has no array 'y'; it has x, z"},
      {testing::zip_of({good[1], {"z.npy", good[0].second}}, true), "there is nothing for its input 'x'"},
  };
  for (const auto& [content, message] : cases) {
    write("bad.npz", content);
    const ProgramResult outcome = run("inputs: bad.npz, targets: {y: bad.npz}", "mse_rise: {at_most: 1}");
    EXPECT_EQ(outcome.exit_code, 3) << outcome.errors;
    EXPECT_EQ(outcome.output, "") << message;
    EXPECT_THAT(outcome.errors, HasSubstr(message));
    EXPECT_THAT(outcome.errors, HasSubstr("bad.npz"));
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
    std::vector<std::string> left;
    if (fs::exists(folder_ / "run")) {
      for (const auto& entry : fs::recursive_directory_iterator(folder_ / "run")) left.push_back(entry.path());
    }
    EXPECT_THAT(left, ::testing::IsEmpty());
  }
}

}  // namespace
}  // namespace goldilocks
