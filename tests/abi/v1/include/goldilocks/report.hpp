#pragma once

#include <filesystem>

#include <goldilocks/abi.h>
#include <goldilocks/entry_point.hpp>
#include <goldilocks/error.hpp>
#include <goldilocks/host.hpp>
#include <goldilocks/node.hpp>
#include <goldilocks/options.hpp>

namespace goldilocks {

// A report format. The host creates an object for each report and calls write() once, after its options have their
// values.
class Report {
 public:
  virtual ~Report() = default;

  virtual void declare(Options& options) { static_cast<void>(options); }

  // Writes its files into `folder`, which is fresh and empty; the host then puts them into the run's folder.
  virtual void write(const Node& results, const std::filesystem::path& folder) = 0;

  // Set before write().
  const Host& host() const { return host_; }
  void set_host(const Host& host) { host_ = host; }

 private:
  Host host_;
};

}  // namespace goldilocks

#include <goldilocks/detail/report_factory.hpp>

// Makes a class derived from Report this library's report. At global scope, once.
#define GOLDILOCKS_REPORT(Class, name, summary) \
  GOLDILOCKS_ENTRY_POINT(name, GLK_REPORT_ID, ::goldilocks::detail::report_factory<Class>(name, summary))
