#pragma once

namespace goldilocks::runtime {

// The part of a stage that a check of a model needs, and a prediction does not.
class OutputCheck {
 public:
  virtual ~OutputCheck() = default;
  OutputCheck(const OutputCheck&) = delete;
  OutputCheck& operator=(const OutputCheck&) = delete;

  // Throws ModelError for an output that the description calls what no prediction can give, without running anything.
  virtual void check_outputs() const = 0;

 protected:
  OutputCheck() = default;
};

}  // namespace goldilocks::runtime
