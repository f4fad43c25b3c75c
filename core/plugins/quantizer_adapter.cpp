// A quantizer behind the C interface as a C++ object. The factory is copied and checked once; every result is checked
// before anything else sees it, as a code beyond its table or an infinite scale would become a broken model file.
#include "core/plugins/quantizer_adapter.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/error.hpp"
#include "core/plugins/call_places.hpp"
#include "core/plugins/factory_checks.hpp"
#include "core/plugins/host_services.hpp"
#include "core/plugins/option_accessor.hpp"
#include "core/plugins/plugin_call.hpp"
#include "core/plugins/quantized_result.hpp"
#include "core/plugins/struct_copy.hpp"

namespace goldilocks::plugins {
namespace {

bool is_width(int bits) { return (bits >= 1 && bits <= 8) || bits == 16 || bits == 32; }

std::int32_t form_number(weights::Kind form) { return static_cast<std::int32_t>(form); }

std::int32_t type_number(ValueType type) {
  if (type == ValueType::float16) return GLK_FLOAT16;
  return type == ValueType::float32 ? GLK_FLOAT32 : 0;
}

class Task final : public QuantizerTask {
 public:
  Task(const QuantizerPlugin& plugin, const glk_quantizer_factory& factory, const HostServices& host,
       glk_quantizer* quantizer, Weights weights)
      : plugin_(plugin), factory_(factory), host_(host), weights_(std::move(weights)) {
    passed_.struct_size = sizeof(glk_weights);
    passed_.kind = weights_.is_vector ? GLK_PARAMETER_VECTOR : GLK_PARAMETER_WEIGHTS;
    passed_.values = weights_.values.data();
    passed_.count = weights_.values.size();
    passed_.dims = weights_.dims.data();
    passed_.rank = weights_.dims.size();
    passed_.channel_axis = weights_.channel_axis;
    passed_.channels = weights_.channel_axis < 0
                           ? 1
                           : static_cast<std::uint64_t>(weights_.dims[static_cast<std::size_t>(weights_.channel_axis)]);
    passed_.importance = weights_.importance.empty() ? nullptr : weights_.importance.data();
    passed_.layer = weights_.layer.c_str();
    passed_.layer_type = weights_.layer_type.c_str();
    passed_.parameter = weights_.parameter.c_str();
    passed_.stored_form = form_number(weights_.stored_form);
    passed_.stored_bits = weights_.stored_bits;
    for (const weights::Kind form : weights_.accepted_forms) passed_.accepted_forms |= GLK_ACCEPTS(form_number(form));
    passed_.value_type = type_number(weights_.value_type);
    passed_.vector_length = weights_.vector_length;
    check_vectors();
    const CallPlace at(weights_.layer, weights_.parameter, plugin_.name);
    const HostServices::Call call(host_);
    call_plugin([this] { return place(); },
                [&](glk_error* error) { return factory_.begin(quantizer, &passed_, &task_, error); });
    if (task_ == nullptr) throw PluginError(place(), "begin() returned null");
  }

  ~Task() override {
    if (factory_.end == nullptr) return;
    const CallPlace at(weights_.layer, weights_.parameter, plugin_.name);
    release_plugin_object([this] { return place(); }, [this] { factory_.end(task_); });
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  Task(Task&&) = delete;
  Task& operator=(Task&&) = delete;

  QuantizedTensor quantize(int bits) override {
    const bool has_zero_points = (passed_.accepted_forms & GLK_ACCEPTS(GLK_FORM_ZERO_POINT)) != 0;
    if (!plugin_.chooses_width && !plugin_.offers(bits, has_zero_points)) {
      if (!plugin_.offers(bits, true)) {
        throw PluginError(place(), fmt::format("{} bits are not offered, but {}", bits, plugin_.offered_widths()));
      }
      QuantizedTensor unchanged;
      unchanged.note = fmt::format("{} bits are offered for ML Programs alone", bits);
      return unchanged;
    }
    const CallPlace at(weights_.layer, weights_.parameter, plugin_.name);
    HostServices::Call call(host_);
    QuantizedResult result(passed_, bits, call);
    call_plugin([this] { return place(); },
                [&](glk_error* error) { return factory_.quantize(task_, bits, result.get(), error); });
    if (const std::string problem = result.problem(plugin_.chooses_width); !problem.empty()) {
      throw PluginError(place(), problem);
    }
    return result.take();
  }

 private:
  void check_vectors() const {
    if (passed_.vector_length <= 1) return;
    if (!plugin_.vector_tables) throw PluginError(place(), "it makes no tables of vectors");
    if (weights_.channel_axis < 0 || passed_.channels % passed_.vector_length != 0) {
      throw PluginError(place(), fmt::format("its {} channels can't be cut into vectors of {}", passed_.channels,
                                             passed_.vector_length));
    }
  }

  std::string place() const {
    return fmt::format("layer '{}', {}: quantizer '{}'", weights_.layer, weights_.parameter, plugin_.name);
  }

  const QuantizerPlugin& plugin_;
  const glk_quantizer_factory& factory_;
  const HostServices& host_;
  Weights weights_;
  glk_weights passed_{};
  glk_quantizer_task* task_ = nullptr;
};

class ConfiguredQuantizer final : public Quantizer {
 public:
  ConfiguredQuantizer(const QuantizerPlugin& plugin, const glk_quantizer_factory& factory, const OptionValues& given)
      : plugin_(plugin), factory_(factory), host_(fmt::format("quantizer '{}'", plugin.name)) {
    const OptionValues values = complete_options(plugin_.options, given);
    const OptionAccessor options(values);
    const HostServices::Call call(host_);
    call_plugin([this] { return host_.label(); },
                [&](glk_error* error) { return factory_.create(host_.get(), options.get(), &quantizer_, error); });
    if (quantizer_ == nullptr) throw PluginError(host_.label(), "create() returned null");
  }

