// Normalizations. Scales and offsets have x's type at first, and from iOS 17 on a type of their own.
#include <set>

#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

void require_channel_vectors(const Inference& op, std::initializer_list<std::string_view> parameters) {
  std::int64_t channels = op.shape("x")[1];
  for (const std::string_view parameter : parameters) {
    if (!op.has(parameter)) continue;
    const Shape& given = op.shape(parameter);
    op.require(given.size() == 1 && unify(channels, given[0]), "{} {} doesn't fit {} channels", parameter, text(given),
               channels);
  }
}

void batch_norm(Inference& op) {
  op.require_rank("x", 3, 5);
  require_channel_vectors(op, {"mean", "variance", "gamma", "beta"});
  same_as_x(op);
}

void instance_norm(Inference& op) {
  op.require_rank("x", 3, 4);
  require_channel_vectors(op, {"gamma", "beta"});
  same_as_x(op);
}

void l2_norm(Inference& op) {
  op.require(op.rank("x") >= 3, "x must have at least 3 dimensions, and has {}", op.rank("x"));
  same_as_x(op);
}

void layer_norm(Inference& op) {
  const Shape& x = op.shape("x");
  std::set<std::int64_t> axes;
  if (op.has("axes")) {
    axes = op.axes("axes", op.rank("x"));
  } else {
    for (std::size_t i = 0; i < x.size(); ++i) axes.insert(static_cast<std::int64_t>(i));
  }
  Shape normalized;
  for (const std::int64_t axis : axes) normalized.push_back(x[static_cast<std::size_t>(axis)]);
  for (const std::string_view parameter : {"gamma", "beta"}) {
    if (!op.has(parameter)) continue;
    const Shape& given = op.shape(parameter);
    op.require(may_be_equal(given, normalized), "{} {} doesn't fit the normalized dimensions {}", parameter,
               text(given), text(normalized));
  }
  same_as_x(op);
}

void local_response_norm(Inference& op) {
  op.require_rank("x", 3, 4);
  const auto size = op.integer("size");
  op.require(!size || *size >= 1, "size is {}", size.value_or(0));
  same_as_x(op);
}

// The same row with the type of all but x under a letter of its own.
OperationRow since_ios17(OperationRow row) {
  row.since = ios17;
  row.domains.push_back({'U', floats});
  for (Parameter& parameter : row.parameters) {
    if (parameter.letter == 'T' && parameter.name != "x") parameter.letter = 'U';
  }
  return row;
}

}  // namespace

std::vector<OperationRow> normalization_operations() {
  const OperationRow batch{
      "batch_norm",
      ios15,
      {{'T', floats}},
      {in("x", 'T'), constant("mean", 'T'), constant("variance", 'T'), constant("gamma", 'T', none),
       constant("beta", 'T', none), constant("epsilon", 'T', real(1e-5))},
      batch_norm};
  const OperationRow instance{
      "instance_norm",
      ios15,
      {{'T', floats}},
      {in("x", 'T'), constant("gamma", 'T', none), constant("beta", 'T', none), constant("epsilon", 'T', real(1e-5))},
      instance_norm};
  const OperationRow layer{"layer_norm",
                           ios15,
                           {{'T', floats}},
                           {in("x", 'T'), constant("axes", i32, Derived{"all axes"}), constant("gamma", 'T', none),
                            constant("beta", 'T', none), constant("epsilon", 'T', real(1e-5))},
                           layer_norm};
  const OperationRow l2{
      "l2_norm", ios15, {{'T', floats}}, {in("x", 'T'), constant("epsilon", 'T', real(1e-6))}, l2_norm};
  const OperationRow response{"local_response_norm",
                              ios15,
                              {{'T', floats}},
                              {in("x", 'T'), constant("size", i32), constant("alpha", 'T', real(1e-4)),
                               constant("beta", 'T', real(0.75)), constant("k", 'T', real(1.0))},
                              local_response_norm};
  return {batch, since_ios17(batch), instance, since_ios17(instance), layer, since_ios17(layer),
          l2,    since_ios17(l2),    response, since_ios17(response)};
}

}  // namespace goldilocks::ml_program
