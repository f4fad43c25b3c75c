// A network is lowered once for each set of input sizes that it is used with: so all shapes are fixed in the graph, and
// a backend can plan for them. The sets used last are kept. Of each, sessions wait in a heap: a prediction takes one,
// or makes it, and gives it back. The first set is that of the default sizes, or where these don't fit the network, of
// others that do; so what can't be run at all is said at once.
#include <algorithm>
#include <list>
#include <mutex>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/plugins/aligned_allocator.hpp"
#include "core/runtime/arrays.hpp"
#include "core/runtime/features.hpp"
#include "core/runtime/network_outputs.hpp"
#include "core/runtime/output_check.hpp"
#include "core/runtime/stage.hpp"

namespace goldilocks::runtime {
namespace {

using lowering::InputSizes;
using lowering::Network;
using lowering::NetworkInput;

constexpr std::size_t kept_sizes = 4;

void fill_input(const NetworkInput& input, const Value& value, std::size_t count, std::span<std::byte> bytes_to) {
  const std::span<float> to(reinterpret_cast<float*>(bytes_to.data()), bytes_to.size() / sizeof(float));
  if (const auto* array = std::get_if<Array>(&value)) {
    if (element_count(*array) != count) {
      throw ModelError(
          fmt::format("input '{}': {} values for a tensor of {}", input.name, element_count(*array), count));
    }
    if (input.type != GLK_FLOAT32) return to_elements(*array, input.type, bytes_to);
    return to_floats(*array, to);
  }
  const auto& image = std::get<Image>(value);
  if (image.format == PixelFormat::gray_float16) {
    std::vector<float> pixels(image.bytes().size() / 2);
    to_floats({ElementType::float16, {image.height, image.width}, {}, image.bytes()}, pixels);
    return lowering::preprocess_image(*input.image, std::span<const float>(pixels), to);
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(image.bytes().data());
  lowering::preprocess_image(*input.image, std::span(bytes, image.bytes().size()), to);
}

// Of the numbers of a graph.
std::size_t size_of_element(std::int32_t type) {
  switch (type) {
    case GLK_FLOAT64:
    case GLK_INT64:
      return 8;
    case GLK_INT16:
    case GLK_UINT16:
      return 2;
    case GLK_INT8:
    case GLK_UINT8:
    case GLK_BOOL:
      return 1;
    default:
      return 4;
  }
}

// A session with the buffers of its inputs. One thread at a time.
class Lane {
 public:
  Lane(const Network& network, const plugins::BackendModel& model, std::span<const std::uint32_t> wanted)
      : network_(network), buffers_(network.inputs.size()), tensors_(network.inputs.size()) {
    for (std::size_t index = 0; index < buffers_.size(); ++index) {
      const std::vector<std::int64_t>& dims = network.inputs[index].dims;
      std::size_t count = 1;
      for (const std::int64_t dim : dims) count *= static_cast<std::size_t>(dim);
      counts_.push_back(count);
      buffers_[index].resize(count * size_of_element(network.inputs[index].type));
      tensors_[index] = {sizeof(glk_tensor), network.inputs[index].type, dims.size(), dims.data(),
                         buffers_[index].data()};
      views_.push_back(&tensors_[index]);
    }
    session_ = model.create_session(wanted);
  }

  const std::vector<plugins::Tensor>& run(const Values& inputs) {
    for (std::size_t index = 0; index < buffers_.size(); ++index) {
      const NetworkInput& input = network_.inputs[index];
      fill_input(input, inputs.at(input.name), counts_[index], buffers_[index]);
    }
    return session_->run(views_);
  }

 private:
  const Network& network_;
  std::vector<plugins::AlignedVector<std::byte>> buffers_;
  std::vector<std::size_t> counts_;  // of their elements
  std::vector<glk_tensor> tensors_;
  std::vector<const glk_tensor*> views_;
  std::unique_ptr<plugins::Session> session_;
};

// The network for one set of sizes. Any thread.
class SizedNetwork {
 public:
  SizedNetwork(const formats::Model& model, const InputSizes& sizes, const BackendUse& use)
      : network_(model.lower(sizes, use.limits)),
        model_(use.plugin.create_model(use.options, network_->graph(), use.file)) {
    // Each value once, and the scores among them.
    if (network_->scores) wanted_.push_back(*network_->scores);
    for (const lowering::NetworkOutput& output : network_->outputs) {
      const auto found = std::ranges::find(wanted_, output.value);
      places_.push_back(static_cast<std::size_t>(found - wanted_.begin()));
      if (found == wanted_.end()) wanted_.push_back(output.value);
    }
  }

  const Network& network() const { return *network_; }

  // Runs, and hands the results to `read` before another run may overwrite them.
  template <class Read>
  void run(const Values& inputs, std::span<const std::uint32_t> extra, const Read& read) {
    std::unique_ptr<Lane> lane = extra.empty() ? take() : make_lane(extra);
    const std::vector<plugins::Tensor>& results = lane->run(inputs);
    std::vector<const plugins::Tensor*> outputs;
    for (const std::size_t place : places_) outputs.push_back(&results[place]);
    read(outputs, network_->scores ? results.data() : nullptr, std::span(results).subspan(wanted_.size()));
    if (!extra.empty()) return;
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(lane));
  }

 private:
  std::unique_ptr<Lane> take() {
    {
      const std::scoped_lock lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<Lane> lane = std::move(free_.back());
        free_.pop_back();
        return lane;
      }
    }
    return make_lane({});
  }

