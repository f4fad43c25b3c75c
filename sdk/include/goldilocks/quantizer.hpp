#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <goldilocks/abi.h>
#include <goldilocks/entry_point.hpp>
#include <goldilocks/error.hpp>
#include <goldilocks/host.hpp>
#include <goldilocks/options.hpp>

namespace goldilocks {

// The tensor to quantize, as float32 whatever it was stored as; all values are finite. Everything it points to stays
// valid until the task made from it ends.
struct Weights {
  std::span<const float> values;
  std::span<const std::int64_t> dims;
  std::int64_t channel_axis = -1;  // the axis whose slices may have a scale of their own; -1: one channel in all
  std::size_t channels = 1;        // dims[channel_axis], or 1
  bool is_vector = false;          // a bias or another vector of one value per channel, rather than a matrix or kernel
  std::span<const float> importance;              // one non-negative weight per value; empty where none is known
  std::string_view layer;                         // the layer's name in the model
  std::string_view layer_type;                    // "convolution", "innerProduct", ...
  std::string_view parameter;                     // "weights", "bias", ...
  std::int32_t stored_form = GLK_FORM_UNCHANGED;  // GLK_FORM_...: how the model stores it now; 0: not known
  int stored_bits = 0;                            // its width there: 1 to 8, 16 or 32; 0: not known
  std::uint64_t accepted_forms = 0;               // bits GLK_ACCEPTS(form) of what the model can store; 0: not known
  std::int32_t value_type = 0;    // GLK_FLOAT16 or GLK_FLOAT32, of the scale or table where coded already; 0: not known
  std::size_t vector_length = 1;  // above 1: a table of vectors is asked for; see Result::vector_table()

  // False if a result of this form (GLK_FORM_...) would leave the tensor as it is.
  bool accepts(std::int32_t form) const {
    if (form == GLK_FORM_UNCHANGED || accepted_forms == 0) return true;
    return form > 0 && form < 64 && (accepted_forms & GLK_ACCEPTS(form)) != 0;
  }

  // True if the model has integer zero points: it is an ML Program, whose reference implementation computes in the
  // values' own type. False where nothing is known.
  bool has_zero_points() const { return accepted_forms != 0 && accepts(GLK_FORM_ZERO_POINT); }
};

// The weights as rows of vector_length values that follow one another along the channel axis, row by row in the order
// of a tensor whose channel axis is so much shorter. The channels must be a multiple of the length.
inline std::vector<float> gather_vectors(const Weights& weights) {
  const std::size_t length = weights.vector_length;
  if (weights.values.empty()) return {};
  std::size_t inner = 1;
  for (std::size_t i = weights.dims.size(); i-- > 0 && static_cast<std::int64_t>(i) > weights.channel_axis;) {
    inner *= static_cast<std::size_t>(weights.dims[i]);
  }
  if (weights.channel_axis < 0 || length == 0 || weights.channels % length != 0) {
    throw InvalidArgument("vectors of " + std::to_string(length) + " values don't divide the channels");
  }
  std::vector<float> rows;
  rows.reserve(weights.values.size());
  for (std::size_t block = 0; block < weights.values.size(); block += length * inner) {
    for (std::size_t i = 0; i < inner; ++i) {
      for (std::size_t j = 0; j < length; ++j) rows.push_back(weights.values[block + j * inner + i]);
    }
  }
  return rows;
}

// The result of one quantize() call. Call one of its functions once, then fill the spans that it returned. They are
// zeroed, and valid until quantize() returns. note() may be added to any of them.
class Result {
 public:
  Result(glk_quantized* quantized, const Weights& weights)
      : quantized_(quantized), asked_bits_(quantized->bits), count_(weights.values.size()) {}

  // The width asked for. A function that chooses its own passes another one below.
  int bits() const { return asked_bits_; }

  // The tensor stays as it is stored.
  void unchanged() { quantized_->form = GLK_FORM_UNCHANGED; }
  // The same, with the reason for the summary.
  void unchanged(const std::string& reason) {
    unchanged();
    note(reason);
  }

  // One line that says why the result is what it is, for the summary of the run. The same weights must give the same
  // words.
  void note(const std::string& text) {
    if (GLK_HAS(quantized_, glk_quantized, note) && quantized_->note != nullptr) {
      quantized_->note(quantized_->context, text.c_str());
    }
  }

