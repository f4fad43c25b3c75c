#include "core/formats/coreml/wire_fields.hpp"

#include <algorithm>

namespace goldilocks::model {
namespace {

constexpr std::size_t most_fields = 1000;

class Reader {
 public:
  explicit Reader(std::span<const std::byte> message) : message_(message) {}

  WireFields read() {
    WireFields result;
    while (at_ < message_.size() && result.fields.size() < most_fields && result.whole()) {
      const std::size_t begin = at_;
      if (!read_field(result)) result.unintelligible = begin;
    }
    return result;
  }

 private:
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at_ < message_.size(); shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(message_[at_++]);
      value |= (byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  bool read_field(WireFields& result) {
    WireField field;
    field.begin = at_;
    const std::optional<std::uint64_t> tag = varint();
    if (!tag || *tag >> 3U == 0 || *tag > UINT32_MAX) return false;
    field.id = static_cast<std::uint32_t>(*tag >> 3U);
    switch (*tag & 7U) {
      case WireField::number: {
        const std::optional<std::uint64_t> value = varint();
        if (!value) return false;
        field.value = *value;
        break;
      }
      case WireField::bytes: {
        const std::optional<std::uint64_t> size = varint();
        if (!size) return false;
        field.type = WireField::bytes;
        field.value = *size;
        take(field, *size, result);
        break;
      }
      case WireField::fixed64:
        field.type = WireField::fixed64;
        take(field, 8, result);
        break;
      case WireField::fixed32:
        field.type = WireField::fixed32;
        take(field, 4, result);
        break;
      default:
        return false;
    }
    result.fields.push_back(field);
    return true;
  }

  void take(WireField& field, std::uint64_t size, WireFields& result) {
    const std::uint64_t there = std::min<std::uint64_t>(size, message_.size() - at_);
    field.content = message_.subspan(at_, static_cast<std::size_t>(there));
    at_ += static_cast<std::size_t>(there);
    result.missing = size - there;
  }

  std::span<const std::byte> message_;
  std::size_t at_ = 0;
};

}  // namespace

WireFields wire_fields(std::span<const std::byte> message) { return Reader(message).read(); }

}  // namespace goldilocks::model
