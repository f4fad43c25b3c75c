#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/plugins/quantizer.hpp"
#include "core/quantization/keep.hpp"
#include "core/quantization/weight_rules.hpp"
#include "core/weights/encoding.hpp"

namespace goldilocks::quantization {

// One width of a function, and how many weights have a table or a scale in common. Several are quantized at once: what
// they share is done once.
struct QuantizeSettings {
  int bits = 8;             // 0: the function chooses
  std::string description;  // replaces the model's short description; "" leaves it
  // Absent: the function gets each tensor as a whole with its axis of channels, and does as it does.
  std::optional<weights::Granularity> granularity{};
  // Above 1: tables of vectors of so many values that follow one another along the axis of channels, of a function that
  // has vector_tables.
  int vector = 1;
};

// What a rule has decided for the tensors that it matches.
struct QuantizeRule {
  RuleMatch match;
  bool skip = false;         // they stay as they are
  bool is_explicit = false;  // it names bits or a function: what the format refuses is then an error, not a note
  std::optional<int> bits;   // otherwise the width of the settings; 0: the function chooses
  const plugins::QuantizerPlugin* plugin = nullptr;  // null: the request's function
  const plugins::Quantizer* quantizer = nullptr;
  std::optional<weights::Granularity> granularity{};  // otherwise that of the settings
};

struct QuantizeRequest {
  const plugins::QuantizerPlugin* plugin = nullptr;  // what the function takes
  const plugins::Quantizer* quantizer = nullptr;     // the function with its options
  std::vector<QuantizeRule> rules;                   // the first that matches a tensor counts
  bool requantize = false;                           // what is quantized already is quantized again
  Keep keep = Keep::smaller;                         // for what no rule with bits or a function says
  std::vector<QuantizeSettings> settings;
  std::function<void(double)> progress;  // 0..1, from any thread, one call at a time; may be empty
};

// What is to be done with one tensor.
struct WeightChoice {
  const plugins::QuantizerPlugin* plugin = nullptr;
  const plugins::Quantizer* quantizer = nullptr;
  bool skip = false;
  bool is_explicit = false;   // as QuantizeRule has it
  std::optional<int> bits{};  // otherwise the width of the settings
  std::optional<weights::Granularity> granularity{};
  std::uint32_t rule = 0;  // the number of the rule that says so, from 1; 0: none
};

WeightChoice choose_for(const QuantizeRequest& request, const weights::Weight& weight);

// Why a function gets no hold of a tensor at all, or "". `requantize`: what is quantized already is taken, whatever the
// function says.
std::string reason_to_leave(const weights::Weight& weight, const plugins::QuantizerPlugin& plugin, bool requantize);

}  // namespace goldilocks::quantization
