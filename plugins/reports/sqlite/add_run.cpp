// The document as rows: a run has variants, a variant has figures, accuracies by class, and the samples to which it
// gives another answer than its baseline; what was proved of the chosen one stands apart. The document itself stands
// beside them, so that nothing is lost.
#include "add_run.hpp"

#include <string>

#include <goldilocks/error.hpp>
#include <goldilocks/json_text.hpp>

namespace sqlite {
namespace {

using goldilocks::Node;
using Number = std::optional<double>;

constexpr std::int64_t tables_version = 3;

constexpr const char* make_tables = R"(
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, program TEXT NOT NULL, chosen TEXT, rule TEXT, reason TEXT,
  document TEXT NOT NULL UNIQUE);
CREATE TABLE variants (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, name TEXT NOT NULL,
  chosen INTEGER NOT NULL, file TEXT NOT NULL, model TEXT NOT NULL, function TEXT NOT NULL, options TEXT NOT NULL,
  bits INTEGER NOT NULL, size_bytes INTEGER NOT NULL, zip_bytes INTEGER, sha256 TEXT NOT NULL, compression REAL,
  error TEXT NOT NULL, dataset TEXT, backend TEXT, samples INTEGER, mean_accuracy REAL, accuracy REAL,
  top5_accuracy REAL, baseline TEXT, mean_drop REAL, top1_agreement REAL, p_value REAL, adjusted_p_value REAL,
  form TEXT NOT NULL DEFAULT '', UNIQUE (run_id, name));
CREATE TABLE figures (
  variant_id INTEGER NOT NULL REFERENCES variants(id) ON DELETE CASCADE, metric TEXT NOT NULL, value REAL,
  lower REAL, upper REAL, confidence REAL, method TEXT, samples INTEGER, PRIMARY KEY (variant_id, metric));
CREATE TABLE classes (
  variant_id INTEGER NOT NULL REFERENCES variants(id) ON DELETE CASCADE, class TEXT NOT NULL, samples INTEGER,
  accuracy REAL, lower REAL, upper REAL, PRIMARY KEY (variant_id, class));
CREATE TABLE samples (
  variant_id INTEGER NOT NULL REFERENCES variants(id) ON DELETE CASCADE, sample TEXT NOT NULL, truth TEXT NOT NULL,
  baseline_answer TEXT NOT NULL, baseline_probability REAL, answer TEXT NOT NULL, probability REAL,
  PRIMARY KEY (variant_id, sample));
CREATE TABLE proofs (
  run_id INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE, variant TEXT NOT NULL, passed INTEGER NOT NULL,
  reason TEXT NOT NULL, confidence REAL, dataset TEXT, samples INTEGER, mean_accuracy REAL,
  baseline_mean_accuracy REAL, mean_drop REAL);
CREATE TABLE proof_figures (
  run_id INTEGER NOT NULL REFERENCES proofs(run_id) ON DELETE CASCADE, metric TEXT NOT NULL, value REAL,
  lower REAL, upper REAL, confidence REAL, method TEXT, samples INTEGER, PRIMARY KEY (run_id, metric));
PRAGMA user_version = 3;
)";

// Of a database of version 2.
constexpr const char* add_forms = R"(
ALTER TABLE variants ADD COLUMN form TEXT NOT NULL DEFAULT '';
PRAGMA user_version = 3;
)";

Number number(const Node& map, const char* key) {
  const Node value = map.find(key);
  return value.is_null() ? Number() : value.as_number();
}

std::optional<std::int64_t> integer(const Node& map, const char* key) {
  const Node value = map.find(key);
  return value.is_null() ? std::nullopt : std::optional(value.as_integer());
}

std::optional<std::string_view> text(const Node& map, const char* key) {
  const Node value = map.find(key);
  return value.is_null() ? std::nullopt : std::optional(value.as_string());
}

Node named(const Node& list, std::string_view name) {
  for (const Node entry : list) {
    if (entry.string("name") == name) return entry;
  }
  return {};
}

// A figure of a classifier's answers; nothing where the samples have no labels.
Number accuracy_of(const Node& evaluation, const char* key) {
  return evaluation.find("classAccuracy").empty() ? Number() : number(evaluation, key);
}

// `owner` is the row that the figures belong to.
void add_figures(Statement statement, std::int64_t owner, const Node& evaluation) {
  for (const Node figure : evaluation.find("figures")) {
    const Node interval = figure.find("interval");
    statement.run(owner, figure.string("metric"), number(figure, "value"), number(interval, "lower"),
                  number(interval, "upper"), number(interval, "confidence"), text(interval, "method"),
                  integer(figure, "samples"));
  }
}

