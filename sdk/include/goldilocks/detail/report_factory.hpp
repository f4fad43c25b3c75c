#pragma once

// The C side of a C++ report.
#include <goldilocks/detail/factory_base.hpp>
#include <goldilocks/report.hpp>

namespace goldilocks::detail {

template <class Class>
class ReportFactory : private FactoryBase<Class, Report> {
 public:
  ReportFactory(const char* name, const char* summary) {
    this->describe(factory_, name, summary);
    factory_.write = &write;
  }

  const glk_report_factory* get() const { return &factory_; }

 private:
  static glk_status write(const glk_host* host, const glk_options* options, const glk_report_task* task,
                          glk_error* error) {
    return guarded(error, [&] {
      make_configured<Class, Report>(host, options)->write(Node(task->nodes, task->results), task->folder);
    });
  }

  glk_report_factory factory_{};
};

// One factory per class, made at the first call and never destroyed: the host may use it until the process ends.
template <class Class>
const glk_report_factory* report_factory(const char* name, const char* summary) {
  static const auto* const factory = new ReportFactory<Class>(name, summary);
  return factory->get();
}

}  // namespace goldilocks::detail
