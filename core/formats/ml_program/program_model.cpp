#include "core/formats/ml_program/program_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/suggest.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/summary.hpp"
#include "core/formats/ml_program/blob_layout.hpp"
#include "core/formats/ml_program/constant_operations.hpp"
#include "core/formats/ml_program/describe_program.hpp"
#include "core/formats/ml_program/encode.hpp"
#include "core/formats/ml_program/lowered_network.hpp"
#include "core/formats/ml_program/newer_parts.hpp"
#include "core/formats/ml_program/opened_program.hpp"
#include "core/formats/ml_program/package_writer.hpp"
#include "core/formats/ml_program/program_weights.hpp"
#include "core/formats/ml_program/replace_weights.hpp"
#include "core/formats/ml_program/self_contained.hpp"
#include "core/formats/ml_program/validate.hpp"
#include "core/formats/ml_program/verify_weights.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::ml_program {
namespace {

using formats::VersionLimit;
using weights::Stored;
using Opened = std::shared_ptr<const OpenedProgram>;

constexpr std::array<std::pair<std::string_view, Opset>, 8> systems = {{{"ios15", Opset::ios15},
                                                                        {"macos12", Opset::ios15},
                                                                        {"ios16", Opset::ios16},
                                                                        {"macos13", Opset::ios16},
                                                                        {"ios17", Opset::ios17},
                                                                        {"macos14", Opset::ios17},
                                                                        {"ios18", Opset::ios18},
                                                                        {"ios26", Opset::ios26}}};

Opset highest_opset(const Program& program) {
  Opset highest = Opset::ios15;
  for (const Function& function : program.functions) {
    highest = std::max(highest, opset_named(function.opset).value_or(Opset::ios15));
  }
  return highest;
}

// The latest set of operations that weights may need. Throws UsageError, and ModelError where the model itself needs a
// later one.
Opset ceiling_of(const Program& program, const VersionLimit& limit, const std::string& name) {
  const Opset own = highest_opset(program);
  if (limit.stays) return own;
  if (limit.system.empty()) return std::max(own, Opset::ios18);
  const auto* found = std::ranges::find(systems, limit.system, &std::pair<std::string_view, Opset>::first);
  if (found == systems.end()) {
    throw UsageError(fmt::format("'{}' is no system to compress for: ios15, ios16, ios17, ios18, ios26", limit.system));
  }
  if (own > found->second) throw ModelError(name, fmt::format("it needs {} already", systems_of(own)));
  return found->second;
}

bool are_same(const weights::Array& a, const weights::Array& b) {
  return a.count == b.count && std::ranges::equal(weights::numbers(a), weights::numbers(b));
}

// Whether a weight as it is written may have other values than the function's result: codes and masks were only packed.
bool may_differ(const Stored& result, const Stored& written) {
  if (result.encoding.kind != written.encoding.kind || !weights::is_coded(result.encoding.kind)) return true;
  return !are_same(result.table, written.table) || !are_same(result.scaling.scale, written.scaling.scale) ||
         !are_same(result.scaling.offset, written.scaling.offset) ||
         !are_same(result.table_scaling.scale, written.table_scaling.scale) || !result.scaling.bias.empty();
}

// What became of a float bias, which the format doesn't have; "" where there was none, or nothing is lost.
std::string note_on_bias(const Stored& result, const Stored& written) {
  if (result.scaling.bias.empty()) return "";
  if (weights::is_table(written.encoding.kind)) return "a table of the same values, as no offset is close to its bias";
  const std::vector<float> scales = weights::numbers(written.scaling.scale);
  const std::vector<float> biases = weights::numbers(result.scaling.bias);
  const std::vector<float> offsets = weights::numbers(written.scaling.offset);
  double largest = 0;
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const double moved = static_cast<double>(offsets[i]) * static_cast<double>(scales[i]);
    largest = std::max(largest, std::fabs(moved + static_cast<double>(biases[i])));
  }
  return largest == 0 ? "" : fmt::format("an offset in place of its bias, which moves values by up to {:.2g}", largest);
}

// A program whose weights are others than its files have.
struct ChangedProgram {
  Program program;
  std::vector<WeightContent> contents;  // what its values point into
  Opset ceiling = Opset::ios18;
};

class ProgramModel final : public formats::Model {
 public:
  ProgramModel(Opened opened, std::shared_ptr<spec::Model> message, std::shared_ptr<const ChangedProgram> changed,
               std::string function = {})
      : opened_(std::move(opened)),
        message_(std::move(message)),
        changed_(std::move(changed)),
        function_(std::move(function)) {}

