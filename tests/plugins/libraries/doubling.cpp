// A backend that returns twice its first input for every value, and takes the operation "double" only. The option
// `fault` says what its runs do wrong.
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <goldilocks/plugin.hpp>

namespace {

class DoublingSession final : public goldilocks::Session {
 public:
  DoublingSession(std::string fault, std::size_t wanted) : fault_(std::move(fault)), wanted_(wanted) {}

  void run(const goldilocks::Inputs& inputs, const goldilocks::Outputs& outputs) override {
    const auto values = inputs.float32(0);
    const std::size_t last = fault_ == "one_unset" ? wanted_ - 1 : wanted_;
    for (std::size_t i = 0; i < last; ++i) {
      if (fault_ == "double" || fault_ == "integer" || fault_ == "half") {
        run_in_another_type(values, outputs, i, inputs.dims(0));
        continue;
      }
      std::vector<std::int64_t> dims(inputs.dims(0).begin(), inputs.dims(0).end());
      if (fault_ == "wrong_shape") ++dims.back();
      if (fault_ == "negative") dims.back() = -1;
      const auto result = outputs.float32(fault_ == "beyond" ? 99 : i, dims);
      if (reinterpret_cast<std::uintptr_t>(result.data()) % 64 != 0) throw goldilocks::BadData("not aligned");
      for (std::size_t k = 0; k < values.size(); ++k) result[k] = 2 * values[k];
      if (fault_ == "again" && outputs.float32(i, dims).data() != result.data()) throw goldilocks::BadData("moved");
      if (fault_ == "again_in_another_type") outputs.buffer(i, GLK_INT32, dims);
    }
    if (fault_ == "throw") throw std::runtime_error("no result today");
  }

 private:
  void run_in_another_type(std::span<const float> values, const goldilocks::Outputs& outputs, std::size_t index,
                           std::span<const std::int64_t> dims) const {
    if (fault_ == "double") {
      auto* result = static_cast<double*>(outputs.buffer(index, GLK_FLOAT64, dims));
      for (std::size_t k = 0; k < values.size(); ++k) result[k] = 2.0 * static_cast<double>(values[k]);
    } else if (fault_ == "integer") {
      auto* result = static_cast<std::int32_t*>(outputs.buffer(index, GLK_INT32, dims));
      for (std::size_t k = 0; k < values.size(); ++k) result[k] = static_cast<std::int32_t>(2 * values[k]);
    } else {
      auto* result = static_cast<std::uint16_t*>(outputs.buffer(index, GLK_FLOAT16, dims));
      for (std::size_t k = 0; k < values.size(); ++k) result[k] = 0x4000;  // 2.0
    }
  }

  std::string fault_;
  std::size_t wanted_;
};

class DoublingModel final : public goldilocks::Model {
 public:
  explicit DoublingModel(std::string fault) : fault_(std::move(fault)) {}

  std::unique_ptr<goldilocks::Session> create_session(std::span<const std::uint32_t> wanted) override {
    if (fault_ == "no_session") return nullptr;
    return std::make_unique<DoublingSession>(fault_, wanted.size());
  }

 private:
  std::string fault_;
};

class Doubling final : public goldilocks::Backend {
 public:
  void declare(goldilocks::Options& options) override {
    options.string("fault", &fault_, "what to do wrong");
    options.string("also", &also_, "another operation to take");
    options.string("expected_file", &expected_file_, "the model's file that the host shall name");
  }

  bool supports(const glk_graph& graph, const glk_operation& operation) const override {
    if (std::string_view(operation.type) == "throw") throw std::runtime_error("supports");
    const std::string_view type = operation.type;
    return graph.operation_count > 0 && (type == "double" || type == also_);
  }

  std::unique_ptr<goldilocks::Model> create_model(const glk_graph& /*graph*/,
                                                  const std::filesystem::path& model_file) override {
    if (model_file.string() != expected_file_) throw goldilocks::BadData("another file: " + model_file.string());
    if (fault_ == "no_model") throw goldilocks::Unsupported("models today");
    return std::make_unique<DoublingModel>(fault_);
  }

 private:
  std::string fault_;
  std::string also_;
  std::string expected_file_;
};

}  // namespace

GOLDILOCKS_BACKEND(Doubling, "doubling", "twice the input")
