#include "core/plugins/host_services.hpp"

#include <algorithm>
#include <sstream>
#include <thread>

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

// Reports from a thread that is not the call's.
void report_from_elsewhere(const HostServices& services, double fraction) {
  const glk_host& host = *services.get();
  std::thread([&] { host.progress(host.context, fraction); }).join();
}

TEST(HostServices, ProgressFromAnotherThreadCountsForTheOnlyCallOfTheObject) {
  const HostServices services("x");
  const HostServices other("y");
  std::vector<double> heard;
  const ProgressScope scope([&](double fraction) { heard.push_back(fraction); });
  report_from_elsewhere(services, 0.1);
  {
    const HostServices::Call call(services);
    const HostServices::Call of_another_object(other);
    report_from_elsewhere(services, 0.25);
    report_from_elsewhere(other, 0.5);
  }
  report_from_elsewhere(services, 0.75);
  EXPECT_THAT(heard, ElementsAre(0.25, 0.5)) << "outside of a call there is nothing to report on";
}

TEST(HostServices, ProgressFromAnotherThreadIsDroppedWhileTheObjectIsInSeveralCalls) {
  const HostServices services("x");
  const glk_host& host = *services.get();
  std::vector<double> first;
  std::vector<double> second;
  const ProgressScope scope([&](double fraction) { first.push_back(fraction); });
  const HostServices::Call call(services);
  std::thread([&] {
    const ProgressScope inner([&](double fraction) { second.push_back(fraction); });
    const HostServices::Call another(services);
    host.progress(host.context, 0.5);
    report_from_elsewhere(services, 0.75);
  }).join();
  host.progress(host.context, 0.25);
  report_from_elsewhere(services, 1);
  EXPECT_THAT(first, ElementsAre(0.25, 1.0));
  EXPECT_THAT(second, ElementsAre(0.5));
}

TEST(HostServices, ACallWithoutAListenerIsOneOfSeveral) {
  const HostServices services("x");
  std::vector<double> heard;
  std::thread([&] {
    const HostServices::Call nobody_listens(services);
    const ProgressScope scope([&](double fraction) { heard.push_back(fraction); });
    const HostServices::Call call(services);
    report_from_elsewhere(services, 0.5);
  }).join();
  EXPECT_THAT(heard, ::testing::IsEmpty());
}

TEST(HostServices, AResultsProgressAlwaysReachesItsOwnCall) {
  Registry registry({library_folder()});
  const auto quantizer = registry.quantizer("extended").create({});
  constexpr int rounds = 200;
  const auto work = [&](float own, std::vector<double>& heard) {
    TensorToQuantize tensor;
    tensor.values[0] = own;
    const ProgressScope scope([&](double fraction) { heard.push_back(fraction); });
    const auto task = quantizer->begin(tensor.weights());
    for (int i = 0; i < rounds; ++i) task->quantize(4);
  };
  std::vector<double> first;
  std::vector<double> second;
  std::thread other([&] { work(0.5F, second); });
  work(0.25F, first);
  other.join();
  EXPECT_EQ(std::ranges::count(first, 0.25), rounds);
  EXPECT_EQ(std::ranges::count(first, 0.5), 0);
  EXPECT_EQ(std::ranges::count(second, 0.5), rounds);
  EXPECT_EQ(std::ranges::count(second, 0.25), 0);
  EXPECT_LE(std::ranges::count(first, 0.125), rounds) << "by glk_host, where no other call was in progress";
}

TEST(HostServices, OneCallReportsFromAThreadOfThePluginsByEitherWay) {
  Registry registry({library_folder()});
  TensorToQuantize tensor;
  tensor.values[0] = 0.5;
  const auto quantizer = registry.quantizer("extended").create({});
  const auto task = quantizer->begin(tensor.weights());
  std::vector<double> heard;
  const ProgressScope scope([&](double fraction) { heard.push_back(fraction); });
  task->quantize(4);
  EXPECT_THAT(heard, ElementsAre(0.5, 0.125));
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
