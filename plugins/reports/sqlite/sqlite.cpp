// The figures of a run as tables for SQL. By itself a report writes fresh files inside of its run's folder: a database
// of one run. To collect runs, `append_to` names a database elsewhere, which belongs to no run and grows with each.
#include <goldilocks/plugin.hpp>
#include <goldilocks/report_file.hpp>

#include "add_run.hpp"

namespace {

class Sqlite final : public goldilocks::Report {
 public:
  void declare(goldilocks::Options& options) override {
    options.output("path", &path_, "the file to write, inside the run's folder");
    options.path("append_to", &append_to_, "a database to which the run is added, in place of a file of its own");
  }

  void write(const goldilocks::Node& results, const std::filesystem::path& folder) override {
    if (!append_to_.empty()) {
      sqlite::Database database(append_to_);
      sqlite::add_run(database, results);
      return;
    }
    sqlite::Database database;
    sqlite::add_run(database, results);
    goldilocks::write_report_file(folder, path_, database.content());
  }

 private:
  std::string path_ = "results.sqlite";
  std::filesystem::path append_to_;
};

}  // namespace

GOLDILOCKS_REPORT(Sqlite, "sqlite", "tables of runs, variants, figures, classes and samples for SQL")