  std::unique_ptr<Lane> make_lane(std::span<const std::uint32_t> extra) const {
    std::vector<std::uint32_t> wanted = wanted_;
    wanted.insert(wanted.end(), extra.begin(), extra.end());
    return std::make_unique<Lane>(*network_, *model_, wanted);
  }

  std::shared_ptr<const Network> network_;
  std::unique_ptr<plugins::BackendModel> model_;
  std::vector<std::uint32_t> wanted_;
  std::vector<std::size_t> places_;  // of the outputs, in wanted_
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> free_;  // guarded by mutex_
};

// Sizes that are known only at run time count as 1.
plugins::Tensor zeros(std::vector<std::int64_t> dims) {
  std::size_t count = 1;
  for (std::int64_t& dim : dims) {
    dim = std::max<std::int64_t>(dim, 1);
    count *= static_cast<std::size_t>(dim);
  }
  plugins::Tensor tensor;
  tensor.dims = std::move(dims);
  tensor.values.resize(count);
  return tensor;
}

class NetworkStage final : public Stage, public OutputCheck {
 public:
  NetworkStage(const std::shared_ptr<const formats::Model>& model, const BackendUse& use)
      : Stage(model->description()), use_(use) {
    for (formats::Layer& layer : model->layers()) {
      if (layer.place.empty()) layers_.push_back(std::move(layer));
    }
    formats::at_fitting_sizes(*model, [&](const InputSizes& sizes) {
      auto made = std::make_shared<SizedNetwork>(*model, sizes, use_);
      if (sizes.empty())
        defaults_ = made;
      else
        others_.emplace_front(sizes, made);
      return made;
    });
    // Only a network that can be used in other sizes needs its file's content again.
    const bool fixed = std::ranges::all_of(description().inputs, [&](const Feature& feature) {
      return feature.other_shapes.empty() && feature.ranges.empty() &&
             (feature.kind == Kind::image || !description().takes_sequences);
    });
    if (!fixed) model_ = model;
  }

  void check_outputs() const override {
    const Network& network = (defaults_ ? defaults_ : others_.front().second)->network();
    std::vector<plugins::Tensor> tensors;
    for (const lowering::NetworkOutput& output : network.outputs) {
      const glk_value& value = *network.graph().values[output.value];
      tensors.push_back(zeros({value.dims, value.dims + value.rank}));
    }
    std::vector<const plugins::Tensor*> outputs;
    for (const plugins::Tensor& tensor : tensors) outputs.push_back(&tensor);
    const plugins::Tensor scores = zeros({static_cast<std::int64_t>(network.labels.size())});
    network_outputs({network, description(), description().takes_sequences}, outputs,
                    network.scores ? &scores : nullptr);
  }

