// Where the bytes of an ML Program go. A weight is a constant that an operation reads, and what is stored for it is
// counted over the whole chain that makes it; what several weights or functions share counts once, at the first.
#include "core/formats/program_summary.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <set>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/formats/coreml/feature_text.hpp"
#include "core/formats/coreml/specification_version.hpp"
#include "core/formats/ml_program/constants.hpp"
#include "core/formats/ml_program/encoding_text.hpp"
#include "core/formats/ml_program/newer_parts.hpp"
#include "core/formats/ml_program/validate.hpp"
#include "core/formats/system.hpp"

namespace goldilocks::formats {
namespace {

namespace mlp = ml_program;

constexpr std::uint64_t least_elements = 10;  // of what counts as a weight: coremltools stores no less in a weight file

// Bytes that are stored once: where they begin.
using Storage = const std::byte*;

struct Constant {
  std::string name;
  mlp::Type type;
  const mlp::Value* in_place = nullptr;  // inside of its reader; null for the result of an operation:
  mlp::ConstantSource source;
  const mlp::Constants* constants = nullptr;
  std::vector<std::string> readers;
  std::string first_reader;  // the kind of operation
};

template <class T>
std::vector<T> numbers_of(std::span<const std::byte> bytes) {
  std::vector<T> numbers(bytes.size() / sizeof(T));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(T));
  return numbers;
}

// Bit patterns; the sign of zero doesn't make a value of its own.
template <class T>
void measure(std::vector<T> numbers, bool has_signed_zero, ProgramWeight& weight) {
  if (has_signed_zero) {
    constexpr T negative_zero = static_cast<T>(T{1} << (sizeof(T) * 8 - 1));
    std::ranges::replace(numbers, negative_zero, T{0});
  }
  std::ranges::sort(numbers);
  const auto zeros = std::ranges::count(numbers, T{0});
  weight.sparsity = numbers.empty() ? 0.0 : static_cast<double>(zeros) / static_cast<double>(numbers.size());
  weight.distinct = static_cast<std::uint64_t>(std::unique(numbers.begin(), numbers.end()) - numbers.begin());
}

void measure(const mlp::DenseTensor& tensor, ProgramWeight& weight) {
  const bool is_float = mlp::is_float(tensor.type.element);
  switch (mlp::bits(tensor.type.element)) {
    case 8:
      return measure(numbers_of<std::uint8_t>(tensor.bytes()), is_float, weight);
    case 16:
      return measure(numbers_of<std::uint16_t>(tensor.bytes()), is_float, weight);
    case 32:
      return measure(numbers_of<std::uint32_t>(tensor.bytes()), is_float, weight);
    case 64:
      return measure(numbers_of<std::uint64_t>(tensor.bytes()), is_float, weight);
    default:
      return;  // bits and half bytes are codes, not weights
  }
}

// One function: its constants with their readers, in the program's order.
class FunctionWalk {
 public:
  explicit FunctionWalk(const mlp::Block& body) { walk(body, nullptr, true); }

  const std::vector<Constant>& constants() const { return found_; }
  const std::map<std::string, int>& kinds() const { return kinds_; }

 private:
  void walk(const mlp::Block& block, const mlp::Constants* around, bool is_body) {
    const mlp::Constants& here = scopes_.emplace_back(block, around);
    for (const mlp::Operation& operation : block.operations) {
      if (mlp::is_constant(operation)) {
        for (std::size_t i = 0; i < operation.outputs.size(); ++i) {
          indices_.emplace(std::pair(&operation, i), found_.size());
          found_.push_back({.name = std::string(mlp::name_of(operation)),
                            .type = operation.outputs[i].type,
                            .source = {&operation, i},
                            .constants = &here,
                            .readers = {},
                            .first_reader = {}});
        }
        continue;
      }
      ++kinds_[operation.type];
      for (const mlp::Argument& argument : operation.inputs) {
        for (const mlp::Binding& binding : argument.bindings) {
          const std::string reader(mlp::name_of(operation));
          if (binding.value == nullptr) {
            read(here, binding.name, operation.type, reader);
          } else {
            found_.push_back({.name = fmt::format("{}, {}", reader, argument.parameter),
                              .type = binding.value->type,
                              .in_place = binding.value.get(),
                              .source = {},
                              .readers = {fmt::format("{} '{}'", operation.type, reader)},
                              .first_reader = operation.type});
          }
        }
      }
      for (const mlp::Block& inner : operation.blocks) walk(inner, &here, false);
    }
    for (const std::string& name : block.outputs) read(here, name, is_body ? "output" : "block output", name);
  }

