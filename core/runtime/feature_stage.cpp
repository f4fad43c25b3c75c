// The small models around a network: their graphs work on float64, int64 and text, and a backend runs them as it runs a
// network's. They are quick, so that a session is made for each prediction.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/runtime/arrays.hpp"
#include "core/runtime/features.hpp"
#include "core/runtime/output_check.hpp"
#include "core/runtime/stage.hpp"

namespace goldilocks::runtime {
namespace {

using lowering::FeaturePort;
using plugins::Tensor;

// A tensor of the interface that owns what it points to.
class GivenTensor {
 public:
  explicit GivenTensor(const std::vector<double>& values, std::vector<std::int64_t> dims = {})
      : GivenTensor(GLK_FLOAT64, values.size(), std::move(dims)) {
    numbers_ = values;
    tensor_.data = numbers_.data();
  }
  explicit GivenTensor(const std::vector<std::int64_t>& values) : GivenTensor(GLK_INT64, values.size(), {}) {
    integers_ = values;
    tensor_.data = integers_.data();
  }
  explicit GivenTensor(const std::vector<std::string>& values) : GivenTensor(GLK_STRING, values.size(), {}) {
    texts_ = values;
    for (const std::string& text : texts_) {
      if (text.find('\0') != std::string::npos) throw UsageError("a text with a zero byte in it");
      pointers_.push_back(text.c_str());
    }
    tensor_.data = pointers_.data();
  }
  GivenTensor(const GivenTensor&) = delete;
  GivenTensor& operator=(const GivenTensor&) = delete;

  const glk_tensor* get() const { return &tensor_; }

 private:
  GivenTensor(std::int32_t type, std::size_t size, std::vector<std::int64_t> dims) : dims_(std::move(dims)) {
    if (dims_.empty()) dims_ = {static_cast<std::int64_t>(size)};
    tensor_.struct_size = sizeof(tensor_);
    tensor_.type = type;
    tensor_.rank = dims_.size();
    tensor_.dims = dims_.data();
  }

  std::vector<std::int64_t> dims_;
  std::vector<double> numbers_;
  std::vector<std::int64_t> integers_;
  std::vector<std::string> texts_;
  std::vector<const char*> pointers_;
  glk_tensor tensor_{};
};

using GivenTensors = std::vector<std::unique_ptr<GivenTensor>>;

template <class Dictionary>
void give_dictionary(const Dictionary& dictionary, GivenTensors& tensors) {
  std::vector<typename Dictionary::key_type> keys;
  std::vector<double> values;
  for (const auto& [key, value] : dictionary) {
    keys.push_back(key);
    values.push_back(value);
  }
  tensors.push_back(std::make_unique<GivenTensor>(keys));
  tensors.push_back(std::make_unique<GivenTensor>(values));
}

struct Giver {
  GivenTensors& tensors;

