// A quantizer that uses what was added to the interface after its first release, where the host has it: the program's
// name, the forms that the model can store, and progress from a thread of its own.
#include <memory>
#include <string>
#include <thread>

#include <goldilocks/plugin.hpp>

namespace {

class Task final : public goldilocks::QuantizerTask {
 public:
  Task(const goldilocks::Host& host, const goldilocks::Weights& weights) : host_(host), weights_(weights) {}

  void quantize(int bits, goldilocks::Result& out) override {
    // Values of its own, so that it shows whose progress arrives where.
    std::thread([&] {
      out.progress(static_cast<double>(weights_.values[0]));
      host_.progress(0.125);
    }).join();
    const auto* program = host_.extension<glk_program>(GLK_PROGRAM_ID);
    out.note("in " + std::string(program == nullptr ? "a program without a name" : program->name) + ", forms " +
             std::to_string(weights_.accepted_forms));
    if (!weights_.accepts(GLK_FORM_TABLE)) return out.unchanged();
    const auto [table, codes] = out.table(bits);
    table[1] = weights_.values[0];
    codes[0] = 1;
  }

 private:
  goldilocks::Host host_;
  goldilocks::Weights weights_;
};

class Extended final : public goldilocks::Quantizer {
 public:
  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<Task>(host(), weights);
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(Extended, "extended", "uses what hosts have had since the first release")
