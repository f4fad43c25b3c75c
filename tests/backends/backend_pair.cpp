#include "tests/backends/backend_pair.hpp"

#include <cmath>
#include <filesystem>
#include <sstream>

#include <goldilocks/graph/graph.hpp>

#include "core/plugins/registry.hpp"

namespace goldilocks::testing {
namespace {

// Keeps glk_tensors for the tensors of a run.
struct Given {
  std::vector<glk_tensor> tensors;
  std::vector<const glk_tensor*> pointers;

  explicit Given(std::span<const Tensor> inputs) : tensors(inputs.size()) {
    for (std::size_t index = 0; index < inputs.size(); ++index) {
      const Tensor& input = inputs[index];
      tensors[index] = {sizeof(glk_tensor), GLK_FLOAT32, input.dims.size(), input.dims.data(), input.values.data()};
      pointers.push_back(&tensors[index]);
    }
  }
};

bool is_close(double actual, double expected, double tolerance) {
  if (std::isnan(expected) || std::isinf(expected)) {
    return (std::isnan(expected) && std::isnan(actual)) || actual == expected;
  }
  return std::fabs(actual - expected) <= tolerance * std::fmax(1.0, std::fabs(expected));
}

}  // namespace

const plugins::BackendPlugin& backend(const std::string& name) {
  static plugins::Registry registry({std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "lib/goldilocks/plugins"});
  return registry.backend(name);
}

plugins::OptionValues options_of(const plugins::BackendPlugin& plugin, plugins::OptionValues given) {
  return plugins::complete_options(plugin.options, std::move(given));
}

std::vector<Tensor> run_session(plugins::Session& session, std::span<const Tensor> inputs) {
  const Given given(inputs);
  return session.run(given.pointers);
}

std::vector<Tensor> run_backend(const std::string& name, const glk_graph& graph, std::span<const std::uint32_t> wanted,
                                std::span<const Tensor> inputs) {
  const plugins::BackendPlugin& plugin = backend(name);
  const auto model = plugin.create_model(options_of(plugin), graph, {});
  const auto session = model->create_session(wanted);
  return run_session(*session, inputs);
}

Tensor random_input(std::mt19937& random, std::vector<std::int64_t> dims) {
  std::int64_t count = 1;
  for (const std::int64_t size : dims) count *= size;
  std::uniform_real_distribution<float> values(-1.0F, 1.0F);
  Tensor tensor{std::move(dims), {}};
  tensor.values.resize(static_cast<std::size_t>(count));
  for (float& value : tensor.values) value = values(random);
  return tensor;
}

::testing::AssertionResult agree(std::span<const Tensor> actual, std::span<const Tensor> expected, double tolerance) {
  if (actual.size() != expected.size()) return ::testing::AssertionFailure() << "another number of outputs";
  for (std::size_t output = 0; output < actual.size(); ++output) {
    if (actual[output].dims != expected[output].dims) {
      return ::testing::AssertionFailure() << "output " << output << " has another shape";
    }
    for (std::size_t index = 0; index < expected[output].values.size(); ++index) {
      const auto got = static_cast<double>(actual[output].values[index]);
      const auto wanted = static_cast<double>(expected[output].values[index]);
      if (!is_close(got, wanted, tolerance)) {
        return ::testing::AssertionFailure()
               << "output " << output << " has " << got << " at " << index << " instead of " << wanted;
      }
    }
  }
  return ::testing::AssertionSuccess();
}

std::string describe(const glk_graph& graph) {
  const graph::GraphView view(graph);
  std::ostringstream text;
  for (std::size_t index = 0; index < view.operation_count(); ++index) {
    const graph::OperationView operation = view.operation(index);
    text << '\n' << operation.type() << " of";
    for (const std::uint32_t input : operation.inputs()) {
      if (input == GLK_NO_VALUE) {
        text << " -";
      } else {
        text << (view.value(input).is_constant() ? " c" : " v") << input << graph::to_text(view.value(input).dims());
      }
    }
    for (const std::uint32_t output : operation.outputs()) {
      text << ", gives v" << output << graph::to_text(view.value(output).dims());
    }
    const glk_operation& raw = operation.raw();
    for (const glk_attribute* attribute : std::span(raw.attributes, raw.attribute_count)) {
      text << ", " << attribute->name << ' ';
      if (attribute->type == GLK_ATTRIBUTE_INTEGER) text << attribute->integer;
      if (attribute->type == GLK_ATTRIBUTE_NUMBER) text << attribute->number;
      if (attribute->type == GLK_ATTRIBUTE_STRING) text << attribute->string;
      if (attribute->type == GLK_ATTRIBUTE_INTEGERS) text << graph::to_text({attribute->integers, attribute->count});
    }
  }
  return text.str();
}

}  // namespace goldilocks::testing