  std::string type() const override { return model::model_type(*message_); }
  formats::Structure structure() const override { return formats::Structure::network; }
  formats::Description description() const override { return describe_function(*message_, function_); }
  std::vector<std::string> labels() const override { return labels_of(program(), function()); }
  model::ModelSummary summary() const override;
  formats::StoredWeights stored_weights() const override;

  std::vector<model::Violation> validate() const override {
    return ml_program::validate(*opened_->message(), opened_->files());
  }
  std::vector<model::Violation> warnings() const override { return {}; }

  const std::vector<formats::InnerModel>& inner_models() const override {
    static const std::vector<formats::InnerModel> none;
    return none;
  }
  std::vector<formats::Layer> layers() const override {
    std::vector<formats::Layer> all;
    const Function* chosen = program().function(function());
    const Block* body = chosen == nullptr ? nullptr : chosen->body();
    if (body == nullptr) return all;
    for (const Operation& operation : body->operations) {
      formats::Layer& layer = all.emplace_back(formats::Layer{"", std::string(name_of(operation)), {}});
      for (const NamedType& output : operation.outputs) layer.outputs.push_back(output.name);
    }
    return all;
  }

  std::shared_ptr<const lowering::Network> lower(const lowering::InputSizes& sizes,
                                                 const lowering::LoweringOptions& options) const override {
    const auto owner = std::make_shared<std::pair<Opened, std::shared_ptr<const ChangedProgram>>>(opened_, changed_);
    return lower_program(program(), function(), description(), sizes, options, owner);
  }
  std::vector<lowering::InputSizes> other_sizes() const override { return {}; }
  std::shared_ptr<const lowering::FeatureModel> lower_features() const override {
    throw ModelError("a model of the type '" + type() + "' is a network");
  }

  std::vector<std::string> function_names() const override { return ml_program::function_names(*message_); }
  void select_function(const std::string& name) override {
    std::vector<std::string> known = function_names();
    if (known.empty()) known.push_back(default_function(*message_));
    if (!name.empty() && std::ranges::find(known, name) == known.end()) {
      throw UsageError("the model has no function '" + name + "'" + did_you_mean(name, known));
    }
    function_ = name;
  }

  void change(const formats::Changes& changes) override {
    const auto metadata = [&] { return message_->mutable_description()->mutable_metadata(); };
    if (!changes.description.empty()) metadata()->set_shortdescription(changes.description);
    for (const auto& [key, value] : changes.user_defined) (*metadata()->mutable_userdefined())[key] = value;
  }
  formats::PassOutcome apply(const formats::PassSettings& settings) override {
    formats::PassOutcome outcome;
    outcome.reports.push_back({"fold", to_text(settings.fold), {}});
    outcome.reports.push_back({"compact_preprocessing", to_text(settings.compaction), {}});
    return outcome;
  }
  std::unique_ptr<formats::ModelWeights> take_weights(const std::string& name, const std::set<std::string>& mean_images,
                                                      const VersionLimit& limit) override;

  std::string_view file_ending() const override { return opened_->package() != nullptr ? ".mlpackage" : ".mlmodel"; }
  std::uint64_t size() const override;
  void write(const std::filesystem::path& path) const override;
  std::string serialize() const override {
    if (is_folder()) throw ModelError("a package is a folder, and not the content of one file");
    return model::serialize_model(*message_);
  }

 private:
  const Program& program() const { return changed_ != nullptr ? changed_->program : opened_->program(); }
  std::string function() const { return function_.empty() ? default_function(*message_) : function_; }

  Opened opened_;
  std::shared_ptr<spec::Model> message_;  // with its metadata; the program in it counts for nothing if it is changed
  std::shared_ptr<const ChangedProgram> changed_;
  std::string function_;  // "": the default one
};

class TakenProgram final : public formats::ModelWeights {
 public:
  // `is_inner`: it is one of the models of a pipeline, whose file will hold it.
  TakenProgram(Opened opened, std::shared_ptr<spec::Model> message, std::shared_ptr<const ChangedProgram> changed,
               std::string function, std::string name, const VersionLimit& limit, bool is_inner = false)
      : opened_(std::move(opened)),
        message_(std::move(message)),
        changed_(std::move(changed)),
        function_(std::move(function)),
        is_inner_(is_inner),
        name_(std::move(name)),
        ceiling_(ceiling_of(program(), limit, name_)),
        weights_(program(), name_, ceiling_) {}

