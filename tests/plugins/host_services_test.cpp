#include "core/plugins/host_services.hpp"

#include <sstream>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "core/base/cancellation.hpp"
#include "tests/plugins/library_folder.hpp"
#include "tests/plugins/tensor_to_quantize.hpp"

namespace goldilocks::plugins {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What is logged while the object lives.
class CapturedLog {
 public:
  CapturedLog() : before_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>("captured", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    logger->set_level(spdlog::level::debug);
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(std::move(logger));
  }
  ~CapturedLog() { spdlog::set_default_logger(before_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

TEST(HostServices, LogsWithThePluginsNameAndLevel) {
  const CapturedLog log;
  const HostServices services("quantizer 'x'");
  const glk_host& host = *services.get();
  host.log(host.context, GLK_LOG_DEBUG, "one");
  host.log(host.context, GLK_LOG_INFO, "two\nlines {}");
  host.log(host.context, GLK_LOG_WARNING, "three");
  host.log(host.context, GLK_LOG_ERROR, nullptr);
  EXPECT_EQ(log.text(),
            "debug quantizer 'x': one\ninfo quantizer 'x': two lines {}\nwarning quantizer 'x': three\n"
            "error quantizer 'x': \n");
}

TEST(HostServices, OptionsArriveInThePluginsMembers) {
  const CapturedLog log;
  Registry registry({library_folder()});
  registry.quantizer("well_behaved")
      .create({{"flag", false},
               {"count", std::int64_t{5}},
               {"strength", 1.25},
               {"text", std::string("a b")},
               {"numbers", std::vector<double>{4, 5}},
               {"file", std::string("/tables/a.npy")}});
  EXPECT_THAT(log.text(),
              HasSubstr("info quantizer 'well_behaved': flag 0, count 5, strength 1.250000, text a b, numbers "
                        "4.000000 5.000000 , file /tables/a.npy"));
}

TEST(HostServices, ProgressReachesTheScopeAroundTheCall) {
  Registry registry({library_folder()});
  const TensorToQuantize tensor;
  const auto quantizer = registry.quantizer("well_behaved").create({});
  const auto task = quantizer->begin(tensor.weights());
  std::vector<double> outer;
  std::vector<double> inner;
  {
    const ProgressScope around([&](double fraction) { outer.push_back(fraction); });
    task->quantize(4);
    {
      const ProgressScope nested([&](double fraction) {
        inner.push_back(fraction);
        throw std::runtime_error("a listener's own fault");
      });
      task->quantize(4);
    }
  }
  task->quantize(4);
  EXPECT_THAT(outer, ElementsAre(0.25, 1.0)) << "beyond 1 is 1";
  EXPECT_THAT(inner, ElementsAre(0.25, 1.0));
}

TEST(HostServices, TellsOfACancellation) {
  const HostServices services("x");
  const glk_host& host = *services.get();
  EXPECT_EQ(host.cancelled(host.context), 0);
  request_cancellation();
  EXPECT_EQ(host.cancelled(host.context), 1);
  clear_cancellation();
}

}  // namespace
}  // namespace goldilocks::plugins
