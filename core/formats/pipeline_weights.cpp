#include "core/formats/pipeline_weights.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/ml_program/program_model.hpp"
#include "core/formats/neural_network/network_weights.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/formats/open_message.hpp"

namespace goldilocks::formats {
namespace {

namespace spec = ::CoreML::Specification;
using weights::Stored;
using weights::Weight;

// Calls visit(program, place) for each ML Program in a pipeline, always in the same order.
template <class Model, class Visit>
void for_each_program(Model& pipeline, const Visit& visit) {
  model::for_each_model(pipeline, [&](auto& inner, const std::string& place) {
    if (inner.has_mlprogram()) visit(inner, place);
  });
}

// One of several models whose weights stand one behind the other.
struct Part {
  std::unique_ptr<ModelWeights> weights;
  std::size_t begin = 0;

  std::size_t size() const { return weights->weights().size(); }
};

class PipelineWeights final : public ModelWeights {
 public:
  PipelineWeights(spec::Model& pipeline, const std::shared_ptr<ml_program::Package>& package, const std::string& name,
                  const std::set<std::string>& mean_images, const VersionLimit& limit) {
    std::vector<std::string> places;
    for_each_program(pipeline, [&](const spec::Model& program, const std::string& place) {
      Part& part = programs_.emplace_back();
      part.weights =
          ml_program::take_inner_weights(package, std::make_shared<spec::Model>(program), name + ": " + place, limit);
      places.push_back(place);
    });
    auto taken = std::make_unique<spec::Model>();
    taken->Swap(&pipeline);
    networks_ = std::make_unique<model::NetworkWeights>(std::move(taken), name, mean_images);
    const std::span<const Weight> of_networks = networks_->weights();
    all_.assign(of_networks.begin(), of_networks.end());
    std::size_t layers = all_.empty() ? 0 : all_.back().layer_index + 1;
    for (std::size_t i = 0; i < programs_.size(); ++i) {
      programs_[i].begin = all_.size();
      for (Weight weight : programs_[i].weights->weights()) {
        weight.layer = places[i] + ": " + weight.layer;
        for (weights::Reader& reader : weight.other_readers) reader.layer = places[i] + ": " + reader.layer;
        weight.layer_index += layers;
        all_.push_back(std::move(weight));
      }
      if (!all_.empty()) layers = all_.back().layer_index + 1;
    }
  }

  const std::string& name() const override { return networks_->name(); }
  std::string description() const override { return networks_->skeleton().description().metadata().shortdescription(); }
  std::span<const Weight> weights() const override { return all_; }
  Stored read(std::size_t weight) const override {
    const Part* const part = part_of(weight);
    return part == nullptr ? networks_->read(weight) : part->weights->read(weight - part->begin);
  }
  std::uint64_t bytes_in_file(const Stored& content) const override { return model::bytes_in_file(content); }

  std::vector<std::size_t> settle(std::span<weights::Change* const> changes) const override {
    std::vector<std::size_t> settled = networks_->settle(changes.first(networks_->weights().size()));
    for (const Part& part : programs_) {
      for (const std::size_t i : part.weights->settle(changes.subspan(part.begin, part.size()))) {
        settled.push_back(part.begin + i);
      }
    }
    return settled;
  }

  std::unique_ptr<Model> with(std::vector<std::optional<Stored>> contents, const std::string& what) const override {
    std::vector<std::unique_ptr<Model>> programs;
    for (const Part& part : programs_) {
      std::vector<std::optional<Stored>> own;
      for (std::size_t i = 0; i < part.size(); ++i) own.push_back(std::move(contents[part.begin + i]));
      programs.push_back(part.weights->with(std::move(own), what));
    }
    contents.resize(networks_->weights().size());
    return put_together(networks_->with(std::move(contents), what), programs);
  }

  std::unique_ptr<Model> draft(std::span<const std::optional<Stored>> contents) const override {
    std::vector<std::unique_ptr<Model>> programs;
    for (const Part& part : programs_)
      programs.push_back(part.weights->draft(contents.subspan(part.begin, part.size())));
    return put_together(networks_->draft(contents.first(networks_->weights().size())), programs);
  }

 private:
  // Null for a weight of a network.
  const Part* part_of(std::size_t weight) const {
    if (weight < networks_->weights().size()) return nullptr;
    const auto behind = std::ranges::upper_bound(programs_, weight, {}, &Part::begin);
    return &*(behind - 1);
  }

  static std::unique_ptr<Model> put_together(std::unique_ptr<spec::Model> pipeline,
                                             const std::vector<std::unique_ptr<Model>>& programs) {
    auto next = programs.begin();
    for_each_program(*pipeline, [&](spec::Model& program, const std::string& place) {
      const std::string content = (*next)->serialize();
      program = std::move(*model::parse_model(std::as_bytes(std::span(content)), place));
      ++next;
    });
    raise_version(*pipeline);
    return open_message(std::move(pipeline));
  }

  // A pipeline needs what its models need.
  static int raise_version(spec::Model& model) {
    int version = model.specificationversion();
    if (spec::Pipeline* const pipeline = model::pipeline_of(model)) {
      for (spec::Model& inner : *pipeline->mutable_models()) version = std::max(version, raise_version(inner));
      // One without a version is refused as it is.
      if (model.specificationversion() > 0) model.set_specificationversion(version);
    }
    return version;
  }

  std::unique_ptr<model::NetworkWeights> networks_;
  std::vector<Part> programs_;
  std::vector<Weight> all_;
};

}  // namespace

bool has_programs(const spec::Model& pipeline) {
  bool has_one = false;
  for_each_program(pipeline, [&](const spec::Model&, const std::string&) { has_one = true; });
  return has_one;
}

std::unique_ptr<ModelWeights> take_pipeline_weights(spec::Model& pipeline,
                                                    const std::shared_ptr<ml_program::Package>& package,
                                                    const std::string& name, const std::set<std::string>& mean_images,
                                                    const VersionLimit& limit) {
  return std::make_unique<PipelineWeights>(pipeline, package, name, mean_images, limit);
}

}  // namespace goldilocks::formats