  const std::string& name() const override { return name_; }
  std::string description() const override { return message_->description().metadata().shortdescription(); }
  std::span<const weights::Weight> weights() const override { return weights_.weights(); }
  Stored read(std::size_t weight) const override { return weights_.read(weight); }
  std::uint64_t bytes_in_file(const Stored& content) const override { return content.bytes(); }

  std::vector<std::size_t> settle(std::span<weights::Change* const> changes) const override {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      weights::Change& change = *changes[i];
      if (!change.content) continue;
      const weights::Weight& weight = weights()[i];
      const Stored before = *change.content;
      change.content = as_written(before, weights_[i].element, weight.place);
      if (change.note.empty()) change.note = note_on_bias(before, *change.content);
      const std::uint64_t dense = weight.count * (weights_[i].element == ElementType::float16 ? 2 : 4);
      const bool is_coded = weights::is_coded(change.content->encoding.kind);
      const bool is_larger = change.may_be_floats && is_coded && change.content->bytes() >= dense;
      if (is_larger || may_differ(before, *change.content)) others.push_back(i);
      if (!is_larger) continue;
      change.note = "its codes would be no smaller";
      change.content.reset();
      if (weights::is_coded(weight.stored.kind)) {
        std::vector<float> values = weights::decode(read(i), weight.place);
        change.content =
            as_written(weights::float32_of(weight.shape, std::move(values)), weights_[i].element, weight.place);
      }
    }
    return others;
  }

  std::unique_ptr<formats::Model> with(std::vector<std::optional<Stored>> contents,
                                       const std::string& /*what*/) const override {
    return changed(contents, false);
  }
  std::unique_ptr<formats::Model> draft(std::span<const std::optional<Stored>> contents) const override {
    return changed(contents, true);
  }

 private:
  const Program& program() const { return changed_ != nullptr ? changed_->program : opened_->program(); }

  std::unique_ptr<formats::Model> changed(std::span<const std::optional<Stored>> contents, bool is_draft) const {
    auto result = std::make_shared<ChangedProgram>();
    result->ceiling = ceiling_;
    for (std::size_t i = 0; i < contents.size(); ++i) {
      if (!contents[i]) continue;
      result->contents.push_back({i, as_written(*contents[i], weights_[i].element, weights()[i].place)});
    }
    result->program = with_weights(weights_, result->contents, ceiling_);
    auto message = std::make_shared<spec::Model>(*message_);
    if (opened_->package() == nullptr || is_inner_) {
      return self_contained_model(std::move(message), *result, is_draft);
    }
    const int needed = specification_version(highest_opset(result->program));
    message->set_specificationversion(std::max(message->specificationversion(), needed));
    // Its values may point into what the program before points into.
    std::shared_ptr<const ChangedProgram> kept(result.get(), [result, before = changed_](const ChangedProgram*) {});
    return std::make_unique<ProgramModel>(opened_, std::move(message), std::move(kept), function_);
  }

  // Without a folder for weight files a model holds all of its values itself.
  std::unique_ptr<formats::Model> self_contained_model(std::shared_ptr<spec::Model> message,
                                                       const ChangedProgram& changed, bool is_draft) const {
    const Program program = self_contained(changed.program);
    *message->mutable_mlprogram() = encode_program(program);
    message->set_specificationversion(
        std::max({message->specificationversion(), specification_version(highest_opset(changed.program)),
                  required_version(message->mlprogram())}));
    // What functions share by a place in a file is a weight of each of them now.
    std::span<const WeightContent> contents = changed.contents;
    if (program.functions.size() > 1) contents = {};
    WeightFiles none({}, {});
    if (!is_draft) verify_weights(*message, none, program, contents);
    auto model = program_model(nullptr, std::move(message));
    model->select_function(function_);
    return model;
  }

  Opened opened_;
  std::shared_ptr<spec::Model> message_;
  std::shared_ptr<const ChangedProgram> changed_;
  std::string function_;  // that was chosen
  bool is_inner_;
  std::string name_;
  Opset ceiling_;
  ProgramWeights weights_;
};

void count_operations(const Block& block, std::map<std::string, int>& counts) {
  for (const Operation& operation : block.operations) {
    ++counts[operation.type];
    for (const Block& inner : operation.blocks) count_operations(inner, counts);
  }
}