std::int64_t add_variant(Database& database, std::int64_t run, const Node& variant, bool chosen) {
  const Node evaluation = variant.find("evaluation");
  const Node comparison = evaluation.find("comparison");
  const Node options = variant.find("options");
  std::string options_text = options ? goldilocks::json_text(options, 0) : "{}";
  if (options_text.back() == '\n') options_text.pop_back();
  Statement(database, "INSERT INTO variants VALUES (NULL, ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
      .run(run, variant.string("name"), std::int64_t{chosen}, variant.string("file"), variant.string("model"),
           variant.string("function"), std::string_view(options_text), variant.integer("bits"),
           variant.integer("sizeBytes"), integer(variant.find("cost"), "zipBytes"), variant.string("sha256"),
           number(variant, "compression"), variant.string("error"), text(evaluation, "dataset"),
           text(evaluation, "backend"), integer(evaluation, "samples"), accuracy_of(evaluation, "meanAccuracy"),
           accuracy_of(evaluation, "accuracy"), accuracy_of(evaluation, "top5Accuracy"), text(evaluation, "baseline"),
           number(evaluation, "meanDrop"), number(evaluation, "top1Agreement"), number(comparison, "pValue"),
           number(comparison, "adjustedPValue"), variant.string("form"));
  return database.last_row();
}

void add_evaluation(Database& database, std::int64_t variant, const Node& evaluation, const Node& dataset) {
  add_figures({database, "INSERT INTO figures VALUES (?,?,?,?,?,?,?,?)"}, variant, evaluation);
  Statement classes(database, "INSERT INTO classes VALUES (?,?,?,?,?,?)");
  const Node accuracy = evaluation.find("classAccuracy");
  const Node names = dataset.find("classes");
  if (accuracy.size() > names.size()) throw goldilocks::BadData("more class accuracies than the dataset has classes");
  for (std::size_t i = 0; i < accuracy.size(); ++i) {
    const Node interval = evaluation.find("classIntervals")[i];
    const Node samples = dataset.find("classSamples")[i];
    classes.run(variant, names[i].as_string(), samples ? std::optional(samples.as_integer()) : std::nullopt,
                accuracy[i].as_number(), number(interval, "lower"), number(interval, "upper"));
  }
  Statement samples(database, "INSERT INTO samples VALUES (?,?,?,?,?,?,?)");
  for (const Node one : evaluation.find("differences")) {
    samples.run(variant, one.string("sample"), one.string("truth"), one.string("baselineAnswer"),
                number(one, "baselineProbability"), one.string("answer"), number(one, "probability"));
  }
}

void add_proof(Database& database, std::int64_t run, const Node& proof) {
  const Node evaluation = proof.find("evaluation");
  Statement(database, "INSERT INTO proofs VALUES (?,?,?,?,?,?,?,?,?,?)")
      .run(run, proof.string("variant"), std::int64_t{proof.boolean("passed")}, proof.string("reason"),
           number(proof, "confidence"), text(evaluation, "dataset"), integer(evaluation, "samples"),
           accuracy_of(evaluation, "meanAccuracy"), accuracy_of(proof.find("baseline"), "meanAccuracy"),
           number(evaluation, "meanDrop"));
  add_figures({database, "INSERT INTO proof_figures VALUES (?,?,?,?,?,?,?,?)"}, run, evaluation);
}

}  // namespace

void prepare(Database& database) {
  const std::int64_t version = database.integer("PRAGMA user_version");
  if (version == tables_version) return;
  if (version == 2) return database.execute(add_forms);
  if (version != 0 || database.integer("SELECT count(*) FROM sqlite_master") != 0) {
    throw goldilocks::BadData("the database is not one of this report's, or of another version of it");
  }
  database.execute(make_tables);
}

void add_run(Database& database, const Node& results) {
  database.execute("BEGIN IMMEDIATE");
  prepare(database);
  const std::string document = goldilocks::json_text(results, 0);
  const Node selection = results.find("selection");
  Statement(database, "INSERT OR IGNORE INTO runs VALUES (NULL, ?,?,?,?,?,?)")
      .run(results.string("name"), results.string("program"), text(selection, "chosen"), text(selection, "rule"),
           text(selection, "reason"), std::string_view(document));
  if (database.integer("SELECT changes()") > 0) {
    const std::int64_t run = database.last_row();
    const std::string_view chosen = selection.string("chosen");
    for (const Node variant : results.find("variants")) {
      const bool is_chosen = !chosen.empty() && variant.string("name") == chosen;
      const std::int64_t row = add_variant(database, run, variant, is_chosen);
      const Node evaluation = variant.find("evaluation");
      add_evaluation(database, row, evaluation, named(results.find("datasets"), evaluation.string("dataset")));
    }
    if (const Node proof = results.find("proof")) add_proof(database, run, proof);
  }
  database.execute("COMMIT");
}

}  // namespace sqlite
