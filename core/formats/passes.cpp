#include "core/formats/passes.hpp"

#include <algorithm>
#include <utility>

namespace goldilocks::formats {

FoldSettings FoldChoice::at(int bits) const {
  if (!automatic) return kinds;
  const bool coded = bits >= 1 && bits <= 8;
  return {.batchnorm = coded, .scale = coded, .bias = coded};
}

std::string to_text(const FoldSettings& fold) {
  std::string text;
  for (const auto& [on, kind] :
       {std::pair{fold.batchnorm, "batchnorm"}, std::pair{fold.scale, "scale"}, std::pair{fold.bias, "bias"}}) {
    if (on) text += (text.empty() ? "" : ", ") + std::string(kind);
  }
  return text.empty() ? "off" : text;
}

std::string to_text(Compaction compaction) {
  switch (compaction) {
    case Compaction::off:
      return "off";
    case Compaction::lossless:
      return "lossless";
    case Compaction::float16:
      return "float16";
    case Compaction::grid:
      return "grid";
  }
  return "";
}

bool PassOutcome::changed() const {
  return std::any_of(reports.begin(), reports.end(), [](const PassReport& report) { return !report.notes.empty(); });
}

}  // namespace goldilocks::formats
