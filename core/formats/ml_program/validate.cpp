#include "core/formats/ml_program/validate.hpp"

#include "core/formats/ml_program/check_description.hpp"
#include "core/formats/ml_program/check_program.hpp"
#include "core/formats/ml_program/decode.hpp"

namespace goldilocks::ml_program {

std::vector<model::Violation> validate(const spec::Model& model, WeightFiles& weights, Program& program) {
  std::vector<model::Violation> violations;
  Report report(violations);
  program = decode_program(model.mlprogram(), weights, report);
  const auto signatures = check_program(program, report);
  check_description(model, signatures, report);
  return violations;
}

std::vector<model::Violation> validate(const spec::Model& model, WeightFiles& weights) {
  Program program;
  return validate(model, weights, program);
}

}  // namespace goldilocks::ml_program
