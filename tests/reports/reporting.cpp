#include "tests/reports/reporting.hpp"

#include <array>
#include <filesystem>
#include <stdexcept>

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/plugins/registry.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::testing {

std::map<std::string, std::string> write_report(const std::string& plugin, const nlohmann::ordered_json& results,
                                                const plugins::OptionValues& options) {
  static plugins::Registry registry({std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "lib/goldilocks/plugins"});
  const plugins::ReportPlugin& report = registry.report(plugin);
  const TemporaryFolder folder;
  report.write(plugins::complete_options(report.options, options), results, folder.path());
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    if (!entry.is_regular_file()) continue;
    files[std::filesystem::relative(entry.path(), folder.path()).generic_string()] = read_file(entry.path());
  }
  return files;
}

std::string report_text(const std::string& plugin, const nlohmann::ordered_json& results,
                        const plugins::OptionValues& options) {
  const auto files = write_report(plugin, results, options);
  EXPECT_EQ(files.size(), 1U);
  return files.empty() ? "" : files.begin()->second;
}

nlohmann::ordered_json to_json(const Results& results, bool with_defaults) {
  return pipeline::to_ordered_json(results, with_defaults);
}

Results small_results() {
  Results results;
  const bool parsed = google::protobuf::TextFormat::ParseFromString(R"(
    schema_version: 1
    name: "food101"
    program: "goldilocks 0.1.0"
    inputs { path: "models/food.mlmodel" sha256: "aa11" }
    plugins { kind: "quantizer" name: "linear" version: "0.1.0" sha256: "bb22" }
    plugins { kind: "backend" name: "onednn" version: "0.1.0" sha256: "cc33" }
    datasets {
      name: "images" path: "images" samples: 200
      classes: "french fries" classes: "sushi"
      class_samples: 100 class_samples: 100
      preparation: "center_crop, bilinear, 227 x 227"
    }
    variants {
      name: "food" file: "models/food.mlmodel" bits: 32 size_bytes: 4942396 sha256: "aa11" compression: 1
      evaluation {
        dataset: "images" backend: "onednn" samples: 200
        mean_accuracy: 0.82 accuracy: 0.82 top5_accuracy: 1 class_accuracy: 0.64 class_accuracy: 1
      }
    }
    variants {
      name: "food_linear_8" file: "models/food_linear_8.mlmodel" model: "food" function: "linear" bits: 8
      size_bytes: 1235599 sha256: "dd44" compression: 4
      evaluation {
        dataset: "images" backend: "onednn" samples: 200
        mean_accuracy: 0.815 accuracy: 0.815 top5_accuracy: 1 class_accuracy: 0.63 class_accuracy: 1
        mean_drop: 0.005 top1_agreement: 0.99 baseline: "food"
      }
    }
    variants {
      name: "food_lut_1" file: "models/food_lut_1.mlmodel" model: "food" function: "linear_lut"
      options { key: "range" value: "half_open" } bits: 1
      size_bytes: 160000 sha256: "ee55" compression: 30.889975
      evaluation {
        dataset: "images" backend: "onednn" samples: 200
        mean_accuracy: 0.5 accuracy: 0.5 top5_accuracy: 1 class_accuracy: 0 class_accuracy: 1
        mean_drop: 0.32 top1_agreement: 0.455 baseline: "food"
      }
    }
    variants {
      name: "food_linear_16" model: "food" function: "linear" bits: 16
      error: "layer 'conv1': a weight of 70000 is beyond float16"
    }
    selection {
      rule: "smallest file with a mean accuracy drop of at most 0.01" max_drop: 0.01 chosen: "food_linear_8"
      reason: "food_linear_8 is the only one of 2 variants within the limit"
      candidates { variant: "food_linear_8" passed: true reason: "chosen" }
      candidates { variant: "food_lut_1" reason: "its mean accuracy drops by 0.32, over the limit of 0.01" }
    }
    notices: "linear_symmetric has no width 4: left out")",
                                                                    &results);
  if (!parsed) throw std::runtime_error("small_results() is no valid text");
  return results;
}