  void read(const mlp::Constants& constants, std::string_view name, const std::string& kind,
            const std::string& reader) {
    const mlp::ConstantSource* source = constants.find(name);
    if (source == nullptr) return;
    Constant& constant = found_[indices_.at(std::pair(source->operation, source->result))];
    if (constant.readers.empty()) constant.first_reader = kind;
    constant.readers.push_back(fmt::format("{} '{}'", kind, reader));
  }

  std::deque<mlp::Constants> scopes_;
  std::vector<Constant> found_;
  std::map<std::pair<const mlp::Operation*, std::size_t>, std::size_t> indices_;
  std::map<std::string, int> kinds_;
};

// What is stored for a constant, with the chain that makes it.
void add_storage(const mlp::Value& value, std::map<Storage, std::uint64_t>& storage) {
  if (!value.bytes.empty()) storage.emplace(value.bytes.data(), value.bytes.size());
}

void add_storage(const mlp::Operation& operation, const mlp::Constants& constants,
                 std::map<Storage, std::uint64_t>& storage) {
  for (const mlp::Attribute& attribute : operation.attributes) add_storage(*attribute.value, storage);
  for (const mlp::Argument& argument : operation.inputs) {
    for (const mlp::Binding& binding : argument.bindings) {
      if (binding.value != nullptr) {
        add_storage(*binding.value, storage);
      } else if (const mlp::ConstantSource* source = constants.find(binding.name)) {
        add_storage(*source->operation, constants, storage);
      }
    }
  }
}

std::vector<model::FeatureSummary> features_of(
    const google::protobuf::RepeatedPtrField<model::spec::FeatureDescription>& features) {
  std::vector<model::FeatureSummary> all;
  for (const model::spec::FeatureDescription& feature : features) {
    all.push_back({feature.name(), model::feature_text(feature.type()), feature.type().isoptional()});
  }
  return all;
}

class Summarizer {
 public:
  Summarizer(const mlp::Package& package, const mlp::Program& program, const SummaryOptions& options)
      : package_(&package), program_(&program), options_(options) {}

  ProgramSummary run() {
    describe_model();
    const model::spec::ModelDescription& description = package_->model().description();
    if (description.functions().empty()) {
      add_function("main", description);
    } else {
      summary_.default_function = description.defaultfunctionname();
      for (const auto& function : description.functions()) add_function(function.name(), function);
    }
    for (const mlp::PackageFile& file : package_->files()) {
      summary_.files.push_back({file.path, file.bytes});
      summary_.total_bytes += file.bytes;
    }
    for (const auto& [encoding, bytes] : summary_.bytes_by_encoding) summary_.weight_bytes += bytes;
    summary_.other_bytes = summary_.total_bytes - std::min(summary_.total_bytes, summary_.weight_bytes);
    return std::move(summary_);
  }

 private:
  void describe_model() {
    const model::spec::Model& model = package_->model();
    const model::spec::Metadata& metadata = model.description().metadata();
    summary_.specification_version = model.specificationversion();
    summary_.required_version =
        std::max(model::required_specification_version(model), mlp::required_version(model.mlprogram()));
    summary_.first_systems = first_systems(std::max(summary_.specification_version, summary_.required_version));
    summary_.description = metadata.shortdescription();
    summary_.author = metadata.author();
    summary_.license = metadata.license();
    summary_.version = metadata.versionstring();
    summary_.user_defined = {metadata.userdefined().begin(), metadata.userdefined().end()};
  }

