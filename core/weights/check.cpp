#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::weights {
namespace {

class Check {
 public:
  Check(const Stored& stored, std::string_view place) : stored_(stored), place_(place) {}

  void run() const {
    const Encoding& encoding = stored_.encoding;
    if (encoding.kind == Kind::none) return;
    const auto product = element_count(stored_.shape);
    if (!product) fail("the shape [{}] is not possible", fmt::join(stored_.shape, ", "));
    if (is_coded(encoding.kind) && (encoding.bits < 1 || encoding.bits > 8)) {
      fail("codes of {} bits; the width must be 1 to 8", encoding.bits);
    }
    if (encoding.vector != 1) check_vectors();
    const std::size_t places = static_cast<std::size_t>(*product) / static_cast<std::size_t>(encoding.vector);
    check_values(is_sparse(encoding.kind) ? count_kept(places) : places);
    if (is_table(encoding.kind)) check_table();
    if (is_scaled(encoding.kind) && stored_.scaling.empty()) fail("no linear scale is stored");
    check_scaling(stored_.scaling, stored_.shape);
  }

 private:
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) const {
    throw ModelError(std::string(place_), fmt::format(text, std::forward<Args>(args)...));
  }

  void check_vectors() const {
    const auto axis = stored_.vector_axis;
    if (!is_table(stored_.encoding.kind) || stored_.encoding.vector < 1 || axis >= stored_.shape.size() ||
        stored_.shape[axis] % stored_.encoding.vector != 0) {
      fail("vectors of {} don't suit the shape [{}]", stored_.encoding.vector, fmt::join(stored_.shape, ", "));
    }
  }

  void check_bytes(const Array& array, const char* what) const {
    const std::size_t needed = packed_size(array.count, array.type.bits);
    if (array.bytes.size() < needed) {
      fail("{} {} of {} bits need {} bytes, {} are stored", array.count, what, array.type.bits, needed,
           array.bytes.size());
    }
  }

  // How many of the places the mask keeps.
  std::size_t count_kept(std::size_t places) const {
    if (stored_.mask.count != places) {
      fail("a mask of {} is stored, the shape [{}] needs {}", stored_.mask.count, fmt::join(stored_.shape, ", "),
           places);
    }
    check_bytes(stored_.mask, "entries of a mask");
    const std::vector<std::uint8_t> mask = codes(stored_.mask);
    if (std::ranges::any_of(mask, [](std::uint8_t entry) { return entry > 1; })) fail("a mask holds 0 and 1 only");
    return static_cast<std::size_t>(std::ranges::count(mask, 1));
  }

  void check_values(std::size_t needed) const {
    const Array& values = stored_.values;
    const bool has_all = !stored_.mask.empty() && values.count == stored_.mask.count;
    if (values.count != needed && !has_all) {
      fail("{} values are stored, the shape [{}] needs {}", values.count, fmt::join(stored_.shape, ", "), needed);
    }
    const bool is_coded_kind = is_coded(stored_.encoding.kind);
    if (values.type.is_float() == is_coded_kind) fail("{} values don't suit its encoding", to_text(values.type));
    check_bytes(values, is_coded_kind ? "codes" : "values");
    if (!is_coded_kind || values.type.bits <= stored_.encoding.bits) return;
    if (values.type.kind == NumberType::Class::signed_integer) {
      fail("codes of {} bits don't suit {} bits", values.type.bits, stored_.encoding.bits);
    }
    const int limit = 1 << stored_.encoding.bits;
    const std::vector<std::uint8_t> unpacked = codes(values);
    const auto found = std::ranges::find_if(unpacked, [&](std::uint8_t code) { return code >= limit; });
    if (found != unpacked.end()) {
      fail("code {} at position {} does not fit into {} bits", *found, found - unpacked.begin(), stored_.encoding.bits);
    }
  }

  // A grid's number of blocks.
  std::size_t check_grid(const Grid& grid, std::span<const std::int64_t> shape) const {
    if (grid.empty()) return 1;
    const auto divides = [](std::int64_t blocks, std::int64_t length) { return blocks > 0 && length % blocks == 0; };
    if (!std::ranges::equal(grid, shape, divides)) {
      fail("blocks of [{}] don't divide the shape [{}]", fmt::join(grid, ", "), fmt::join(shape, ", "));
    }
    return static_cast<std::size_t>(element_count(grid).value());
  }

  void check_table() const {
    std::vector<std::int64_t> shape = stored_.shape;
    if (stored_.encoding.vector > 1) shape[stored_.vector_axis] /= stored_.encoding.vector;
    const std::size_t tables = check_grid(stored_.table_grid, shape);
    const std::size_t entries = std::size_t{1} << static_cast<unsigned>(stored_.encoding.bits);
    const std::size_t needed = tables * entries * static_cast<std::size_t>(stored_.encoding.vector);
    if (stored_.table.count != needed) {
      fail("the table has {} entries, {} bits need {}", stored_.table.count, stored_.encoding.bits, needed);
    }
    check_bytes(stored_.table, "entries");
    check_scaling(stored_.table_scaling, stored_.table_grid);
  }

  void check_scaling(const Scaling& scaling, std::span<const std::int64_t> shape) const {
    if (scaling.empty()) return;
    const std::size_t blocks = check_grid(scaling.grid, shape);
    if (scaling.scale.count != blocks) {
      fail("{} linear scales are stored, {} {} needed", scaling.scale.count, blocks, blocks == 1 ? "is" : "are");
    }
    check_bytes(scaling.scale, "scales");
    for (const Array* array : {&scaling.offset, &scaling.bias}) {
      if (array->empty()) continue;
      if (array->count != blocks) fail("{} linear biases are stored for {} scales", array->count, blocks);
      check_bytes(*array, "biases");
    }
  }

  const Stored& stored_;
  std::string_view place_;
};

}  // namespace

void check(const Stored& stored, std::string_view place) { Check(stored, place).run(); }

void check_finite(std::span<const float> values, std::string_view place) {
  const std::size_t at = first_beyond(values, std::numeric_limits<float>::infinity());
  if (at == values.size()) return;
  throw ModelError(place,
                   fmt::format("the value at position {} is {}", at, std::isnan(values[at]) ? "NaN" : "infinite"));
}

void check_numbers(std::span<const float> values, std::string_view place) {
  const auto found = std::ranges::find_if(values, [](float value) { return std::isnan(value); });
  if (found == values.end()) return;
  throw ModelError(place, fmt::format("the value at position {} is NaN", found - values.begin()));
}

}  // namespace goldilocks::weights
