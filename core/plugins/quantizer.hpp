#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/plugins/options.hpp"
#include "core/weights/encoding.hpp"

namespace goldilocks::plugins {

// The type that a tensor's values have in the model.
enum class ValueType : std::uint8_t { unknown, float16, float32 };

// The tensor to quantize. Spans and strings must outlive the QuantizerTask made from it.
struct Weights {
  std::span<const float> values;
  std::span<const std::int64_t> dims;
  std::int64_t channel_axis = -1;
  bool is_vector = false;
  std::span<const float> importance;  // empty: unknown
  std::string layer, layer_type, parameter;
  weights::Kind stored_form = weights::Kind::none;  // how the model stores it now; unchanged: not known
  int stored_bits = 0;
  std::vector<weights::Kind> accepted_forms;  // in which the model can store it; empty: not known
  ValueType value_type = ValueType::unknown;  // of the scale or table where it is coded already
  std::size_t vector_length = 1;  // above 1: a table of vectors is asked for, of a function that has vector_tables
};

// What a function made of a tensor; checked: codes below 2^bits, the right number of entries, all finite.
struct QuantizedTensor {
  weights::Kind form = weights::Kind::none;
  int bits = 0;
  std::vector<std::uint8_t> codes;  // one per value, or per vector
  std::vector<float> table, scale, bias, float32;
  std::vector<std::int8_t> int8;
  std::vector<std::uint8_t> zero_point;  // empty: the stored zero points are 0
  bool signed_codes = false;             // codes and zero points are stored less 2^(bits - 1)
  std::vector<std::uint8_t> mask;        // of the sparse forms: 1 keeps a value, 0 makes it 0
  std::size_t groups = 1;                // of group_table: each has a table, one after the other
  std::size_t vector_length = 1;         // of vector_table: values in a table's entry
  std::string note;  // why the result is what it is, in the function's words; one line, "" where it says nothing
};

// One tensor in one function. One thread at a time.
class QuantizerTask {
 public:
  virtual ~QuantizerTask() = default;
  // Throws PluginError naming plugin, layer and parameter for every failure or malformed result.
  virtual QuantizedTensor quantize(int bits) = 0;
};

// A function with its options set. begin() is safe from any thread. It must outlive its tasks.
class Quantizer {
 public:
  virtual ~Quantizer() = default;
  virtual std::unique_ptr<QuantizerTask> begin(const Weights& weights) const = 0;
};

// A quantization function that was found. Immutable; any thread.
class QuantizerPlugin {
 public:
  virtual ~QuantizerPlugin() = default;
  std::string name, summary, version, license;
  std::filesystem::path file;
  std::string file_sha256;
  std::vector<OptionSpec> options;
  bool chooses_width = false;
  std::vector<int> widths;                           // for every tensor
  std::vector<int> zero_point_widths;                // more, for tensors of models with integer zero points
  std::vector<std::string> layer_types, parameters;  // empty: all
  bool takes_quantized = false;
  bool vector_tables = false;

  bool offers(int bits, bool has_zero_points) const;
  std::string offered_widths() const;  // for a message: "16, 8, and 4 for ML Programs"

  virtual std::unique_ptr<Quantizer> create(const OptionValues& options) const = 0;
};

}  // namespace goldilocks::plugins
