#include "core/plugins/text_options.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/base/suggest.hpp"

namespace goldilocks::plugins {

OptionValues parse_text_options(const std::vector<OptionSpec>& specs, const TextOptions& given,
                                const std::string& what) {
  std::vector<std::string> known;
  known.reserve(specs.size());
  for (const OptionSpec& spec : specs) known.push_back(spec.name);
  OptionValues values;
  for (const auto& [name, text] : given) {
    const auto spec =
        std::find_if(specs.begin(), specs.end(), [&, wanted = name](const auto& s) { return s.name == wanted; });
    if (spec == specs.end())
      throw UsageError(fmt::format("{} has no option '{}'{}", what, name, did_you_mean(name, known)));
    if (values.contains(name)) throw UsageError(what, fmt::format("option '{}' is given twice", name));
    values[name] = parse_option(*spec, {text, std::nullopt}, current_folder());
  }
  return complete_options(specs, std::move(values));
}

}  // namespace goldilocks::plugins
