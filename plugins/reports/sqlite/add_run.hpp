#pragma once

#include <goldilocks/node.hpp>

#include "database.hpp"

namespace sqlite {

// Makes the tables where the database has none. Throws BadData if it belongs to another program, or has tables of a
// later version. docs/sqlite-report.md describes them.
void prepare(Database& database);

// Adds the run, in one transaction. A run that is there already, with the same document, is left as it is.
void add_run(Database& database, const goldilocks::Node& results);

}  // namespace sqlite
