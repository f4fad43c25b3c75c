#pragma once

#include <filesystem>

namespace goldilocks::cli {

// A log starts anew in the place of an earlier one. Throws UsageError for a file that is there and is no log, which a
// slip of the pen names: --log-file model.mlmodel; and for "-", as standard error has the log in any case.
void require_log_or_nothing(const std::filesystem::path& file);

}  // namespace goldilocks::cli
