// copy, branch, loop, loopBreak and loopContinue.
//
// The format's networks change blobs by copying onto them; the kit's graphs change nothing, but hand out what is new.
// So the network of a branch or loop becomes a graph whose inputs are the blobs that it reads or copies onto, and whose
// outputs are those that it gives:
//
//      branch(c) { if: x = copy(y) }                  x' = branch(c, x, y) { (x, y) -> y } { (x, y) -> x }
//      loop { condition: p = f(x)                     x' = loop(x) { (x) -> p = f(x); loop_test(p, x);
//             body: y = g(x); x = copy(y) }                          y = g(x) } -> y
//
// After a branch, what both sides have given is there; after a loop, what its condition network gives, or its body
// where there is none. Only what is read later on comes out.
#include <algorithm>
#include <memory>

#include "core/formats/neural_network/lowering/layer_lowering.hpp"
#include "core/formats/neural_network/lowering/layers/common.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;

// Constants up to this size are known inside of a nested graph as well: shapes are computed from them.
constexpr std::size_t largest_known = 4096;

// Onto a blob that is there: the name stands for the other value from now on.
void lower_copy(LayerLowering& lowering) {
  const std::string& name = lowering.layer().output(0);
  if (name == lowering.layer().input(0)) lowering.fail("copies '" + name + "' onto itself");
  Blobs& blobs = lowering.scope().blobs;
  const auto found = blobs.find(name);
  if (found == blobs.end()) {
    return lowering.finish("reshape", lowering.inputs(), {{"shape", Integers(lowering.dims().size(), 0)}});
  }
  found->second = lowering.input();
}

// Blobs from around a nested network: constants, that it knows, and what comes in as inputs.
struct Captured {
  std::vector<std::string> names;
  std::vector<std::uint32_t> values;
};

Captured capture(const LayerLowering& lowering, const Names& names, const Names& without = {}) {
  Captured captured;
  for (const auto& [name, value] : lowering.scope().blobs) {
    if (!names.contains(name) || without.contains(name)) continue;
    captured.names.push_back(name);
    captured.values.push_back(value);
  }
  return captured;
}

bool is_known(const GraphBuilder& outer, std::uint32_t value) {
  return !outer.content(value).empty() && outer.content(value).size() <= largest_known;
}

// What an operation takes of the captured values.
std::vector<std::uint32_t> operands(const LayerLowering& lowering, const Captured& captured) {
  std::vector<std::uint32_t> values;
  std::ranges::copy_if(captured.values, std::back_inserter(values),
                       [&](std::uint32_t value) { return !is_known(lowering.scope().builder, value); });
  return values;
}

// A graph for a nested network, which begins with its captured blobs.
struct Nested {
  std::unique_ptr<GraphBuilder> builder = std::make_unique<GraphBuilder>();
  Scope scope;

  Nested(const Scope& outer, std::function<bool(const std::string&)> is_read_outside,
         const std::vector<std::string>* loop_variables)
      : scope{*builder, outer.progress, {}, std::move(is_read_outside), loop_variables} {}

  void add_input(const std::string& name, const Dims& dims) {
    builder->reserve_name(name);
    scope.blobs[name] = builder->add_input(name, dims);
  }

  void add(const GraphBuilder& outer, const Captured& captured) {
    for (std::size_t index = 0; index < captured.names.size(); ++index) {
      const std::string& name = captured.names[index];
      const std::uint32_t value = captured.values[index];
      if (!is_known(outer, value)) {
        add_input(name, outer.dims(value));
        continue;
      }
      const std::span<const float> content = outer.content(value);
      builder->reserve_name(name);
      scope.blobs[name] = builder->add_constant(name, outer.dims(value), {content.begin(), content.end()});
    }
  }

  std::uint32_t find(const std::string& name) const {
    const auto found = scope.blobs.find(name);
    return found == scope.blobs.end() ? GLK_NO_VALUE : found->second;
  }
};

// The results of an operation become the blobs of these names. Onto one that is there, under a name like it.
void set_blobs(Scope& scope, const std::vector<std::string>& names, const std::vector<std::uint32_t>& values) {
  for (std::size_t index = 0; index < names.size(); ++index) scope.blobs[names[index]] = values[index];
}

std::vector<std::string> value_names(Scope& scope, const std::vector<std::string>& names) {
  std::vector<std::string> values;
  values.reserve(names.size());
  for (const std::string& name : names) {
    values.push_back(scope.blobs.contains(name) ? scope.builder.derived_name(name) : name);
  }
  return values;
}

void add_control_flow(LayerLowering& lowering, const std::string& type, std::vector<std::uint32_t> inputs,
                      Attributes attributes, const std::vector<std::string>& names, GraphBuilder::Subgraphs subgraphs) {
  Scope& scope = lowering.scope();
  try {
    set_blobs(scope, names,
              scope.builder.add_control_flow(type, lowering.name(), std::move(inputs), std::move(attributes),
                                             value_names(scope, names), std::move(subgraphs)));
  } catch (const graph::GraphError& error) {
    lowering.fail(error.problem());
  }
}

