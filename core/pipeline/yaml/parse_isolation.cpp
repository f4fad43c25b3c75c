#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/parse_stages.hpp"

namespace goldilocks::pipeline {

std::optional<ProcessIsolation> parse_isolation(YamlReader& reader, const Fields& fields) {
  std::optional<ProcessIsolation> isolation;
  bool understood = true;
  if (const auto node = fields.find("isolation")) {
    const auto kind = reader.choice(*node, "'isolation'", isolation_names());
    understood = kind.has_value();
    if (kind && isolation_names()[*kind] == "process") isolation.emplace();
  }
  if (const auto node = fields.find("time_limit")) {
    const auto seconds = reader.number(*node, "'time_limit'", shortest_time_limit, longest_time_limit);
    if (isolation && seconds) isolation->time_limit = *seconds;
    if (!isolation && understood) {
      reader.fault(*node, "'time_limit' needs 'isolation: process': a plugin can't be stopped in this process");
    }
  }
  return isolation;
}

}  // namespace goldilocks::pipeline