model::ModelSummary ProgramModel::summary() const {
  model::ModelSummary summary = model::summarize(*message_);
  summary.total_bytes = size();
  const ProgramWeights weights(program(), "", Opset::ios26);
  for (const weights::Weight& weight : weights.weights()) {
    model::WeightSummary row{.model = "",
                             .layer = weight.layer,
                             .layer_type = weight.operation,
                             .parameter = weight.parameter,
                             .form = weights::to_text(weight.stored),
                             .shape = weight.shape,
                             .count = weight.count,
                             .bytes = weight.bytes};
    summary.parameters += row.count;
    summary.weight_bytes += row.bytes;
    summary.bytes_by_form[row.form] += row.bytes;
    summary.weights.push_back(std::move(row));
  }
  std::map<std::string, int> operations;
  for (const Function& function : program().functions) {
    if (function.body() != nullptr) count_operations(*function.body(), operations);
  }
  for (const auto& [type, count] : operations) summary.layers += count;
  summary.layer_counts.assign(operations.begin(), operations.end());
  std::ranges::stable_sort(summary.layer_counts, std::ranges::greater{}, &std::pair<std::string, int>::second);
  summary.other_bytes = summary.total_bytes - std::min(summary.weight_bytes, summary.total_bytes);
  return summary;
}

formats::StoredWeights ProgramModel::stored_weights() const {
  const ProgramWeights weights(program(), "", Opset::ios26);
  formats::StoredWeights stored;
  std::map<std::string, std::uint64_t> forms;  // of matrices, or of vectors where there are none
  std::map<std::string, std::uint64_t> vectors;
  std::map<std::string, std::uint32_t> widths;
  std::uint64_t all = 0;
  for (const weights::Weight& weight : weights.weights()) {
    stored.count += weight.count;
    const std::string form = weights::to_text(weight.stored);
    (weight.role == weights::Role::vector ? vectors : forms)[form] += weight.count;
    widths[form] = static_cast<std::uint32_t>(std::max(weight.stored.bits, 0));
  }
  if (forms.empty()) forms = vectors;
  for (const auto& [form, count] : forms) all += count;
  // A few floats beside codes say nothing of the model.
  std::erase_if(forms, [&](const auto& entry) { return forms.size() > 1 && entry.second * 20 < all; });
  if (forms.empty()) return stored;
  const std::uint32_t first = widths[forms.begin()->first];
  const bool alike = std::ranges::all_of(forms, [&](const auto& entry) { return widths[entry.first] == first; });
  stored.bits = alike ? first : 0;
  const auto [least, most] =
      std::ranges::minmax_element(forms, {}, [&](const auto& entry) { return widths[entry.first]; });
  stored.form = forms.size() == 1 ? forms.begin()->first
                : alike           ? fmt::format("{} bits, mixed", first)
                                  : fmt::format("mixed {}-{} bits", widths[least->first], widths[most->first]);
  return stored;
}

std::unique_ptr<formats::ModelWeights> ProgramModel::take_weights(const std::string& name,
                                                                  const std::set<std::string>& /*mean_images*/,
                                                                  const VersionLimit& limit) {
  return std::make_unique<TakenProgram>(opened_, message_, changed_, function_, name, limit);
}

std::uint64_t ProgramModel::size() const {
  if (!is_folder()) return message_->ByteSizeLong();
  std::uint64_t size = 0;
  for (const PackageFile& file : opened_->package()->files()) size += file.bytes;
  if (changed_ == nullptr) return size;
  return written_size(*message_, changed_->program, *opened_->package());
}

void ProgramModel::write(const std::filesystem::path& path) const {
  if (!is_folder()) return Model::write(path);
  if (changed_ == nullptr) return write_package(path, *message_, *opened_->package());
  write_package(path, *message_, changed_->program, *opened_->package(), [&](const std::filesystem::path& staged) {
    verify_weights(staged, changed_->program, changed_->contents);
  });
}

}  // namespace

std::unique_ptr<formats::Model> program_model(std::shared_ptr<Package> package, std::shared_ptr<spec::Model> message) {
  auto opened = std::make_shared<const OpenedProgram>(std::move(package), message);
  return std::make_unique<ProgramModel>(std::move(opened), std::move(message), nullptr);
}

std::unique_ptr<formats::ModelWeights> take_inner_weights(std::shared_ptr<Package> package,
                                                          std::shared_ptr<spec::Model> message, const std::string& name,
                                                          const VersionLimit& limit) {
  auto opened = std::make_shared<const OpenedProgram>(std::move(package), message);
  return std::make_unique<TakenProgram>(std::move(opened), std::move(message), nullptr, "", name, limit, true);
}

}  // namespace goldilocks::ml_program