// ---- branch

void lower_branch(LayerLowering& lowering) {
  const spec::BranchLayerParams& params = lowering.layer().branch();
  const Layers& yes_layers = params.ifbranch().layers();
  const Layers& no_layers = params.elsebranch().layers();
  if (yes_layers.empty()) lowering.fail("ifBranch has no layers");
  Scope& scope = lowering.scope();
  Names inside;
  for (const Layers* layers : {&yes_layers, &no_layers}) {
    add_reads(*layers, inside);
    add_writes(*layers, inside);
  }
  const bool ends = ends_loop(yes_layers) || ends_loop(no_layers);
  if (ends && scope.loop_variables != nullptr) {
    inside.insert(scope.loop_variables->begin(), scope.loop_variables->end());
  }
  const Captured captured = capture(lowering, inside);
  Nested yes(scope, scope.is_read_later, scope.loop_variables), no(scope, scope.is_read_later, scope.loop_variables);
  yes.add(scope.builder, captured);
  no.add(scope.builder, captured);
  const Blobs before_yes = yes.scope.blobs, before_no = no.scope.blobs;
  reserve_names(yes_layers, *yes.builder);
  reserve_names(no_layers, *no.builder);
  lower_layers(yes_layers, yes.scope);
  lower_layers(no_layers, no.scope);
  std::vector<std::string> results;
  for (const auto& [name, value] : yes.scope.blobs) {
    const auto other = no.scope.blobs.find(name);
    if (other == no.scope.blobs.end()) continue;
    const auto was = before_yes.find(name);
    const bool changed = was == before_yes.end() || was->second != value || before_no.at(name) != other->second;
    const bool wanted = was == before_yes.end() ? scope.is_read_later(name) : changed;
    if (!wanted) continue;
    results.push_back(name);
    yes.builder->add_output(value);
    no.builder->add_output(other->second);
  }
  if (results.empty() && !ends) return;  // nothing comes of it
  std::vector<std::uint32_t> inputs = {lowering.input()};
  std::ranges::copy(operands(lowering, captured), std::back_inserter(inputs));
  GraphBuilder::Subgraphs ways;
  ways.push_back(std::move(yes.builder));
  ways.push_back(std::move(no.builder));
  add_control_flow(lowering, "branch", std::move(inputs), {}, results, std::move(ways));
}

// ---- loop

struct Loop {
  const Layers& condition;
  const Layers& body;
  std::uint32_t count = GLK_NO_VALUE;
  std::int64_t bound = 0;
  // First those that have a value before the loop, `carried` in number, then those that it gives.
  std::vector<std::string> variables = {};
  std::size_t carried = 0;
  Captured captured = {};
};

// An input takes the place of maxLoopIterations. A stated number is its own bound; else the options' holds, for a
// condition may never fail, and an input may be any number.
void set_count(LayerLowering& lowering, Loop& loop) {
  const spec::LoopLayerParams& params = lowering.layer().loop();
  loop.bound = lowering.scope().progress.options.loop_bound;
  if (lowering.input_count() > 0) {
    loop.count = lowering.input();
  } else if (params.maxloopiterations() > 0) {
    // A value of float32 counts up to 2^24 exactly; beyond that the nearest number that it can hold is meant.
    const auto count = static_cast<float>(params.maxloopiterations());
    loop.count = lowering.constant("iterations", {1}, {count});
    constexpr std::uint64_t most = std::uint64_t{1} << 62U;
    loop.bound = static_cast<std::int64_t>(std::min(params.maxloopiterations(), most));
    loop.bound = std::max(loop.bound, static_cast<std::int64_t>(count));
  } else if (loop.condition.empty()) {
    lowering.fail("has neither a condition, nor an input, nor maxLoopIterations: it would not end");
  }
}

void set_variables(LayerLowering& lowering, Loop& loop) {
  const Scope& scope = lowering.scope();
  Names reads, writes, visible;
  for (const Layers* layers : {&loop.condition, &loop.body}) {
    add_reads(*layers, reads);
    add_writes(*layers, writes);
  }
  reads.insert(lowering.layer().loop().conditionvar());
  Names carried;
  for (const std::string& name : writes) {
    if (scope.blobs.contains(name)) carried.insert(name);
  }
  loop.variables.assign(carried.begin(), carried.end());
  loop.carried = carried.size();
  loop.captured = capture(lowering, reads, carried);
  add_writes(loop.condition.empty() ? loop.body : loop.condition, visible);
  for (const std::string& name : visible) {
    if (!carried.contains(name) && scope.is_read_later(name)) loop.variables.push_back(name);
  }
}

