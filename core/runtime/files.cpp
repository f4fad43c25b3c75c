#include "core/runtime/files.hpp"

#include <limits>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/npy.hpp"
#include "core/runtime/arrays.hpp"

namespace goldilocks::runtime {
namespace {

struct SameType {
  const char* name;
  ElementType type;
};
constexpr SameType same_types[] = {{"<f4", ElementType::float32}, {"<f8", ElementType::float64},
                                   {"<f2", ElementType::float16}, {"<i8", ElementType::int64},
                                   {"<i4", ElementType::int32},   {"|i1", ElementType::int8}};

template <class Element>
Array widen(const data::NpyView& view, const std::string& name) {
  std::vector<std::int64_t> values(view.values.size() / sizeof(Element));
  for (std::size_t index = 0; index < values.size(); ++index) {
    Element element;
    std::memcpy(&element, view.values.data() + index * sizeof(Element), sizeof(Element));
    if constexpr (std::is_same_v<Element, std::uint64_t>) {
      if (element > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw DataError(name, "has numbers beyond 2^63");
      }
    }
    values[index] = static_cast<std::int64_t>(element);
  }
  return make_array(view.shape, values);
}

}  // namespace

Array read_npy(const std::filesystem::path& file) {
  const MappedFile mapped(file);
  const std::string name = file.string();
  const data::NpyView view = data::parse_npy(mapped.bytes(), name);
  for (const SameType& same : same_types) {
    if (view.type == same.name) return {same.type, view.shape, {view.values.begin(), view.values.end()}};
  }
  if (view.type == "|u1" || view.type == "|b1") return widen<std::uint8_t>(view, name);
  if (view.type == "<i2") return widen<std::int16_t>(view, name);
  if (view.type == "<u2") return widen<std::uint16_t>(view, name);
  if (view.type == "<u4") return widen<std::uint32_t>(view, name);
  if (view.type == "<u8") return widen<std::uint64_t>(view, name);
  throw DataError(name, "has values of the type '" + view.type + "', which no model takes");
}

std::string npy_content(const Array& array) {
  for (const SameType& same : same_types) {
    if (array.type != same.type) continue;
    std::string content = data::npy_header(same.name, array.shape);
    content.append(reinterpret_cast<const char*>(array.data.data()), array.data.size());
    return content;
  }
  throw UsageError("an array of an unknown type");
}

}  // namespace goldilocks::runtime
