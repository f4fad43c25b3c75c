// A backend made with the frozen C++ wrapper: every value is the first input times an option.
#include <memory>
#include <span>
#include <vector>

#include <goldilocks/backend.hpp>

namespace {

class Session final : public goldilocks::Session {
 public:
  Session(double factor, std::size_t wanted) : factor_(factor), wanted_(wanted) {}

  void run(const goldilocks::Inputs& inputs, const goldilocks::Outputs& outputs) override {
    if (inputs.size() != 1) throw goldilocks::BadData("not one input");
    const std::span<const float> values = inputs.float32(0);
    for (std::size_t index = 0; index < wanted_; ++index) {
      const std::span<float> result = outputs.float32(index, inputs.dims(0));
      for (std::size_t k = 0; k < values.size(); ++k) result[k] = static_cast<float>(factor_) * values[k];
    }
  }

 private:
  double factor_;
  std::size_t wanted_;
};

class Model final : public goldilocks::Model {
 public:
  explicit Model(double factor) : factor_(factor) {}
  std::unique_ptr<goldilocks::Session> create_session(std::span<const std::uint32_t> wanted) override {
    return std::make_unique<Session>(factor_, wanted.size());
  }

 private:
  double factor_;
};

class FrozenBackend final : public goldilocks::Backend {
 public:
  void declare(goldilocks::Options& options) override {
    options.integer("factor", &factor_, "what the input is multiplied by");
  }
  bool supports(const glk_graph& /*graph*/, const glk_operation& operation) const override {
    return std::string_view(operation.type) == "frozen";
  }
  std::unique_ptr<goldilocks::Model> create_model(const glk_graph& /*graph*/,
                                                  const std::filesystem::path& /*model_file*/) override {
    host().throw_if_cancelled();
    if (factor_ == 9) throw goldilocks::InvalidArgument("a factor of 9");
    return std::make_unique<Model>(factor_);
  }

 private:
  int factor_ = 2;
};

}  // namespace

GOLDILOCKS_BACKEND(FrozenBackend, "frozen_backend_cpp", "made with the frozen wrapper")