 protected:
  Values run(const Values& inputs, InnerTensors* inner) const override {
    const std::shared_ptr<SizedNetwork> sized = network_for(inputs);
    std::vector<std::string> names;
    std::vector<std::uint32_t> extra;
    if (inner != nullptr) find_inner(sized->network().graph(), *inner, names, extra);
    Values outputs;
    const OutputContext context{sized->network(), description(), description().takes_sequences};
    sized->run(inputs, extra, [&](const auto& tensors, const plugins::Tensor* scores, auto inner_tensors) {
      outputs = network_outputs(context, tensors, scores);
      for (std::size_t index = 0; index < names.size(); ++index) {
        const plugins::Tensor& tensor = inner_tensors[index];
        inner->values[names[index]] = from_doubles(numbers_in(tensor), tensor.dims, ElementType::float32);
      }
    });
    return outputs;
  }

 private:
  std::shared_ptr<SizedNetwork> network_for(const Values& inputs) const {
    InputSizes sizes;
    for (const Feature& feature : description().inputs) {
      const Value& value = inputs.at(feature.name);
      if (feature.kind != Kind::image && feature.kind != Kind::array) continue;
      std::vector<std::int64_t> size;
      if (const auto* image = std::get_if<Image>(&value)) {
        size = {image->height, image->width};
      } else {
        size = std::get<Array>(value).shape;
      }
      if (size != feature.shape) sizes[feature.name] = std::move(size);
    }
    if (sizes.empty() && defaults_) return defaults_;
    // Sizes are new rarely, so that others may wait while a network is made.
    const std::scoped_lock lock(mutex_);
    const auto found = std::ranges::find(others_, sizes, &Sized::first);
    if (found != others_.end()) {
      others_.splice(others_.begin(), others_, found);
      return found->second;
    }
    auto made = std::make_shared<SizedNetwork>(*model_, sizes, use_);
    others_.emplace_front(std::move(sizes), made);
    if (others_.size() > kept_sizes) others_.pop_back();
    return made;
  }

  // The values that go by the names of layers' outputs, as far as they are asked for. What the lowering has computed
  // already is a constant, and no backend's concern.
  void find_inner(const glk_graph& graph, InnerTensors& inner, std::vector<std::string>& names,
                  std::vector<std::uint32_t>& extra) const {
    std::map<std::string_view, std::uint32_t> values;
    for (std::uint32_t index = 0; index < graph.value_count; ++index) values.emplace(graph.values[index]->name, index);
    for (const formats::Layer& layer : layers_) {
      for (const std::string& blob : layer.outputs) {
        const auto value = values.find(blob);
        if (value == values.end() || !is_asked_for(layer, blob, inner)) continue;
        const glk_value& stated = *graph.values[value->second];
        const std::string name = inner.prefix + blob;
        if (stated.data != nullptr && stated.type == GLK_FLOAT32) {
          const std::vector<std::int64_t> dims(stated.dims, stated.dims + stated.rank);
          std::size_t count = 1;
          for (const std::int64_t dim : dims) count *= static_cast<std::size_t>(dim);
          inner.values[name] = make_array<float>(dims, {static_cast<const float*>(stated.data), count});
          inner.constants.insert(name);
        } else {
          names.push_back(name);
          extra.push_back(value->second);
        }
      }
    }
  }

  static bool is_asked_for(const formats::Layer& layer, const std::string& blob, InnerTensors& inner) {
    bool asked = inner.request.all;
    for (const std::string& candidate : {inner.prefix + layer.name, inner.prefix + blob}) {
      inner.known.insert(candidate);
      if (std::ranges::find(inner.request.names, candidate) == inner.request.names.end()) continue;
      inner.found.insert(candidate);
      asked = true;
    }
    return asked;
  }

  using Sized = std::pair<InputSizes, std::shared_ptr<SizedNetwork>>;

  BackendUse use_;
  std::vector<formats::Layer> layers_;           // of the network itself
  std::shared_ptr<SizedNetwork> defaults_;       // null where the network doesn't run at the default sizes
  std::shared_ptr<const formats::Model> model_;  // null where sizes are fixed
  mutable std::mutex mutex_;
  mutable std::list<Sized> others_;  // the last used first; guarded by mutex_
};

}  // namespace

std::unique_ptr<Stage> make_network_stage(const std::shared_ptr<const formats::Model>& model, const BackendUse& use) {
  return std::make_unique<NetworkStage>(model, use);
}

}  // namespace goldilocks::runtime
