#include "core/plugins/report_adapter.hpp"

#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/plugins/factory_checks.hpp"
#include "core/plugins/host_services.hpp"
#include "core/plugins/json_nodes.hpp"
#include "core/plugins/option_accessor.hpp"
#include "core/plugins/plugin_call.hpp"
#include "core/plugins/struct_copy.hpp"

namespace goldilocks::plugins {
namespace {

class AdaptedReport final : public ReportPlugin {
 public:
  AdaptedReport(const PluginLibrary& library, const std::string& given_name, const glk_report_factory& factory)
      : factory_(factory) {
    check_factory_name(library, "report", factory_.name);
    check_member(library, factory_.write != nullptr, "write");
    describe_plugin(*this, library, given_name, factory_);
  }

  void write(const OptionValues& given, const nlohmann::ordered_json& results,
             const std::filesystem::path& folder) const override {
    std::error_code problem;
    if (!std::filesystem::is_empty(folder, problem) || problem) throw FileError(folder, "must be an empty folder");
    const OptionValues values = complete_options(options, given);
    const OptionAccessor accessor(values);
    const HostServices host(fmt::format("report '{}'", name));
    const std::string place = absolute_path(folder).string();
    const glk_report_task task = {sizeof(glk_report_task), 0, &json_nodes(), as_node(results), place.c_str()};
    const HostServices::Call call(host);
    call_plugin([&] { return host.label(); },
                [&](glk_error* error) { return factory_.write(host.get(), accessor.get(), &task, error); });
  }

 private:
  glk_report_factory factory_;
};

}  // namespace

std::unique_ptr<ReportPlugin> adapt_report(const PluginLibrary& library, const std::string& name) {
  const auto* factory = static_cast<const glk_report_factory*>(get_factory(library, GLK_REPORT_ID));
  return std::make_unique<AdaptedReport>(library, name, copy_struct(factory));
}

}  // namespace goldilocks::plugins
