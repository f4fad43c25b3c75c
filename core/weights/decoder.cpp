// Weights out of their encodings, in blocks that stay in the cache: numbers or codes are read, spread over the places
// that the mask keeps, looked up in the tables of their blocks, and scaled by the scales of theirs.
//
// Neural networks compute code * scale + bias in float64 and round once. Everywhere else each step is rounded to the
// type of the scale, as the reference implementation's evaluator does, or all of it once, at the end.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/half.hpp"
#include "core/weights/blocks.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::weights {
namespace {

constexpr std::size_t block_size = 4096;  // a multiple of 8, as unpack_codes wants

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The numbers from `first` on, which is a multiple of 8.
void read(const Array& array, std::size_t first, std::span<std::uint8_t> codes) {
  unpack_codes(text_of(array.bytes), first, array.type.bits, codes, array.order);
}

void read(const Array& array, std::size_t first, std::span<float> values) {
  if (array.type == float32) {
    if (!values.empty()) std::memcpy(values.data(), array.bytes.data() + 4 * first, values.size_bytes());
  } else if (array.type == float16) {
    widen_halves(text_of(array.bytes.subspan(2 * first)), values);
  } else {
    std::array<std::uint8_t, block_size> codes;
    const int sign = array.type.kind == NumberType::Class::signed_integer ? 1 << (array.type.bits - 1) : 0;
    for (std::size_t at = 0; at < values.size(); at += block_size) {
      const std::span<std::uint8_t> some(codes.data(), std::min(block_size, values.size() - at));
      read(array, first + at, some);
      for (std::size_t i = 0; i < some.size(); ++i) values[at + i] = static_cast<float>((some[i] ^ sign) - sign);
    }
  }
}

// Reads an array from its beginning on, however many numbers are asked for at a time.
template <class T>
class ArrayReader {
 public:
  explicit ArrayReader(const Array& array) : array_(array) {}

  void next(std::span<T> values) {
    while (!values.empty()) {
      if (at_ == buffer_.size()) {
        if (first_ % 8 == 0 && values.size() >= block_size) {
          read(array_, first_, values.first(block_size));
          first_ += block_size;
          values = values.subspan(block_size);
          continue;
        }
        buffer_.resize(std::min(block_size, array_.count - first_));
        read(array_, first_, std::span(buffer_));
        first_ += buffer_.size();
        at_ = 0;
      }
      const std::size_t some = std::min(values.size(), buffer_.size() - at_);
      std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(at_), some, values.begin());
      at_ += some;
      values = values.subspan(some);
    }
  }

 private:
  Array array_;
  std::size_t first_ = 0;  // of what is not in the buffer yet
  std::vector<T> buffer_;
  std::size_t at_ = 0;
};

// Scaling, ready to be applied to a tensor block by block.
class Scaler {
 public:
  Scaler(const Scaling& scaling, std::span<const std::int64_t> shape, bool in_float64)
      : blocks_(shape, scaling.grid),
        scale_(numbers(scaling.scale)),
        offset_(numbers(scaling.offset)),
        bias_(numbers(scaling.bias)),
        in_float64_(in_float64 && scaling.offset.empty()),
        in_half_(scaling.scale.type == float16),
        rounds_once_(scaling.rounds_once) {
    if (in_half_ && !rounds_once_) round_to_halves(offset_);
  }

  // Values from the tensor's value `first` on, in place.
  void apply(std::size_t first, std::span<float> values) const {
    blocks_.for_each_run(first, values.size(), [&](std::size_t begin, std::size_t end, std::size_t block) {
      const std::span<float> run = values.subspan(begin, end - begin);
      if (in_float64_) {
        const double scale = scale_[block];
        const double bias = bias_.empty() ? 0.0 : bias_[block];
        for (float& value : run) value = static_cast<float>(value * scale + bias);
      } else {
        apply_in_steps(block, run);
      }
    });
  }

 private:
  void apply_in_steps(std::size_t block, std::span<float> run) const {
    const bool each_step = in_half_ && !rounds_once_;
    if (each_step) round_to_halves(run);
    if (!offset_.empty()) {
      for (float& value : run) value -= offset_[block];
      if (each_step) round_to_halves(run);
    }
    for (float& value : run) value *= scale_[block];
    if (in_half_) round_to_halves(run);
  }

  Blocks blocks_;
  std::vector<float> scale_, offset_, bias_;
  bool in_float64_, in_half_, rounds_once_;
};

// All tables as floats.
std::vector<float> entries_of(const Stored& stored) {
  std::vector<float> entries = numbers(stored.table);
  if (stored.table_scaling.empty()) return entries;
  std::vector<std::int64_t> shape = stored.table_grid;
  shape.resize(std::max(stored.shape.size(), stored.table_scaling.grid.size()), 1);
  shape.push_back(static_cast<std::int64_t>(std::int64_t{1} << stored.encoding.bits));
  shape.push_back(stored.encoding.vector);
  Scaling scaling = stored.table_scaling;
  scaling.grid.resize(shape.size(), 1);
  Scaler(scaling, shape, false).apply(0, entries);
  return entries;
}

}  // namespace

class Decoder::State {
 public:
  explicit State(const Stored& stored)
      : stored_(stored),
        is_table_(is_table(stored.encoding.kind)),
        numbers_(stored.values),
        codes_(stored.values),
        mask_(stored.mask) {
    if (is_table_) {
      tables_.emplace(stored.shape, stored.table_grid);
      entries_ = entries_of(stored);
      if (stored.encoding.vector > 1) spread_vectors();
    }
    if (!stored.scaling.empty()) {
      const bool in_float64 = stored.encoding.kind == Kind::linear || stored.encoding.kind == Kind::sparse_linear;
      scaler_.emplace(stored.scaling, stored.shape, in_float64);
    }
  }

