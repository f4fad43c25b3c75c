#include "core/weights/weight.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace goldilocks::weights {
namespace {

// Why there are no such codes, floats, ... at all.
std::string refusal_of(Kind kind) {
  if (kind == Kind::int8) return "the format takes no int8 here";
  if (kind == Kind::float16) return "the format takes only float32 here";
  if (is_sparse(kind)) return "the format takes no sparse values here";
  if (is_coded(kind)) return "the format takes no codes here";
  return "the format doesn't take this here";
}

}  // namespace

const AcceptedKind* Accepted::find(Kind kind) const {
  const auto found = std::ranges::find(kinds, kind, &AcceptedKind::kind);
  return found == kinds.end() ? nullptr : &*found;
}

std::uint64_t Accepted::bits() const {
  std::uint64_t set = 0;
  for (const AcceptedKind& accepted : kinds) set |= std::uint64_t{1} << static_cast<unsigned>(accepted.kind);
  return set;
}

std::string Accepted::refusal(const Encoding& encoding) const {
  const AcceptedKind* accepted = find(encoding.kind);
  if (accepted == nullptr) {
    const auto found = std::ranges::find(reasons, encoding.kind, &std::pair<Kind, std::string>::first);
    return found == reasons.end() ? refusal_of(encoding.kind) : found->second;
  }
  if (!is_coded(encoding.kind)) return "";
  if ((accepted->widths >> static_cast<unsigned>(encoding.bits) & 1U) == 0) {
    return fmt::format("the format has no {} bits here", encoding.bits);
  }
  const auto granularity = static_cast<unsigned>(encoding.granularity.kind);
  if ((accepted->granularities >> granularity & 1U) == 0) {
    return fmt::format("the format has no granularity {} here", to_text(encoding.granularity));
  }
  if (encoding.vector > 1 && !accepted->has_vectors) return "the format has no tables of vectors here";
  if (is_table(encoding.kind) && encoding.entry == int8 && !accepted->has_int8_entries) {
    return "the format has no tables of int8 here";
  }
  if (encoding.has_channel_scale && !accepted->has_channel_scale) return "the format has no scaled tables here";
  return "";
}

}  // namespace goldilocks::weights