Results results_with_figures() {
  Results results = small_results();
  const auto parse = [](const char* text, google::protobuf::Message& message) {
    if (!google::protobuf::TextFormat::MergeFromString(text, &message)) throw std::runtime_error("no valid text");
  };
  parse(R"(
    cost { zip_bytes: 1100000 }
    evaluation {
      figures { metric: "mean_accuracy" value: 0.815 interval { lower: 0.755 upper: 0.863 confidence: 0.95 } }
      figures { metric: "top1_agreement" value: 0.99 interval { lower: 0.964 upper: 0.997 confidence: 0.95 } }
      figures { metric: "kl" value: 0.00012 interval { lower: 0.0001 upper: 0.00015 confidence: 0.95 } }
      figures { metric: "max_difference" value: nan }
      comparison {
        both_right: 163 only_baseline_right: 1 both_wrong: 36 p_value: 1 adjusted_p_value: 1 samples_needed: 700
        drop { lower: -0.01 upper: 0.02 confidence: 0.95 } verdict: "food_linear_8 is no worse, as far as can be told"
      }
      differences {
        sample: "sushi/1.jpg" truth: "sushi" baseline_answer: "sushi" baseline_probability: 0.6 answer: "ramen"
        probability: 0.55
      }
    })",
        *results.mutable_variants(1));
  parse(R"(
    cost { zip_bytes: 150000 }
    evaluation {
      figures { metric: "mean_accuracy" value: 0.5 interval { lower: 0.43 upper: 0.57 confidence: 0.95 } }
      comparison {
        both_right: 100 only_baseline_right: 64 both_wrong: 36 p_value: 1e-19 adjusted_p_value: 2e-19
        drop { lower: 0.26 upper: 0.39 confidence: 0.95 }
      }
    })",
        *results.mutable_variants(2));
  parse(R"(
    constraints { metric: "mean_drop" at_most: 0.01 }
    constraints { metric: "agreement" at_least: 0.95 }
    runner_up_cost: "there is no runner-up"
    front { x: "size" y: "mean_accuracy" variants: "food_linear_8" variants: "food" })",
        *results.mutable_selection());
  for (int i = 0; i < 2; ++i) {
    auto& candidate = *results.mutable_selection()->mutable_candidates(i);
    for (const double value : i == 0 ? std::array{0.005, 0.99} : std::array{0.32, 0.455}) {
      auto& outcome = *candidate.add_outcomes();
      outcome.set_passed(i == 0);
      outcome.set_value(value);
      outcome.set_bound(value);
    }
  }
  results.add_findings("These samples can't tell food_linear_8 from food");
  return results;
}

Results results_with_proof(bool passed) {
  Results results = results_with_figures();
  auto& dataset = *results.add_datasets();
  dataset = results.datasets(0);
  dataset.set_name("images/prove");
  dataset.set_samples(400);
  Proof& proof = *results.mutable_proof();
  proof.set_variant("food_linear_8");
  proof.set_passed(passed);
  proof.set_reason(passed ? "on 400 samples it keeps the limit" : "on 400 samples it doesn't keep the limit");
  proof.set_confidence(0.95);
  auto& limit = *proof.add_constraints();
  limit.set_metric("mean_drop");
  limit.set_at_most(0.02);
  auto& outcome = *proof.add_outcomes();
  outcome.set_passed(passed);
  outcome.set_value(0.0125);
  outcome.set_bound(passed ? 0.0175 : 0.0275);
  *proof.mutable_evaluation() = results.variants(1).evaluation();
  *proof.mutable_baseline() = results.variants(0).evaluation();
  for (auto* evaluation : {proof.mutable_evaluation(), proof.mutable_baseline()}) {
    evaluation->set_dataset("images/prove");
    evaluation->set_samples(400);
  }
  proof.mutable_evaluation()->set_mean_accuracy(0.7777);
  proof.mutable_evaluation()->mutable_figures(0)->set_value(0.7777);
  proof.mutable_evaluation()->mutable_differences(0)->set_sample("ramen/2.jpg");
  return results;
}

}  // namespace goldilocks::testing
