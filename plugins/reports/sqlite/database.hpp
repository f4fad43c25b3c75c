#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

namespace sqlite {

// An open database. Every failure of SQLite's is thrown as BadData with its reason, and undoes what was not committed.
// One thread.
class Database {
 public:
  // One in memory, without tables; or the file, which is made if it isn't there. Other processes may write to the file:
  // each waits up to a minute for its turn.
  Database();
  explicit Database(const std::filesystem::path& file);

  void execute(const char* statements);
  std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle_.get()); }
  // The first column of the first row.
  std::int64_t integer(const char* query);
  // The database as the bytes of its file.
  std::string content() const;

  sqlite3* handle() const { return handle_.get(); }
  [[noreturn]] void fail() const;

 private:
  void open(const std::string& name);

  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

// One statement with places to fill ("?"). An empty optional is null.
class Statement {
 public:
  Statement(Database& database, const char* text);

  template <class... Values>
  void run(const Values&... values) {
    int place = 0;
    (bind(++place, values), ...);
    finish();
  }

 private:
  void bind(int place, std::int64_t value);
  void bind(int place, double value);
  void bind(int place, std::string_view value);
  template <class Value>
  void bind(int place, const std::optional<Value>& value) {
    if (value) bind(place, *value);
  }
  void check(int code);
  void finish();

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace sqlite
