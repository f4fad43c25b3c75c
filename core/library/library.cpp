// Goldilocks::runtime: the public header's functions over core/runtime. Nothing of the core's types or errors passes.
#include <new>

#include <goldilocks/runtime.hpp>

#include "core/base/error.hpp"
#include "core/base/thread_pool.hpp"
#include "core/plugins/registry.hpp"
#include "core/plugins/text_options.hpp"
#include "core/runtime/files.hpp"
#include "core/runtime/loaded_model.hpp"

namespace goldilocks::runtime {
namespace {

// The core's errors as the library's.
template <class Call>
auto translated(const Call& call) {
  try {
    return call();
  } catch (const Error&) {
    throw;
  } catch (const UsageError& error) {
    throw Error(Error::Kind::usage, error.what());
  } catch (const ModelError& error) {
    throw Error(Error::Kind::model, error.what());
  } catch (const DataError& error) {
    throw Error(Error::Kind::data, error.what());
  } catch (const PluginError& error) {
    throw Error(Error::Kind::plugin, error.what());
  } catch (const goldilocks::Error& error) {
    throw Error(Error::Kind::system, error.what());
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(Error::Kind::internal, error.what());
  }
}

plugins::TextOptions text_options(const std::map<std::string, std::string>& options) {
  return {options.begin(), options.end()};
}

}  // namespace

class Model::Implementation {
 public:
  Implementation(const std::filesystem::path& file, const LoadOptions& options)
      : registry_(plugins::default_search_path(options.plugin_path)),
        backend_(registry_.backend(options.backend)),
        model_(file, backend_,
               plugins::parse_text_options(backend_.options, text_options(options.backend_options),
                                           "backend " + backend_.name),
               {.loop_bound = options.loop_bound,
                .weights_limit = options.weights_limit,
                .rounds_as_typed = options.precision == Precision::as_typed},
               options.function_name) {}

  const LoadedModel& model() const { return model_; }

 private:
  plugins::Registry registry_;
  const plugins::BackendPlugin& backend_;
  LoadedModel model_;
};

Model::Model(std::shared_ptr<const Implementation> implementation) : implementation_(std::move(implementation)) {}

Model Model::load(const std::filesystem::path& file, const LoadOptions& options) {
  return translated([&] { return Model(std::make_shared<const Implementation>(file, options)); });
}

const std::vector<Feature>& Model::inputs() const { return implementation_->model().description().inputs; }
const std::vector<Feature>& Model::outputs() const { return implementation_->model().description().outputs; }
const std::vector<StateFeature>& Model::states() const { return implementation_->model().description().states; }
const Metadata& Model::metadata() const { return implementation_->model().description().metadata; }
const std::string& Model::label_output() const { return implementation_->model().description().label_output; }
const std::string& Model::probabilities_output() const {
  return implementation_->model().description().probabilities_output;
}

Values Model::predict(const Values& inputs) const {
  return translated([&] { return implementation_->model().predict(inputs, nullptr, nullptr); });
}

std::vector<Values> Model::predict(std::span<const Values> batch, std::size_t threads) const {
  return translated([&] {
    std::vector<Values> results(batch.size());
    ThreadPool pool(threads);
    pool.parallel_for(batch.size(), [&](std::size_t index) {
      results[index] = implementation_->model().predict(batch[index], nullptr, nullptr);
    });
    return results;
  });
}

State Model::make_state() const {
  return translated([&] { return implementation_->model().fresh_state(); });
}

Values Model::predict(const Values& inputs, State& state) const {
  return translated([&] { return implementation_->model().predict(inputs, &state, nullptr); });
}

Values Model::predict(const Values& inputs, const InnerRequest& request, Values& inner) const {
  return translated([&] {
    InnerTensors tensors;
    tensors.request = request;
    Values outputs = implementation_->model().predict(inputs, nullptr, &tensors);
    inner = std::move(tensors.values);
    return outputs;
  });
}

Image Model::fit(const Image& image, std::string_view input) const {
  return translated([&] { return implementation_->model().fit(image, input, {}); });
}

Image load_image(const std::filesystem::path& file) {
  return translated([&] { return from_data(data::load_image(file)); });
}

Array load_npy(const std::filesystem::path& file) {
  return translated([&] { return read_npy(file); });
}

}  // namespace goldilocks::runtime
