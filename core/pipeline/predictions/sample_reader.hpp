#pragma once

#include <cstddef>

#include "core/pipeline/predictions/prepared_samples.hpp"
#include "core/runtime/stage.hpp"

namespace goldilocks::pipeline {

// What goes into a model for one sample, as prepare_samples() wrote it. Any thread.
class SampleReader {
 public:
  // Throws ModelError for what was prepared for another model. `prepared` lives longer.
  SampleReader(const PreparedSamples& prepared, const runtime::Description& description);

  runtime::Values read(std::size_t sample) const;

 private:
  const PreparedSamples& prepared_;
};

}  // namespace goldilocks::pipeline
