#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/formats/ml_program/package.hpp"
#include "core/formats/ml_program/program.hpp"

namespace goldilocks::ml_program {

// A program with the files that its values lie in. Any thread.
class OpenedProgram {
 public:
  // `package` may be null: a program without files.
  OpenedProgram(std::shared_ptr<Package> package, std::shared_ptr<spec::Model> message);

  // Null for a program that came without a package's folder.
  const Package* package() const;
  std::shared_ptr<spec::Model> message() const { return message_; }
  WeightFiles& files() const { return *files_; }

  // Read and checked the first time. Throws ModelError with the first rule that is broken.
  const Program& program() const;

 private:
  std::shared_ptr<Package> package_;
  std::shared_ptr<spec::Model> message_;
  std::unique_ptr<WeightFiles> own_files_;
  WeightFiles* files_;
  mutable std::once_flag read_;
  mutable Program program_;
};

}  // namespace goldilocks::ml_program
