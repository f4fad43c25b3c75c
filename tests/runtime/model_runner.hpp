#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/runtime/loaded_model.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::runtime {
namespace spec = ::CoreML::Specification;
}

namespace goldilocks::testing {

using runtime::Array;
using runtime::Image;
using runtime::Value;
using runtime::Values;

// The model, written to a file and loaded from it.
class ModelFile {
 public:
  explicit ModelFile(const spec::Model& model, const std::string& backend = "reference",
                     const lowering::LoweringOptions& limits = {});
  const runtime::LoadedModel* operator->() const { return model_.get(); }

  Values predict(const Values& inputs) const { return model_->predict(inputs, nullptr, nullptr); }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<runtime::LoadedModel> model_;
};

Array floats(std::vector<std::int64_t> shape, const std::vector<float>& values);
Array doubles(std::vector<std::int64_t> shape, const std::vector<double>& values);
Array integers(std::vector<std::int64_t> shape, const std::vector<std::int32_t>& values);

// The message of the error that a call throws; "" if it throws none.
std::string error_of(const std::function<void()>& call);

}  // namespace goldilocks::testing
