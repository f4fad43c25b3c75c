#include "core/pipeline/tasks/worker.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <new>
#include <string_view>
#include <vector>

#include <google/protobuf/util/json_util.h>

#include "core/base/os/process.hpp"
#include "core/base/paths.hpp"
#include "core/pipeline/plan/task_keys.hpp"
#include "core/pipeline/plan/task_settings.hpp"
#include "core/pipeline/tasks/adopt.hpp"
#include "core/pipeline/tasks/local_executor.hpp"
#include "core/pipeline/tasks/worker_frames.hpp"
#include "core/plugins/call_places.hpp"

namespace goldilocks::pipeline {
namespace {

void write_place(const char* place) {
  if (place != nullptr) write_frame(worker_report_descriptor, FrameKind::place, {place, ::strnlen(place, 1000)});
}

// The last words of a crash; then the system does what it would have done.
extern "C" void on_crash(int signal) {
  write_place(plugins::place_of_this_thread());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

extern "C" void on_time_over(int /*signal*/) {
  write_place(plugins::place_of_any_thread());
  os::exit_at_once(static_cast<int>(ExitCode::plugin));
}

void watch_for_crashes() {
  os::handle_signals({SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV}, &on_crash);
  os::handle_signals({worker_time_signal}, &on_time_over);
}

// The result is the process's exit code.
ExitCode report_failure(FrameKind kind, const Error& error) {
  write_frame(worker_report_descriptor, kind, text_of(error));
  return error.exit_code();
}

void report_number(FrameKind kind, double number) {
  std::array<char, sizeof(number)> bytes{};
  std::memcpy(bytes.data(), &number, sizeof(number));
  write_frame(worker_report_descriptor, kind, {bytes.data(), bytes.size()});
}

// Runs the task, and keeps what became of it.
class OneTask final : public TaskReports {
 public:
  explicit OneTask(const std::function<void(double)>& progress) : progress_(progress) {}

  void started(std::size_t /*task*/) override {}
  void progress(std::size_t /*task*/, double fraction) override {
    if (progress_) progress_(fraction);
  }
  void finished(std::size_t /*task*/, store::Artifact /*artifact*/) override {}
  void failed(std::size_t /*task*/, const Error& error) override { outcome.failure.emplace(error); }

  WorkOutcome outcome;

 private:
  const std::function<void(double)>& progress_;
};

// What was planned with, in the store if it was adopted, or where it was; places that the registry has already come
// after these.
void add_plugins(const goldilocks::Plan& plan, plugins::Registry& registry, store::Store& store) {
  std::vector<std::filesystem::path> files;
  for (const goldilocks::PlannedPlugin& plugin : plan.plugins()) {
    const std::string name = library_name(plugin);
    const auto adopted = store.find(adopted_key("plugin", plugin.sha256()));
    const std::filesystem::path file =
        adopted ? adopted->file / name : std::filesystem::path(without_variables(plugin.path()));
    if (file.filename() == name && is_there(file)) files.push_back(file);
  }
  registry.prepend(files);
}

}  // namespace

goldilocks::Plan read_plan(const std::filesystem::path& file) {
  // A pipe can't be mapped.
  const std::filesystem::path path = file == "-" ? "/dev/stdin" : file;
  std::ifstream stream(path, std::ios::binary);
  if (!stream || is_folder(path)) throw FileError(path, "read", stream ? EISDIR : errno);
  const std::string content{std::istreambuf_iterator<char>(stream), {}};
  goldilocks::Plan plan;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const bool read = content.starts_with('{') ? google::protobuf::util::JsonStringToMessage(content, &plan, options).ok()
                                             : plan.ParseFromString(content);
  if (!read || plan.tasks().empty()) throw UsageError(file.string(), "not the plan of a run, or one without tasks");
  if (plan.program() != program_hash()) {
    throw UsageError(file.string(), "the plan was made by another build of this program; make it again");
  }
  return plan;
}

WorkOutcome run_task(const goldilocks::Plan& document, const std::string& id, plugins::Registry& registry,
                     store::Store& store, ThreadPool& pool, const std::function<void(double)>& progress) {
  Plan plan;
  plan.document = document;
  plan.tasks = tasks_of(document);
  const auto found =
      std::find_if(plan.tasks.begin(), plan.tasks.end(), [&](const Task& task) { return task.id == id; });
  if (found == plan.tasks.end()) throw UsageError("the plan has no task '" + id + "'");
  const auto index = static_cast<std::size_t>(found - plan.tasks.begin());
  std::vector<std::string> inputs;
  for (const std::size_t input : found->inputs) inputs.push_back(plan.tasks[input].key);
  if (key_of(document.tasks(static_cast<int>(index)), inputs) != found->key) {
    throw UsageError("'" + id +
                     "': its key stands for other parameters: the plan was edited, or the environment is not "
                     "that in which it was made");
  }
  if (store.find(found->key)) return {};
  for (const std::size_t input : found->inputs) {
    if (store.contains(plan.tasks[input].key)) continue;
    throw FileError(store.root(), "the artifact of '" + plan.tasks[input].id + "' is not there; run that task first");
  }
  add_plugins(document, registry, store);
  TaskContext context(plan, registry, store, pool);
  OneTask task(progress);
  LocalExecutor(context).run(std::vector{index}, pool.thread_count(), task);
  return task.outcome;
}

ExitCode report_work(int parent, const std::function<WorkOutcome(const std::function<void(double)>&)>& work) noexcept {
  os::keep_from_children(worker_report_descriptor);
  try {
    if (!os::end_with_parent(parent)) return ExitCode::interrupted;
    plugins::record_call_places();
    watch_for_crashes();
    const WorkOutcome outcome = work([](double fraction) { report_number(FrameKind::progress, fraction); });
    if (outcome.failure) return report_failure(FrameKind::failed, *outcome.failure);
    if (outcome.figure) report_number(FrameKind::figure, *outcome.figure);
    write_frame(worker_report_descriptor, FrameKind::done, {});
    return ExitCode::done;
  } catch (const Error& error) {
    return report_failure(FrameKind::broken, error);
  } catch (const std::bad_alloc&) {
    // A task that takes all memory is as wrong as one that crashes.
    return report_failure(FrameKind::failed, PluginError("out of memory"));
  } catch (const std::exception& error) {
    return report_failure(FrameKind::broken, {ExitCode::internal, "internal error", error.what()});
  }
}

}  // namespace goldilocks::pipeline
