#include "core/formats/format.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/file.hpp"

namespace goldilocks::formats {

std::vector<std::string> warning_lines(const Model& model, const std::string& name) {
  constexpr std::size_t most_listed = 8;
  const std::vector<model::Violation> found = model.warnings();
  std::vector<std::string> lines;
  for (const model::Violation& warning : found) {
    if (lines.size() == most_listed) {
      lines.push_back(
          fmt::format("{}: {} more warnings, which 'goldilocks validate' lists", name, found.size() - most_listed));
      break;
    }
    lines.push_back(name + ": " + warning.text());
  }
  return lines;
}

bool has_network(const Model& model) {
  return model.structure() == Structure::network ||
         std::ranges::any_of(model.inner_models(), [](const InnerModel& inner) { return has_network(*inner.model); });
}

void Model::select_function(const std::string& name) {
  if (!name.empty()) throw UsageError("has no function '" + name + "': only ML Programs have functions");
}

void Model::write(const std::filesystem::path& path) const { write_file_atomically(path, serialize()); }

}  // namespace goldilocks::formats