  template <class Description>
  void add_function(const std::string& name, const Description& description) {
    const mlp::Function* function = program_->function(name);
    ProgramFunction& added = summary_.functions.emplace_back();
    added.name = name;
    added.opset = function->opset;
    added.inputs = features_of(description.input());
    added.outputs = features_of(description.output());
    added.states = features_of(description.state());
    const FunctionWalk walk(*function->body());
    added.operations.assign(walk.kinds().begin(), walk.kinds().end());
    std::ranges::stable_sort(added.operations, std::ranges::greater{}, &std::pair<std::string, int>::second);
    for (const auto& [kind, count] : added.operations) added.operation_count += count;
    for (const Constant& constant : walk.constants()) add_weight(added, constant);
  }

  void add_weight(ProgramFunction& function, const Constant& constant) {
    const mlp::Type& type = constant.type;
    if (constant.readers.empty() || !type.is_tensor() || type.element == mlp::ElementType::string) return;
    ProgramWeight weight{.operation = constant.name,
                         .readers = constant.readers,
                         .encoding = constant.in_place != nullptr
                                         ? std::string(mlp::name(type.element))
                                         : mlp::encoding_text(constant.source, *constant.constants),
                         .element = std::string(mlp::name(type.element)),
                         .shape = type.shape,
                         .count = static_cast<std::uint64_t>(mlp::element_count(type.shape).value_or(0)),
                         .bytes = 0,
                         .shared_with = {},
                         .sparsity = {},
                         .distinct = {},
                         .digest = {}};
    if (weight.count < least_elements) return;
    count_bytes(function.name, constant, weight);
    if (options_.statistics || options_.digests) look_at_values(constant, weight);
    function.weights.push_back(std::move(weight));
  }

  void count_bytes(const std::string& function, const Constant& constant, ProgramWeight& weight) {
    std::map<Storage, std::uint64_t> storage;
    if (constant.in_place != nullptr) {
      add_storage(*constant.in_place, storage);
    } else {
      add_storage(*constant.source.operation, *constant.constants, storage);
    }
    const std::string place = fmt::format("{}: {}", function, weight.operation);
    std::uint64_t own = 0;
    for (const auto& [begin, bytes] : storage) {
      weight.bytes += bytes;
      const auto [owner, added] = owners_.emplace(begin, place);
      if (added) {
        own += bytes;
      } else if (weight.shared_with.empty()) {
        weight.shared_with = owner->second;
      }
    }
    if (own > 0) {
      weight.shared_with.clear();
      summary_.parameters += weight.count;
    }
    summary_.bytes_by_encoding[weight.encoding] += own;
    summary_.bytes_by_reader[constant.first_reader] += own;
  }

  void look_at_values(const Constant& constant, ProgramWeight& weight) const {
    const auto dense =
        constant.in_place != nullptr ? mlp::view_of(*constant.in_place) : constant.constants->dense(constant.source);
    if (!dense) return;
    if (options_.statistics) measure(*dense, weight);
    if (options_.digests) weight.digest = sha256(dense->bytes());
  }

  const mlp::Package* package_;
  const mlp::Program* program_;
  SummaryOptions options_;
  ProgramSummary summary_;
  std::map<Storage, std::string> owners_;
};

}  // namespace

std::optional<ProgramSummary> summarize_program(const std::filesystem::path& path, const SummaryOptions& options) {
  mlp::Package package = mlp::Package::open(path);
  if (!package.model().has_mlprogram()) return std::nullopt;
  mlp::Program program;
  const auto violations = mlp::validate(package.model(), package.weights(), program);
  if (!violations.empty()) {
    throw ModelError(path.string(),
                     fmt::format("{}{}", violations[0].text(),
                                 violations.size() == 1 ? "" : fmt::format(" (and {} more)", violations.size() - 1)));
  }
  return Summarizer(package, program, options).run();
}

}  // namespace goldilocks::formats
