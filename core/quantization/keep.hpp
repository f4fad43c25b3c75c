#pragma once

#include <string>

namespace goldilocks::quantization {

// Which form of a tensor counts where codes with their table or scales take more space than floats would.
enum class Keep {
  smaller,  // float16 or float32
  always,   // the codes
};

// "smaller", "always": as pipelines write them.
inline std::string to_text(Keep keep) { return keep == Keep::smaller ? "smaller" : "always"; }

}  // namespace goldilocks::quantization
