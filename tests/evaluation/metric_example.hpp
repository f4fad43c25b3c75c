#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/evaluation/metric.hpp"

namespace goldilocks::evaluation::testing {

inline double value_of(const std::string& name, const Answers& answers) {
  return find_metric(name).value().measure(answers, 0.95).value;
}

// A classifier's answers for two classes of the dataset, which are its classes 2 and 0.
struct Example {
  std::vector<float> values = {0.1F, 0.2F, 0.7F, /**/ 0.6F, 0.3F, 0.1F, /**/ 0.2F, 0.5F, 0.3F, /**/ 0.7F, 0.1F, 0.2F};
  std::vector<float> before = {0.1F, 0.1F, 0.8F, /**/ 0.2F, 0.2F, 0.6F, /**/ 0.2F, 0.5F, 0.3F, /**/ 0.7F, 0.1F, 0.2F};
  std::vector<std::uint32_t> truth = {0, 0, 0, 1};
  std::vector<std::uint32_t> model_class = {2, 0};

  Answers answers() const {
    Answers answers;
    answers.samples = 4;
    answers.width = 3;
    answers.values = values;
    answers.baseline = before;
    answers.truth = truth;
    answers.model_class = model_class;
    answers.scores = true;
    find_answers(answers);
    return answers;
  }
};

}  // namespace goldilocks::evaluation::testing
