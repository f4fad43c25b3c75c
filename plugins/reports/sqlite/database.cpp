#include "database.hpp"

#include <goldilocks/error.hpp>

namespace sqlite {

void Database::open(const std::string& name) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open(name.c_str(), &handle);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail();
  sqlite3_busy_timeout(handle, 60'000);
}

Database::Database() { open(":memory:"); }
Database::Database(const std::filesystem::path& file) { open(file.string()); }

void Database::fail() const { throw goldilocks::BadData(std::string("SQLite: ") + sqlite3_errmsg(handle_.get())); }

void Database::execute(const char* statements) {
  if (sqlite3_exec(handle_.get(), statements, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

std::int64_t Database::integer(const char* query) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), query, -1, &statement, nullptr) != SQLITE_OK) fail();
  const bool has_row = sqlite3_step(statement) == SQLITE_ROW;
  const std::int64_t value = has_row ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_finalize(statement);
  if (!has_row) fail();
  return value;
}

std::string Database::content() const {
  sqlite3_int64 size = 0;
  unsigned char* const bytes = sqlite3_serialize(handle_.get(), "main", &size, 0);
  if (bytes == nullptr) fail();
  std::string content(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  sqlite3_free(bytes);
  return content;
}

Statement::Statement(Database& database, const char* text) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database.handle(), text, -1, &statement, nullptr) != SQLITE_OK) database.fail();
  statement_.reset(statement);
}

void Statement::check(int code) {
  if (code != SQLITE_OK) database_.fail();
}

void Statement::bind(int place, std::int64_t value) { check(sqlite3_bind_int64(statement_.get(), place, value)); }
void Statement::bind(int place, double value) { check(sqlite3_bind_double(statement_.get(), place, value)); }
void Statement::bind(int place, std::string_view value) {
  // A null pointer would be null, where an empty text is meant.
  check(sqlite3_bind_text64(statement_.get(), place, value.empty() ? "" : value.data(), value.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
}

void Statement::finish() {
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_DONE && code != SQLITE_ROW) database_.fail();
  check(sqlite3_reset(statement_.get()));
  check(sqlite3_clear_bindings(statement_.get()));
}

}  // namespace sqlite