  void operator()(const Array& array) const {
    tensors.push_back(std::make_unique<GivenTensor>(to_doubles(array), array.shape));
  }
  void operator()(double number) const { tensors.push_back(std::make_unique<GivenTensor>(std::vector{number})); }
  void operator()(std::int64_t number) const { tensors.push_back(std::make_unique<GivenTensor>(std::vector{number})); }
  void operator()(const std::string& text) const {
    tensors.push_back(std::make_unique<GivenTensor>(std::vector{text}));
  }
  void operator()(const TextDictionary& dictionary) const { give_dictionary(dictionary, tensors); }
  void operator()(const IntegerDictionary& dictionary) const { give_dictionary(dictionary, tensors); }
  void operator()(const TextSequence& sequence) const { tensors.push_back(std::make_unique<GivenTensor>(sequence)); }
  void operator()(const IntegerSequence& sequence) const { tensors.push_back(std::make_unique<GivenTensor>(sequence)); }
  void operator()(const Image& /*image*/) const { throw UsageError("this type of model takes no images"); }
};

template <class Element>
std::vector<Element> elements_of(const Tensor& tensor) {
  std::vector<Element> elements(tensor.bytes.size() / sizeof(Element));
  if (!elements.empty()) std::memcpy(elements.data(), tensor.bytes.data(), elements.size() * sizeof(Element));
  return elements;
}

// Whole numbers from float64 by rounding to nearest.
std::vector<std::int64_t> integers_of(const Tensor& tensor) {
  if (tensor.type == GLK_INT64) return elements_of<std::int64_t>(tensor);
  return to_integers(from_doubles(numbers_in(tensor), tensor.dims, ElementType::int64));
}

const std::vector<std::string>& texts_of(const Tensor& tensor) {
  if (tensor.type != GLK_STRING) throw ModelError("numbers are given where text is declared");
  return tensor.texts;
}

template <class List>
auto only_one(const List& list) {
  if (list.size() != 1) throw ModelError(fmt::format("{} values are given where one is declared", list.size()));
  return list.front();
}

Value dictionary_of(const Feature& feature, const Tensor* keys, const Tensor& values) {
  if (keys == nullptr) throw ModelError("a list is given where a dictionary is declared");
  const std::vector<double> numbers = numbers_in(values);
  TextDictionary texts;
  IntegerDictionary integers;
  for (std::size_t index = 0; index < numbers.size(); ++index) {
    if (feature.integers) {
      add_score(integers, integers_of(*keys).at(index), numbers[index]);
    } else {
      add_score(texts, texts_of(*keys).at(index), numbers[index]);
    }
  }
  if (feature.integers) return integers;
  return texts;
}

Value array_of(const Feature& feature, const Tensor& tensor) {
  const std::vector<double> numbers = numbers_in(tensor);
  std::int64_t declared = 1;
  for (const std::int64_t dim : feature.shape) declared *= dim;
  const bool fits = !feature.shape.empty() && declared == static_cast<std::int64_t>(numbers.size());
  return from_doubles(numbers, fits ? feature.shape : tensor.dims, feature.element_type);
}

Value output_of(const Feature& feature, const Tensor* keys, const Tensor& tensor) {
  switch (feature.kind) {
    case Kind::array:
      return array_of(feature, tensor);
    case Kind::number:
      return only_one(numbers_in(tensor));
    case Kind::integer:
      return only_one(integers_of(tensor));
    case Kind::text:
      return only_one(texts_of(tensor));
    case Kind::dictionary:
      return dictionary_of(feature, keys, tensor);
    case Kind::sequence:
      if (feature.integers) return integers_of(tensor);
      return texts_of(tensor);
    case Kind::image:
      break;
  }
  throw ModelError("this type of model gives no images");
}

class FeatureStage final : public Stage, public OutputCheck {
 public:
  FeatureStage(const formats::Model& model, const BackendUse& use)
      : Stage(model.description()),
        lowered_(model.lower_features()),
        model_(use.plugin.create_model(use.options, lowered_->graph(), use.file)) {
    for (const FeaturePort& port : lowered_->outputs) {
      if (port.keys) wanted_.push_back(*port.keys);
      wanted_.push_back(port.value);
    }
  }

  void check_outputs() const override {
    for (const FeaturePort& port : lowered_->outputs) {
      const std::optional<Tensor> keys = port.keys ? std::optional(one_element(*port.keys)) : std::nullopt;
      give(port, keys ? &*keys : nullptr, one_element(port.value));
    }
  }

 protected:
  Values run(const Values& inputs, InnerTensors* /*inner*/) const override {
    GivenTensors given;
    for (const FeaturePort& port : lowered_->inputs) std::visit(Giver{given}, inputs.at(port.name));
    std::vector<const glk_tensor*> views;
    for (const auto& tensor : given) views.push_back(tensor->get());
    const std::unique_ptr<plugins::Session> session = model_->create_session(wanted_);
    const std::vector<Tensor>& results = session->run(views);
    Values outputs;
    std::size_t next = 0;
    for (const FeaturePort& port : lowered_->outputs) {
      const Tensor* keys = port.keys ? &results.at(next++) : nullptr;
      if (auto output = give(port, keys, results.at(next++))) outputs[port.name] = std::move(*output);
    }
    return outputs;
  }

 private:
  // Nothing for what is no output of the description.
  std::optional<Value> give(const FeaturePort& port, const Tensor* keys, const Tensor& value) const {
    const auto feature = std::ranges::find(description().outputs, port.name, &Feature::name);
    if (feature == description().outputs.end()) return std::nullopt;
    return within([&] { return fmt::format("output '{}'", port.name); },
                  [&] { return std::optional(output_of(*feature, keys, value)); });
  }

  // An empty text, or zero.
  Tensor one_element(std::uint32_t value) const {
    Tensor tensor{.dims = {1}, .values = {}, .type = lowered_->graph().values[value]->type};
    if (tensor.type == GLK_STRING)
      tensor.texts = {""};
    else
      tensor.bytes.resize(sizeof(double));
    return tensor;
  }

  std::shared_ptr<const lowering::FeatureModel> lowered_;
  std::unique_ptr<plugins::BackendModel> model_;
  std::vector<std::uint32_t> wanted_;
};

}  // namespace

std::unique_ptr<Stage> make_feature_stage(const std::shared_ptr<const formats::Model>& model, const BackendUse& use) {
  return std::make_unique<FeatureStage>(*model, use);
}

}  // namespace goldilocks::runtime
