#pragma once

#include <cstddef>
#include <string>

#include <goldilocks/abi.h>

#include "core/plugins/host_services.hpp"
#include "core/plugins/quantizer.hpp"

namespace goldilocks::plugins {

// The result of one quantize() call: the buffers that the plugin asks for, and the checks on what it left in them. One
// call, one object; it doesn't move while the plugin runs.
class QuantizedResult {
 public:
  // `weights`: how many values, and how many scales they may have; `bits`: the width asked for; `call`: gets the
  // plugin's progress, and outlives the object.
  QuantizedResult(const glk_weights& weights, int bits, HostServices::Call& call);
  QuantizedResult(const QuantizedResult&) = delete;
  QuantizedResult& operator=(const QuantizedResult&) = delete;

  glk_quantized* get() { return &quantized_; }

  // Why the result can't be used, or "" if it is sound. `chooses_width`: a width other than the one asked for is fine.
  std::string problem(bool chooses_width);

  // The result, without buffers that its form doesn't need. Once, after problem() found none.
  QuantizedTensor take();

 private:
  static void* buffer(void* context, std::int32_t which, std::uint64_t count) noexcept;
  static void note(void* context, const char* text) noexcept;
  static void progress(void* context, double fraction) noexcept;
  bool may_be_codes(std::uint64_t count) const;
  bool may_be_table(std::uint64_t count) const;
  void clear_what_is_masked();
  std::string problem_of_width(bool chooses_width) const;
  std::string problem_of_codes() const;
  std::string problem_of_table() const;
  std::string problem_of_scales() const;
  std::string problem_of_floats() const;
  std::string problem_of_mask() const;
  std::string problem_of_shape() const;
  std::size_t code_count() const;
  std::size_t table_size() const;

  glk_quantized quantized_{};
  std::size_t count_;
  std::size_t channels_;
  int asked_bits_;
  HostServices::Call& call_;
  QuantizedTensor tensor_;
};

}  // namespace goldilocks::plugins