  // How much of this call is done, 0..1. Any thread, until quantize() returns.
  void progress(double fraction) const {
    if (GLK_HAS(quantized_, glk_quantized, progress) && quantized_->progress != nullptr) {
      quantized_->progress(quantized_->context, fraction);
    }
  }

  struct Table {
    std::span<float> table;         // 2^bits; unused entries stay 0
    std::span<std::uint8_t> codes;  // one per value, an index into the table
  };
  Table table(int bits) {
    set(GLK_FORM_TABLE, bits);
    return {buffer<float>(GLK_BUFFER_TABLE, std::size_t{1} << bits), buffer<std::uint8_t>(GLK_BUFFER_CODES, count_)};
  }

  struct Linear {
    std::span<float> scale;
    std::span<float> bias;
    std::span<std::uint8_t> codes;  // value = code * scale + bias
  };
  // `channels`: 1, or as many as the weights have.
  Linear linear(int bits, std::size_t channels) {
    set(GLK_FORM_LINEAR, bits);
    return {buffer<float>(GLK_BUFFER_SCALE, channels), buffer<float>(GLK_BUFFER_BIAS, channels),
            buffer<std::uint8_t>(GLK_BUFFER_CODES, count_)};
  }

  struct ZeroPoint {
    std::span<float> scale;
    std::span<std::uint8_t> zero_point;  // empty where none is stored
    std::span<std::uint8_t> codes;       // value = (code - zero point) * scale
  };
  // `channels`: 1, or as many as the weights have. Where `is_signed`, codes and zero points are stored less
  // 2^(bits - 1), as signed integers. Without zero points that stored number is multiplied by the scale.
  ZeroPoint zero_point(int bits, std::size_t channels, bool is_signed, bool has_zero_points) {
    set(GLK_FORM_ZERO_POINT, bits);
    if (!GLK_HAS(quantized_, glk_quantized, signed_codes)) throw Unsupported("the host has no integer zero points");
    quantized_->signed_codes = is_signed ? 1 : 0;
    ZeroPoint result;
    result.scale = buffer<float>(GLK_BUFFER_SCALE, channels);
    if (has_zero_points) result.zero_point = buffer<std::uint8_t>(GLK_BUFFER_ZERO_POINT, channels);
    result.codes = buffer<std::uint8_t>(GLK_BUFFER_CODES, count_);
    return result;
  }

  // A table of 2^bits vectors, one after the other, and a code for each vector of the weights: for `length` values that
  // follow one another along the channel axis, in the order of a tensor whose channel axis is so much shorter.
  // gather_vectors() has the vectors in that order.
  Table vector_table(int bits, std::size_t length) {
    set(GLK_FORM_VECTOR_TABLE, bits);
    quantized_->vector_length = length;
    return {buffer<float>(GLK_BUFFER_TABLE, length << static_cast<unsigned>(bits)),
            buffer<std::uint8_t>(GLK_BUFFER_CODES, count_ / length)};
  }

  struct Sparse {
    std::span<float> values;       // one per weight; what the mask leaves out counts nothing
    std::span<std::uint8_t> mask;  // 1 keeps a value, 0 makes it 0
  };
  Sparse sparse_float32() {
    quantized_->form = GLK_FORM_SPARSE_FLOAT32;
    quantized_->bits = 32;
    return {buffer<float>(GLK_BUFFER_FLOAT32, count_), buffer<std::uint8_t>(GLK_BUFFER_MASK, count_)};
  }

  struct Int8 {
    float& scale;
    std::span<std::int8_t> values;  // value = code * scale
  };
  Int8 int8() {
    set(GLK_FORM_INT8, 8);
    return {buffer<float>(GLK_BUFFER_SCALE, 1)[0], buffer<std::int8_t>(GLK_BUFFER_INT8, count_)};
  }

  // The host rounds every value to the nearest half; a value beyond its range is an error.
  void float16() {
    quantized_->form = GLK_FORM_FLOAT16;
    quantized_->bits = 16;
  }

  // Other values of full precision.
  std::span<float> float32() {
    quantized_->form = GLK_FORM_FLOAT32;
    quantized_->bits = 32;
    return buffer<float>(GLK_BUFFER_FLOAT32, count_);
  }

