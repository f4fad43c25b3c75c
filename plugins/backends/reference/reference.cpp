// The oracle: every operation by the kit's plain kernel, one clear loop nest each, summed in float64. Slow on purpose.
#include <goldilocks/graph/backend.hpp>
#include <goldilocks/plugin.hpp>

namespace {

class Reference final : public goldilocks::Backend {
 public:
  void declare(goldilocks::Options& options) override { memory_limit_.declare(options); }

  std::span<const std::int32_t> element_types() const override { return goldilocks::graph::plain_element_types(); }

  bool supports(const glk_graph& graph, const glk_operation& operation) const override {
    return goldilocks::graph::plain_supports(graph, operation);
  }

  std::unique_ptr<goldilocks::Model> create_model(const glk_graph& graph, const std::filesystem::path&) override {
    return goldilocks::graph::make_plain_model(graph, {}, {}, memory_limit_.bytes());
  }

 private:
  goldilocks::graph::MemoryLimit memory_limit_;
};

}  // namespace

GOLDILOCKS_BACKEND(Reference, "reference", "plain loop nests, the oracle for other backends")
