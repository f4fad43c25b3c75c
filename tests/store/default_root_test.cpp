#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "core/store/store.hpp"

namespace goldilocks::store {
namespace {

// Sets an environment variable (or removes it, for nullopt) until the end of the test.
class Variable {
 public:
  Variable(const char* name, const std::optional<std::string>& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~Variable() { set(before_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const std::optional<std::string>& value) {
    if (value) {
      ::setenv(name_, value->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  const char* name_;
  std::optional<std::string> before_;
};

TEST(DefaultStoreRoot, TheCommandLineComesFirst) {
  const Variable store("GOLDILOCKS_STORE", "/from/variable");
  EXPECT_EQ(default_store_root("/given"), "/given");
  EXPECT_EQ(default_store_root("given"), std::filesystem::current_path() / "given");
}

TEST(DefaultStoreRoot, ThenTheProjectsVariableThenTheCacheFolderThenHome) {
  const Variable home("HOME", "/home/somebody");
  const Variable cache("XDG_CACHE_HOME", "/caches");
  const Variable store("GOLDILOCKS_STORE", "/from/variable");
  EXPECT_EQ(default_store_root(std::nullopt), "/from/variable");
  const Variable no_store("GOLDILOCKS_STORE", std::nullopt);
  EXPECT_EQ(default_store_root(std::nullopt), "/caches/goldilocks");
  const Variable no_cache("XDG_CACHE_HOME", std::nullopt);
  EXPECT_EQ(default_store_root(std::nullopt), "/home/somebody/.cache/goldilocks");
}

TEST(DefaultStoreRoot, EmptyVariablesAndARelativeCacheFolderDontCount) {
  const Variable home("HOME", "/home/somebody");
  const Variable cache("XDG_CACHE_HOME", "relative");
  const Variable store("GOLDILOCKS_STORE", "");
  EXPECT_EQ(default_store_root(std::nullopt), "/home/somebody/.cache/goldilocks");
}

TEST(DefaultStoreRoot, WithoutAHomeVariableTheUsersHomeIsTaken) {
  const Variable home("HOME", std::nullopt);
  const Variable cache("XDG_CACHE_HOME", std::nullopt);
  const Variable store("GOLDILOCKS_STORE", std::nullopt);
  EXPECT_TRUE(default_store_root(std::nullopt).is_absolute());
}

}  // namespace
}  // namespace goldilocks::store