// The body for variables of these shapes.
std::unique_ptr<GraphBuilder> lower_body(LayerLowering& lowering, const Loop& loop, const std::vector<Dims>& shapes,
                                         std::vector<bool>& given) {
  const Scope& outer = lowering.scope();
  Names body_reads(loop.variables.begin(), loop.variables.end());
  const auto is_variable = [body_reads](const std::string& name) { return body_reads.contains(name); };
  add_reads(loop.body, body_reads);
  const auto is_read_in_body = [body_reads](const std::string& name) { return body_reads.contains(name); };
  Nested nested(outer, is_read_in_body, &loop.variables);
  for (std::size_t index = 0; index < loop.carried; ++index) nested.add_input(loop.variables[index], shapes[index]);
  nested.add(outer.builder, loop.captured);
  reserve_names(loop.condition, *nested.builder);
  reserve_names(loop.body, *nested.builder);
  const auto variables = [&](std::uint32_t first) {
    std::vector<std::uint32_t> values = {first};
    for (const std::string& name : loop.variables) values.push_back(nested.find(name));
    return values;
  };
  std::uint32_t holds = GLK_NO_VALUE;
  if (!loop.condition.empty()) {
    lower_layers(loop.condition, nested.scope);
    const std::string& name = lowering.layer().loop().conditionvar();
    holds = nested.find(name);
    if (holds == GLK_NO_VALUE) lowering.fail("its condition network doesn't give conditionVar, '" + name + "'");
  }
  nested.builder->add_control_flow("loop_test", lowering.name(), variables(holds), {}, {}, {});
  nested.scope.is_read_outside = is_variable;
  lower_layers(loop.body, nested.scope);
  const std::vector<std::uint32_t> ends = variables(GLK_NO_VALUE);
  for (std::size_t index = 0; index < loop.variables.size(); ++index) {
    given[index] = ends[index + 1] != GLK_NO_VALUE;
    nested.builder->add_output(ends[index + 1]);
  }
  return std::move(nested.builder);
}

// Lowers the body for the shapes that its variables have before the loop; where it turns out that another iteration may
// find other sizes, again for sizes that are open.
void lower_loop(LayerLowering& lowering) {
  const spec::LoopLayerParams& params = lowering.layer().loop();
  Loop loop{params.conditionnetwork().layers(), params.bodynetwork().layers()};
  if (loop.body.empty()) lowering.fail("bodyNetwork has no layers");
  if (loop.condition.empty() != params.conditionvar().empty()) {
    lowering.fail("has a condition network without conditionVar, or the other way around");
  }
  set_count(lowering, loop);
  set_variables(lowering, loop);
  GraphBuilder& builder = lowering.scope().builder;
  std::vector<std::uint32_t> inputs = {loop.count};
  std::vector<Dims> shapes;
  for (std::size_t index = 0; index < loop.carried; ++index) {
    inputs.push_back(lowering.scope().blobs.at(loop.variables[index]));
    shapes.push_back(builder.dims(inputs.back()));
  }
  std::ranges::copy(operands(lowering, loop.captured), std::back_inserter(inputs));
  const Attributes attributes = {{"carried", static_cast<std::int64_t>(loop.carried)}, {"bound", loop.bound}};
  for (;;) {
    std::vector<bool> given(loop.variables.size());
    GraphBuilder::Subgraphs body;
    try {
      body.push_back(lower_body(lowering, loop, shapes, given));
      // What is given inside of a branch alone is not there after it.
      bool all_given = true;
      for (std::size_t index = loop.variables.size(); index-- > loop.carried;) {
        if (given[index]) continue;
        loop.variables.erase(loop.variables.begin() + static_cast<std::ptrdiff_t>(index));
        all_given = false;
      }
      if (!all_given) continue;
      std::vector<Dims> after =
          builder.infer_control_flow("loop", lowering.name(), inputs, attributes, loop.variables.size(), body);
      after.resize(loop.carried);
      if (after != shapes) {
        shapes = std::move(after);
        continue;
      }
    } catch (const graph::GraphError& error) {
      lowering.fail(error.problem());
    }
    return add_control_flow(lowering, "loop", inputs, attributes, loop.variables, std::move(body));
  }
}

void lower_end(LayerLowering& lowering, const std::string& type) {
  const Scope& scope = lowering.scope();
  if (scope.loop_variables == nullptr) lowering.fail("stands in no loop's body");
  std::vector<std::uint32_t> variables;
  for (const std::string& name : *scope.loop_variables) {
    const auto found = scope.blobs.find(name);
    variables.push_back(found == scope.blobs.end() ? GLK_NO_VALUE : found->second);
  }
  add_control_flow(lowering, type, std::move(variables), {}, {}, {});
}

void lower_loop_break(LayerLowering& lowering) { lower_end(lowering, "loop_break"); }
void lower_loop_continue(LayerLowering& lowering) { lower_end(lowering, "loop_continue"); }

}  // namespace

const LayerRules& control_flow_rules() {
  static const LayerRules rules = {{Layer::kCopy, 1, 1, 1, 1, lower_copy},
                                   {Layer::kBranch, 1, 1, 0, 0, lower_branch},
                                   {Layer::kLoop, 0, 1, 0, 0, lower_loop},
                                   {Layer::kLoopBreak, 0, 0, 0, 0, lower_loop_break},
                                   {Layer::kLoopContinue, 0, 0, 0, 0, lower_loop_continue}};
  return rules;
}

}  // namespace goldilocks::lowering
