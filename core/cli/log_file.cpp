#include "core/cli/log_file.hpp"

#include <algorithm>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/paths.hpp"

namespace goldilocks::cli {
namespace {

// "2026-11-30T18:00:00.000 info ...": how every line of a log begins.
bool begins_as_log(std::string_view content) {
  constexpr std::string_view pattern = "dddd-dd-ddTdd:dd:dd.";
  return content.size() >= pattern.size() &&
         std::equal(pattern.begin(), pattern.end(), content.begin(), [](char expected, char letter) {
           return expected == 'd' ? letter >= '0' && letter <= '9' : letter == expected;
         });
}

}  // namespace

void require_log_or_nothing(const std::filesystem::path& file) {
  if (file == "-") throw UsageError("--log-file -: standard error has the log in any case; name a file");
  if (!is_plain_file(file)) return;
  const MappedFile there(file);
  const std::string_view content(reinterpret_cast<const char*>(there.bytes().data()), there.bytes().size());
  if (content.empty() || begins_as_log(content)) return;
  throw UsageError("--log-file " + file.string(), "is there, and is no log of this program; it is not replaced");
}

}  // namespace goldilocks::cli