  void next(std::span<float> values) {
    if (is_table_ && stored_.encoding.vector > 1) {
      look_up_vectors(values);
    } else if (is_table_) {
      look_up(values);
    } else {
      read_places(numbers_, values);
    }
    if (scaler_) scaler_->apply(first_, values);
    // An offset makes something else of 0.
    if (!stored_.mask.empty()) clear_unkept(values);
    first_ += values.size();
  }

 private:
  // Reads a block's numbers, and its mask; where only those are stored that the mask keeps, each goes to its place.
  template <class T>
  void read_places(ArrayReader<T>& reader, std::span<T> places) {
    if (stored_.mask.empty()) return reader.next(places);
    kept_.resize(places.size());
    mask_.next(kept_);
    if (stored_.values.count == stored_.mask.count) return reader.next(places);
    const auto count = static_cast<std::size_t>(std::count(kept_.begin(), kept_.end(), 1));
    reader.next(places.first(count));
    // From behind, as no number moves forward.
    for (std::size_t i = places.size(), from = count; i-- > 0;) places[i] = kept_[i] != 0 ? places[--from] : T{};
  }

  void clear_unkept(std::span<float> values) const {
    const auto is_kept = [&](std::size_t i) {
      return stored_.encoding.vector > 1 ? all_kept_[code_at(first_ + i)] != 0 : kept_[i] != 0;
    };
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!is_kept(i)) values[i] = 0;
    }
  }

  void look_up(std::span<float> values) {
    block_codes_.resize(values.size());
    read_places(codes_, std::span(block_codes_));
    tables_->for_each_run(first_, values.size(), [&](std::size_t begin, std::size_t end, std::size_t block) {
      const float* table = entries_.data() + (block << static_cast<unsigned>(stored_.encoding.bits));
      for (std::size_t i = begin; i < end; ++i) values[i] = table[block_codes_[i]];
    });
  }

  // Vectors lie across the order of values: all codes are unpacked first.
  void spread_vectors() {
    const std::size_t count = stored_.count() / static_cast<std::size_t>(stored_.encoding.vector);
    block_codes_.resize(count);
    read_places(codes_, std::span(block_codes_));
    all_kept_ = kept_;
    for (std::size_t axis = stored_.vector_axis + 1; axis < stored_.shape.size(); ++axis) {
      inner_ *= static_cast<std::size_t>(stored_.shape[axis]);
    }
  }

  std::size_t length() const { return static_cast<std::size_t>(stored_.encoding.vector); }
  std::size_t code_at(std::size_t value) const { return value / inner_ / length() * inner_ + value % inner_; }

  void look_up_vectors(std::span<float> values) const {
    tables_->for_each_run(first_, values.size(), [&](std::size_t begin, std::size_t end, std::size_t block) {
      const float* table = entries_.data() + (block << static_cast<unsigned>(stored_.encoding.bits)) * length();
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t value = first_ + i;
        values[i] = table[block_codes_[code_at(value)] * length() + value / inner_ % length()];
      }
    });
  }

  const Stored& stored_;
  bool is_table_;
  ArrayReader<float> numbers_;
  ArrayReader<std::uint8_t> codes_, mask_;
  std::optional<Blocks> tables_;
  std::vector<float> entries_;
  std::optional<Scaler> scaler_;
  std::vector<std::uint8_t> block_codes_;      // one for each value of a block; of vectors: all
  std::vector<std::uint8_t> kept_, all_kept_;  // the mask of a block; of vectors: of all codes
  std::size_t inner_ = 1;                      // values from one component of a vector to the next
  std::size_t first_ = 0;                      // the value that comes next
};

Decoder::Decoder(const Stored& stored) : state_(std::make_unique<State>(stored)) {}
Decoder::~Decoder() = default;

void Decoder::next(std::span<float> values) {
  for (std::size_t at = 0; at < values.size(); at += block_size) {
    state_->next(values.subspan(at, std::min(block_size, values.size() - at)));
  }
}

std::vector<float> decode(const Stored& stored, std::string_view place) {
  check(stored, place);
  if (stored.encoding.kind == Kind::none) return {};
  std::vector<float> values(stored.count());
  if (is_sparse(stored.encoding.kind) || is_coded(stored.encoding.kind)) {
    Decoder(stored).next(values);
  } else {
    read(stored.values, 0, std::span(values));
  }
  return values;
}

std::span<const float> view(const Stored& stored, std::string_view place, std::vector<float>& buffer) {
  if (stored.encoding.kind == Kind::float32 &&
      reinterpret_cast<std::uintptr_t>(stored.values.bytes.data()) % alignof(float) == 0) {
    check(stored, place);
    return {reinterpret_cast<const float*>(stored.values.bytes.data()), stored.values.count};
  }
  buffer = decode(stored, place);
  return buffer;
}

std::vector<float> numbers(const Array& array) {
  std::vector<float> values(array.count);
  read(array, 0, std::span(values));
  return values;
}

std::vector<std::uint8_t> codes(const Array& array) {
  std::vector<std::uint8_t> values(array.count);
  read(array, 0, std::span(values));
  return values;
}

}  // namespace goldilocks::weights
