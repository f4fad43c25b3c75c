#include "core/formats/ml_program/opened_program.hpp"

#include <utility>

#include "core/base/error.hpp"
#include "core/formats/ml_program/validate.hpp"

namespace goldilocks::ml_program {

OpenedProgram::OpenedProgram(std::shared_ptr<Package> package, std::shared_ptr<spec::Model> message)
    : package_(std::move(package)), message_(std::move(message)) {
  if (package_ == nullptr) own_files_ = std::make_unique<WeightFiles>(std::filesystem::path(), std::filesystem::path());
  files_ = package_ == nullptr ? own_files_.get() : &package_->weights();
}

const Package* OpenedProgram::package() const {
  return package_ != nullptr && package_->manifest() != nullptr ? package_.get() : nullptr;
}

const Program& OpenedProgram::program() const {
  std::call_once(read_, [&] {
    Program program;
    const auto violations = validate(*message_, *files_, program);
    if (!violations.empty()) throw ModelError(violations.front().text());
    program_ = std::move(program);
  });
  return program_;
}

}  // namespace goldilocks::ml_program