  ~ConfiguredQuantizer() override {
    if (factory_.destroy == nullptr) return;
    release_plugin_object([this] { return host_.label(); }, [this] { factory_.destroy(quantizer_); });
  }
  ConfiguredQuantizer(const ConfiguredQuantizer&) = delete;
  ConfiguredQuantizer& operator=(const ConfiguredQuantizer&) = delete;
  ConfiguredQuantizer(ConfiguredQuantizer&&) = delete;
  ConfiguredQuantizer& operator=(ConfiguredQuantizer&&) = delete;

  std::unique_ptr<QuantizerTask> begin(const Weights& weights) const override {
    return std::make_unique<Task>(plugin_, factory_, host_, quantizer_, weights);
  }

 private:
  const QuantizerPlugin& plugin_;
  const glk_quantizer_factory& factory_;
  HostServices host_;
  glk_quantizer* quantizer_ = nullptr;
};

class AdaptedQuantizer final : public QuantizerPlugin {
 public:
  AdaptedQuantizer(const PluginLibrary& library, const std::string& given_name, const glk_quantizer_factory& factory)
      : factory_(factory) {
    check_factory_name(library, "quantizer", factory_.name);
    check_member(library, factory_.create != nullptr, "create");
    check_member(library, factory_.begin != nullptr, "begin");
    check_member(library, factory_.quantize != nullptr, "quantize");
    describe_plugin(*this, library, given_name, factory_);
    layer_types = read_strings(library, "layer types", factory_.layer_types, factory_.layer_type_count);
    parameters = read_strings(library, "parameters", factory_.parameters, factory_.parameter_count);
    takes_quantized = factory_.takes_quantized != 0;
    vector_tables = factory_.vector_tables != 0;
    chooses_width = factory_.chooses_width != 0;
    if (!chooses_width) {
      widths = read_widths(library, factory_.widths, factory_.width_count);
      if (widths.empty()) refuse(library, "declares no width that this program has: 1 to 8, 16 and 32 bits");
      if (factory_.zero_point_width_count > 0) {
        zero_point_widths = read_widths(library, factory_.zero_point_widths, factory_.zero_point_width_count);
      }
    }
  }

  std::unique_ptr<Quantizer> create(const OptionValues& given) const override {
    return std::make_unique<ConfiguredQuantizer>(*this, factory_, given);
  }

 private:
  [[noreturn]] static void refuse(const PluginLibrary& library, const std::string& reason) {
    throw PluginError(library.file.string(), reason);
  }

  static std::vector<int> read_widths(const PluginLibrary& library, const std::int32_t* list, std::uint64_t count) {
    if (count == 0 || count > 32 || list == nullptr) refuse(library, "declares no readable list of widths");
    std::vector<int> read;
    for (const int bits : std::span(list, count)) {
      if (!is_width(bits)) continue;  // of a later version
      if (std::ranges::find(read, bits) != read.end()) refuse(library, fmt::format("declares {} bits twice", bits));
      read.push_back(bits);
    }
    return read;
  }

  glk_quantizer_factory factory_;
};

}  // namespace

bool QuantizerPlugin::offers(int bits, bool has_zero_points) const {
  const auto has = [&](const std::vector<int>& list) { return std::ranges::find(list, bits) != list.end(); };
  return has(widths) || (has_zero_points && has(zero_point_widths));
}

std::string QuantizerPlugin::offered_widths() const {
  std::string text = fmt::format("{}", fmt::join(widths, ", "));
  if (!zero_point_widths.empty()) text += fmt::format(", and {} for ML Programs", fmt::join(zero_point_widths, ", "));
  return text;
}

std::unique_ptr<QuantizerPlugin> adapt_quantizer(const PluginLibrary& library, const std::string& name) {
  const auto* factory = static_cast<const glk_quantizer_factory*>(get_factory(library, GLK_QUANTIZER_ID));
  return std::make_unique<AdaptedQuantizer>(library, name, copy_struct(factory));
}

}  // namespace goldilocks::plugins
