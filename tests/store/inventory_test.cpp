#include "core/store/inventory.hpp"

#include <fcntl.h>

#include <memory>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/base/error.hpp"
#include "core/store/store.hpp"
#include "tests/store/keys.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::store {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using testing::count_files;
using testing::key_of;
using ::testing::UnorderedElementsAre;

void set_time(const fs::path& file, std::chrono::seconds ago) {
  const auto time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() - ago);
  const std::array<struct timespec, 2> times{{{time, 0}, {time, 0}}};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times.data(), 0), 0) << file;
}

// Artifacts "a" to "d" of 10 to 40 bytes, which were used 1 to 4 days ago.
class FourArtifacts : public ::testing::Test {
 protected:
  FourArtifacts() {
    Store store(root_);
    for (int i = 1; i <= 4; ++i) {
      const std::string name(1, static_cast<char>('a' + i - 1));
      store.put(key_of(name), std::string(static_cast<std::size_t>(10 * i), name[0]), "");
      age(name, hours(24 * i));
    }
  }

  void age(const std::string& name, std::chrono::seconds ago) const {
    const std::string key = key_of(name);
    set_time(root_ / "records" / key.substr(0, 2) / (key + ".json"), ago);
  }

  std::set<std::string> names() const {
    std::set<std::string> found;
    const Store store(root_);
    for (const char* name : {"a", "b", "c", "d", "e"}) {
      if (store.contains(key_of(name))) found.insert(name);
    }
    return found;
  }

  // A run that uses some artifacts.
  void run(const fs::path& folder, const std::vector<std::string>& uses, std::chrono::seconds ago) {
    Store store(root_);
    std::map<std::string, std::string> tasks;
    for (const std::string& name : uses) tasks[key_of(name)] = "make " + name;
    store.note_run(folder, tasks);
    for (const auto& entry : fs::directory_iterator(root_ / "runs")) {
      struct stat status {};
      ::stat(entry.path().c_str(), &status);
      if (status.st_mtim.tv_sec > std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) - 1800) {
        set_time(entry.path(), ago);
      }
    }
  }

  const testing::TemporaryFolder folder_;
  const fs::path root_ = folder_ / "store";
};

TEST_F(FourArtifacts, AreListedByTheirLastUse) {
  const Inventory inventory = list(root_);
  ASSERT_EQ(inventory.artifacts.size(), 4U);
  EXPECT_EQ(inventory.artifacts[0].key, key_of("a"));
  EXPECT_EQ(inventory.artifacts[0].size, 10U);
  EXPECT_EQ(inventory.artifacts[3].key, key_of("d"));
  EXPECT_EQ(inventory.bytes, 100U);
  Store(root_).find(key_of("d"));
  EXPECT_EQ(list(root_).artifacts[0].key, key_of("d")) << "finding is using";
}

TEST_F(FourArtifacts, AreListedWithTheLastRunThatUsedThem) {
  run(folder_ / "one", {"a", "b"}, hours(5));
  run(folder_ / "two", {"a"}, hours(2));
  const Inventory inventory = list(root_);
  EXPECT_EQ(inventory.artifacts[0].task, "make a");
  EXPECT_EQ(inventory.artifacts[0].run, (folder_ / "two").string());
  EXPECT_EQ(inventory.artifacts[1].run, (folder_ / "one").string());
  EXPECT_EQ(inventory.artifacts[2].run, "");
}

TEST_F(FourArtifacts, ThatWereNotUsedForLongGo) {
  const Pruned pruned = prune(root_, {.older_than = hours(60)});
  EXPECT_THAT(names(), UnorderedElementsAre("a", "b"));
  EXPECT_EQ(pruned.removed.size(), 2U);
  EXPECT_EQ(pruned.removed_bytes, 70U);
  EXPECT_EQ(pruned.left, 2U);
  EXPECT_EQ(pruned.left_bytes, 30U);
  EXPECT_EQ(count_files(root_ / "contents"), 2U);
}

TEST_F(FourArtifacts, GoUntilTheStoreIsSmallEnough) {
  prune(root_, {.max_bytes = 60});
  EXPECT_THAT(names(), UnorderedElementsAre("a", "b", "c"));
  prune(root_, {.max_bytes = 59});
  EXPECT_THAT(names(), UnorderedElementsAre("a", "b"));
  prune(root_, {.max_bytes = 0});
  EXPECT_TRUE(names().empty());
}

TEST_F(FourArtifacts, OfTheLastRunsStay) {
  run(folder_ / "one", {"d"}, hours(9));
  run(folder_ / "two", {"c"}, hours(5));
  run(folder_ / "three", {"b", "c"}, hours(1));
  prune(root_, {.keep_runs = 2});
  EXPECT_THAT(names(), UnorderedElementsAre("b", "c"));
  EXPECT_EQ(count_files(root_ / "runs"), 2U);
}

TEST_F(FourArtifacts, OfTheLastRunsStayHoweverOldOrLargeTheyAre) {
  run(folder_ / "one", {"d"}, hours(1));
  prune(root_, {.older_than = hours(60), .keep_runs = 1});
  EXPECT_THAT(names(), UnorderedElementsAre("a", "b", "d"));
  prune(root_, {.keep_runs = 1, .max_bytes = 45});
  EXPECT_THAT(names(), UnorderedElementsAre("d"));
}

TEST_F(FourArtifacts, ThatARunFoundAreItsOwnToo) {
  {
    Store store(root_);
    store.find(key_of("a"));
    store.put(key_of("e"), "e", "");
    store.note_run(folder_ / "run", {});
  }
  prune(root_, {.keep_runs = 1});
  EXPECT_THAT(names(), UnorderedElementsAre("a", "e"));
}

TEST_F(FourArtifacts, ADryRunRemovesNothing) {
  const Pruned pruned = prune(root_, {.max_bytes = 0, .dry_run = true});
  EXPECT_EQ(pruned.removed.size(), 4U);
  EXPECT_EQ(names().size(), 4U);
}

TEST_F(FourArtifacts, AContentStaysAsLongAsAnyKeyHasIt) {
  Store(root_).put(key_of("e"), std::string(40, 'd'), "");  // that of "d"
  prune(root_, {.older_than = hours(60)});
  EXPECT_THAT(names(), UnorderedElementsAre("a", "b", "e"));
  EXPECT_EQ(Store(root_).find(key_of("e"))->size, 40U);
}

TEST_F(FourArtifacts, StayWhileSomebodyUsesTheStore) {
  const auto store = std::make_unique<Store>(root_);
  try {
    prune(root_, {.max_bytes = 0});
    FAIL() << "nothing was thrown";
  } catch (const FileError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("is using this store"));
  }
  EXPECT_EQ(names().size(), 4U);
}

TEST(Inventory, OfAnEmptyStoreIsEmpty) {
  const testing::TemporaryFolder folder;
  const Store store(folder.path());
  EXPECT_TRUE(list(folder.path()).artifacts.empty());
}

}  // namespace
}  // namespace goldilocks::store
