#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/plugins/quantizer.hpp"
#include "core/quantization/keep.hpp"
#include "core/quantization/layout.hpp"
#include "core/quantization/weight_rules.hpp"

namespace goldilocks::quantization {

struct Outcome;

// What becomes of a tensor that groups, blocks or vectors don't divide.
enum class Indivisible : std::uint8_t {
  error,
  skip,     // it stays as it is
  nearest,  // the nearest smaller size that divides it
};

// One width of a function, and how many weights have a table or a scale in common. Several are quantized at once: what
// they share is done once.
struct QuantizeSettings {
  int bits = 8;             // 0: the function chooses
  std::string description;  // replaces the model's short description; "" leaves it
  Layout layout{};
};

// What a rule has decided for the tensors that it matches.
struct QuantizeRule {
  RuleMatch match;
  bool skip = false;  // they stay as they are
  // It says itself what they become, so codes stay codes even where floats are smaller.
  bool keeps_codes = false;
  // It asks for that without a threshold, so tensors that usually stay are taken, too, and what the format refuses is
  // an error, not a note.
  bool is_explicit = false;
  std::optional<std::uint64_t> weight_threshold{};   // tensors of no more values stay; otherwise the request's
  std::optional<int> bits;                           // otherwise the width of the settings; 0: the function chooses
  const plugins::QuantizerPlugin* plugin = nullptr;  // null: the request's function
  const plugins::Quantizer* quantizer = nullptr;
  plugins::OptionValues options{};  // of its own function
  Layout layout{};                  // what it leaves open is as the settings have it
};

struct QuantizeRequest {
  const plugins::QuantizerPlugin* plugin = nullptr;  // what the function takes
  const plugins::Quantizer* quantizer = nullptr;     // the function with its options
  std::vector<QuantizeRule> rules;                   // the first that matches a tensor counts
  bool requantize = false;                           // what is quantized already is quantized again
  Keep keep = Keep::smaller;                         // for what no rule with bits or a function says
  // What is compressed already is compressed further: a mask is kept, the entries of a table are quantized, codes get a
  // table or a mask. Otherwise it stays, unless it is quantized anew.
  bool joint = false;
  // Tensors of no more values stay, unless a rule names bits or a function for them; the format's own by default.
  std::optional<std::uint64_t> weight_threshold{};
  Indivisible indivisible = Indivisible::skip;
  std::vector<QuantizeSettings> settings;
  std::function<void(double)> progress;  // 0..1, from any thread, one call at a time; may be empty
  // Gives the outcomes of all weights, at one of the settings, other contents where it knows better; may be empty. What
  // it throws is a failure of that setting.
  std::function<void(std::size_t setting, std::span<Outcome* const> outcomes)> refine{};
};

// What is to be done with one tensor.
struct WeightChoice {
  const plugins::QuantizerPlugin* plugin = nullptr;
  const plugins::Quantizer* quantizer = nullptr;
  bool skip = false;
  bool keeps_codes = false;  // these as QuantizeRule has them
  bool is_explicit = false;
  std::optional<std::uint64_t> weight_threshold{};
  std::optional<int> bits{};  // otherwise the width of the settings
  Layout layout{};            // before that of the settings
  std::uint32_t rule = 0;     // the number of the rule that says so, from 1; 0: none
  std::string conflict{};     // its readers follow rules that differ: why it stays; otherwise ""
};

WeightChoice choose_for(const QuantizeRequest& request, const weights::Weight& weight);

// Whether it has codes or a mask.
bool is_compressed(weights::Kind kind);

// Why the function that is chosen gets no hold of a tensor at all, or "".
std::string reason_to_leave(const weights::Weight& weight, const QuantizeRequest& request, const WeightChoice& choice);

}  // namespace goldilocks::quantization
