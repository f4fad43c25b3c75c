// Random numbers. A seed of -1 asks for others each time; here they are repeatable, as everything is: each operation
// draws by a seed from its name.
#include <array>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

std::int64_t seed_of(Op& op) {
  const std::int64_t seed = op.integer("seed");
  if (seed >= 0) return seed;
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char letter : name_of(op.operation())) hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619U;
  return hash;
}

void give_drawn(Op& op, const char* type, Attributes attributes) {
  attributes.push_back({"seed", seed_of(op)});
  if (const auto shape = op.known_integers("shape")) {
    attributes.push_back({"shape", *shape});
    return op.give(op.add_as(GLK_FLOAT32, type, {}, std::move(attributes)));
  }
  attributes.push_back({"shape_from", std::string("values")});
  op.give(op.add_as(GLK_FLOAT32, type, {op.cast(op.input("shape"), GLK_FLOAT32)}, std::move(attributes)));
}

void lower_random_uniform(Op& op) {
  give_drawn(op, "random_uniform", {{"minimum", op.real("low")}, {"maximum", op.real("high")}});
}

void lower_random_normal(Op& op) {
  give_drawn(op, "random_normal", {{"mean", op.real("mean")}, {"deviation", op.real("stddev")}});
}

void lower_random_bernoulli(Op& op) { give_drawn(op, "random_bernoulli", {{"probability", op.real("prob")}}); }

void lower_random_categorical(Op& op) {
  op.give(op.add("random_categorical", {op.input("x")},
                 {{"seed", seed_of(op)},
                  {"samples", op.integer("size")},
                  {"logits", std::int64_t{op.word("mode") == "logits" ? 1 : 0}}}));
}

constexpr std::array random_rows = {
    LoweringRow{"random_bernoulli", lower_random_bernoulli},
    LoweringRow{"random_categorical", lower_random_categorical},
    LoweringRow{"random_normal", lower_random_normal},
    LoweringRow{"random_uniform", lower_random_uniform},
};

}  // namespace

std::span<const LoweringRow> random_lowerings() { return random_rows; }

}  // namespace goldilocks::ml_program
