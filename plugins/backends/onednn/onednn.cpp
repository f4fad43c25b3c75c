// The fast backend: oneDNN's primitives in blocked layouts, code of our own where that is faster (winograd/,
// recurrent/, for the vectors in lanes/), and the kit's plain kernels for what is left.
//
// A model is compiled (compile.hpp) into a plan (plan.hpp) once for each set of input shapes and wanted values: which
// operations melt into one (fusion.hpp), how each family is computed (makers.hpp), in which layouts values lie
// (layout.hpp), which are parts of another's memory (join.hpp), and where in one arena they stand (arena.hpp). Sessions
// share plans and prepared weights, and bind them to memory of their own (binding.hpp).
#include <goldilocks/graph/backend.hpp>
#include <goldilocks/graph/plain.hpp>
#include <goldilocks/plugin.hpp>

#include "model.hpp"
#include "single_operation.hpp"

namespace {

class Onednn final : public goldilocks::Backend {
 public:
  void declare(goldilocks::Options& options) override {
    options.boolean("winograd", &winograd_,
                    "compute 3x3 convolutions by Winograd's method: faster, with rounding errors of some 1e-6");
    memory_limit_.declare(options);
  }

  std::span<const std::int32_t> element_types() const override { return goldilocks::graph::plain_element_types(); }

  bool supports(const glk_graph& graph, const glk_operation& operation) const override {
    return goldilocks::graph::is_supported(graph, goldilocks::graph::OperationView(operation));
  }

  std::unique_ptr<goldilocks::Model> create_model(const glk_graph& graph, const std::filesystem::path&) override {
    try {
      // Where shapes are found only as the graph runs, the kit runs it, with plans for its single operations.
      if (goldilocks::graph::needs_interpreter(goldilocks::graph::GraphView(graph))) {
        return goldilocks::graph::make_plain_model(
            graph, goldilocks::onednn::make_single_operations(winograd_, memory_limit_.bytes()), {},
            memory_limit_.bytes());
      }
      return std::make_unique<goldilocks::onednn::OnednnModel>(graph, winograd_, memory_limit_.bytes());
    } catch (const goldilocks::graph::GraphError& error) {
      throw goldilocks::BadData(error.what());
    }
  }

 private:
  bool winograd_ = true;
  goldilocks::graph::MemoryLimit memory_limit_;
};

}  // namespace

GOLDILOCKS_BACKEND(Onednn, "onednn", "fast: oneDNN's primitives, with plain kernels for the rest")
