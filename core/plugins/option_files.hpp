#pragma once

#include <string>
#include <vector>

#include "core/plugins/options.hpp"

namespace goldilocks::plugins {

// The content of all files that path options name, as 64 hexadecimal digits: part of the key of every artifact that is
// made with these options. A folder counts with the names and contents of all files below it. Options without a path,
// and a path that leads nowhere, count as such. Throws FileError for what is there but can't be read.
std::string hash_option_files(const std::vector<OptionSpec>& specs, const OptionValues& values);

}  // namespace goldilocks::plugins