 private:
  void set(std::int32_t form, int bits) {
    if (bits < 1 || bits > 8) throw InvalidArgument("codes of " + std::to_string(bits) + " bits; 1 to 8 can be stored");
    quantized_->form = form;
    quantized_->bits = bits;
  }

  template <class Value>
  std::span<Value> buffer(std::int32_t which, std::size_t count) {
    void* memory = quantized_->buffer(quantized_->context, which, count);
    if (memory == nullptr) {
      throw InvalidArgument("the host gives no buffer of " + std::to_string(count) + " entries for this result");
    }
    return {static_cast<Value*>(memory), count};
  }

  glk_quantized* quantized_;
  int asked_bits_;
  std::size_t count_;
};

// One tensor in one function, at any number of widths in any order. One thread at a time. The same input must give the
// same bytes, always.
class QuantizerTask {
 public:
  virtual ~QuantizerTask() = default;
  virtual void quantize(int bits, Result& out) = 0;
};

// A quantization function. The host creates one object for each setting of its options, calls declare() and then
// prepare() once, and begin() from any number of threads at the same time: begin() reads members and writes none.
class Quantizer {
 public:
  virtual ~Quantizer() = default;

  virtual void declare(Options& options) { static_cast<void>(options); }

  // The widths offered to a sweep, each 1..8, 16 or 32.
  virtual std::vector<int> widths() const { return {16, 8, 7, 6, 5, 4, 3, 2, 1}; }
  // More of them, for tensors with weights.has_zero_points(): those of models with integer zero points.
  virtual std::vector<int> zero_point_widths() const { return {}; }
  // True if the function finds its own width; widths() is not read then.
  virtual bool chooses_width() const { return false; }
  // The layers and parameters taken, by the format's names; empty: all.
  virtual std::vector<std::string> layer_types() const { return {}; }
  virtual std::vector<std::string> parameters() const { return {}; }
  // True if tensors that are quantized already shall be handed over too.
  virtual bool takes_quantized() const { return false; }
  // True if it makes a vector_table() where the weights ask for one.
  virtual bool vector_tables() const { return false; }

  // The options have their values: checks them together, reads a file, builds what all tensors share.
  virtual void prepare() {}

  // Does what all widths of one tensor share (a sort, say). `weights` outlives the task; copy it, it is a view.
  virtual std::unique_ptr<QuantizerTask> begin(const Weights& weights) = 0;

  // Set before prepare().
  const Host& host() const { return host_; }
  void set_host(const Host& host) { host_ = host; }

 private:
  Host host_;
};

// Where a lookup-table function puts its result.
class Lut {
 public:
  Lut(int bits, Result::Table buffers) : bits_(bits), buffers_(buffers) {}

  int bits() const { return bits_; }
  std::span<float> table() const { return buffers_.table; }         // 2^bits entries, zeroed; unused ones stay 0
  std::span<std::uint8_t> codes() const { return buffers_.codes; }  // one per weight: its entry in the table

 private:
  int bits_;
  Result::Table buffers_;
};

// The short way for a function that makes a table of 2^n values for a whole tensor, n from 1 to 8; 16 bits are float16,
// as for every function. quantize() is called from any number of threads at the same time: it reads members (the
// options) and writes none.
class LutQuantizer : public Quantizer {
 public:
  virtual void quantize(const Weights& weights, Lut& out) = 0;

  std::unique_ptr<QuantizerTask> begin(const Weights& weights) final { return std::make_unique<Task>(*this, weights); }

 private:
  class Task final : public QuantizerTask {
   public:
    Task(LutQuantizer& function, const Weights& weights) : function_(function), weights_(weights) {}

    void quantize(int bits, Result& out) override {
      if (bits == 16) {
        out.float16();
        return;
      }
      Lut lut(bits, out.table(bits));
      function_.quantize(weights_, lut);
    }

   private:
    LutQuantizer& function_;
    Weights weights_;
  };
};

}  // namespace goldilocks

#include <goldilocks/detail/quantizer_factory.hpp>

// Makes a class derived from Quantizer or LutQuantizer this library's function. At global scope, once.
#define GOLDILOCKS_QUANTIZER(Class, name, summary) \
  GOLDILOCKS_ENTRY_POINT(name, GLK_QUANTIZER_ID, ::goldilocks::detail::quantizer_factory<Class>(name, summary))
