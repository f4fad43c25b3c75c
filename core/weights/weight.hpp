#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/weights/bit_packing.hpp"
#include "core/weights/encoding.hpp"

namespace goldilocks::weights {

enum class Role : std::uint8_t {
  matrix,  // a matrix or kernel
  vector,  // a bias, a peephole, a statistic: one value per channel
};

// One kind that a format accepts for a tensor, and in which ways.
struct AcceptedKind {
  Kind kind = Kind::none;
  std::uint32_t widths = 0;         // bit n: codes of n bits
  std::uint32_t granularities = 1;  // bit n: Granularity::Kind n
  bool has_vectors = false;         // tables of vectors
  bool has_int8_entries = false;    // tables
  bool has_channel_scale = false;   // tables
  bool scale_comes_first = false;   // what scales channels of a table is usually within the table
};

// What a format can store for a tensor. What it can't, it says; nobody above knows why.
struct Accepted {
  std::vector<AcceptedKind> kinds{};
  // Why a kind that isn't there isn't, where refusal()'s own words are not enough.
  std::vector<std::pair<Kind, std::string>> reasons{};

  const AcceptedKind* find(Kind kind) const;
  bool takes(Kind kind) const { return find(kind) != nullptr; }
  // Bit n: the kind n, as glk_weights::accepted_forms has them.
  std::uint64_t bits() const;
  // Why this encoding can't be stored here, or "".
  std::string refusal(const Encoding& encoding) const;
};

// The channels of the layer or operation that a tensor belongs to, where it states them: how many input channels each
// output channel reads, groups, and the widths of what goes in and comes out.
struct Channels {
  std::optional<std::uint64_t> kernel{}, groups{}, input{}, output{};
};

// An operation that reads a weight, and as which of its parameters.
struct Reader {
  std::string function{};   // of the model, where it has several or names its only one: "main"
  std::string layer{};      // with its place in the model
  std::string name{};       // its own name
  std::string operation{};  // its kind
  std::string parameter{};
};

// All that is known of one weight tensor of a model, but its content: what rules choose by, what a function is told,
// and what decides which encodings it may take.
struct Weight {
  std::string place{};      // begins messages: "food.mlmodel: layer 'conv1', weights"
  std::string layer{};      // with its place in the model: "loop1/body/conv2", "models[1] 'detector': conv1"
  std::string name{};       // the layer's own name
  std::string operation{};  // its kind, in the format's words: "convolution"
  std::string parameter{};  // "weights", "bias", ...; where it repeats with its place: "weightParams[0].inputGateBias"
  std::string function{};   // "main": of a model whose functions have names
  std::string constant{};   // the weight's own name, in a format that gives it one
  std::vector<Reader> other_readers{};  // beside the one that gives it its layer, operation and parameter
  std::vector<std::int64_t> shape{};    // row-major, never empty
  Axes axes{};
  Role role = Role::matrix;
  Encoding stored{};
  Accepted accepted{};
  BitOrder code_order = BitOrder::lowest_first;  // in which the format packs codes
  std::string kept{};   // why it stays as it is, whatever is asked: "not used by the layer"; "" where it need not
  std::string exact{};  // why no value may change: "layer 'take' reads it as indices"; "" where they may
  // Why it stays unless a rule asks for it by bits or a function: "one dimension alone"; "" where it doesn't.
  std::string usually_left{};
  std::uint64_t usual_threshold = 0;  // tensors of no more values stay, unless somebody asks for them
  bool is_unchecked = false;          // its content is not looked at where it stays: nothing computes with it
  bool may_be_infinite = false;       // a constant, such as a mask
  std::optional<float> epsilon{};     // of a variance, which divides: 1 / sqrt(value + epsilon)
  std::uint64_t count = 0;            // values
  std::uint64_t bytes = 0;            // of the content as it is stored
  std::uint64_t layer_count = 0;      // values of the layer's largest tensor
  Channels channels{};                // of the layer
  std::size_t layer_index = 0;        // tensors of one layer stand together and have the same
};

}  // namespace goldilocks::weights
