#include "core/base/file_ending.hpp"

#include <algorithm>

namespace goldilocks {

std::string file_ending(const std::filesystem::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; });
  return ending;
}

bool has_ending(const std::filesystem::path& file, std::initializer_list<std::string_view> endings) {
  return std::find(endings.begin(), endings.end(), file_ending(file)) != endings.end();
}

}  // namespace goldilocks
