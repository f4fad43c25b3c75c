#include "core/base/error.hpp"

#include <cerrno>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace goldilocks {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What `work` throws, as the type that is expected.
template <class Kind, class Work>
Kind thrown_by(const Work& work) {
  try {
    work();
  } catch (const Kind& error) {
    return error;
  }
  throw std::logic_error("nothing was thrown");
}

TEST(Error, IsItsPlacesAndItsProblem) {
  const ModelError error("model.mlmodel", "it is empty");
  EXPECT_STREQ(error.what(), "model.mlmodel: it is empty");
  EXPECT_EQ(error.problem(), "it is empty");
  EXPECT_THAT(error.places(), ElementsAre("model.mlmodel"));
  EXPECT_THAT(UsageError("no command").places(), IsEmpty());
}

TEST(Error, OfAFileHasTheFileForItsPlace) {
  const FileError error("a/b.png", "read", ENOENT);
  EXPECT_STREQ(error.what(), "a/b.png: can't read: No such file or directory");
  EXPECT_THAT(error.places(), ElementsAre("a/b.png"));
  EXPECT_EQ(FileError("a/b.png", "it is short").problem(), "it is short");
}

TEST(Within, PutsPlacesAroundAnErrorWhichStaysOfItsType) {
  const auto error = thrown_by<PluginError>([] {
    within(std::string("model.mlmodel"), [] { within("layer 'a'", [] { throw PluginError("quantizer 'x'", "no"); }); });
  });
  EXPECT_STREQ(error.what(), "model.mlmodel: layer 'a': quantizer 'x': no");
  EXPECT_THAT(error.places(), ElementsAre("model.mlmodel", "layer 'a'", "quantizer 'x'"));
  EXPECT_EQ(error.exit_code(), ExitCode::plugin);
}

TEST(Within, AddsNoPlaceInWhichTheErrorLiesAlready) {
  const auto lies_in = [](const char* inner, const char* outer) {
    return std::string(thrown_by<ModelError>([&] { within(outer, [&] { throw ModelError(inner, "no"); }); }).what());
  };
  EXPECT_EQ(lies_in("digits", "digits"), "digits: no");
  EXPECT_EQ(lies_in("digits: layer 'a'", "digits"), "digits: layer 'a': no");
  EXPECT_EQ(lies_in("digits_8", "digits"), "digits: digits_8: no");
  EXPECT_EQ(lies_in("layer 'digits'", "digits"), "digits: layer 'digits': no");
}

TEST(Within, LeavesFilesAndInterruptionsAsTheyAre) {
  const auto file = thrown_by<FileError>([] { within("a", [] { throw FileError("b", "is a pipe"); }); });
  EXPECT_STREQ(file.what(), "b: is a pipe");
  try {
    within("a", [] { throw Interrupted(); });
  } catch (const Interrupted& error) {
    EXPECT_STREQ(error.what(), "interrupted");
  }
}

TEST(Within, OfCertainKindsLeavesOthersAsTheyAre) {
  const auto run = [](const auto& error) { within<ModelError, PluginError>("model", [&] { throw error; }); };
  EXPECT_STREQ(thrown_by<ModelError>([&] { run(ModelError("no")); }).what(), "model: no");
  EXPECT_STREQ(thrown_by<PluginError>([&] { run(PluginError("no")); }).what(), "model: no");
  EXPECT_STREQ(thrown_by<UsageError>([&] { run(UsageError("no")); }).what(), "no");
}

TEST(Within, AsksForThePlaceOnlyWhenItIsNeededAndHandsOnResults) {
  int asked = 0;
  const auto place = [&] {
    ++asked;
    return std::string("here");
  };
  int value = 1;
  within(place, [&]() -> int& { return value; }) = 2;
  EXPECT_EQ(value, 2);
  EXPECT_EQ(asked, 0);
  EXPECT_STREQ(thrown_by<DataError>([&] { within(place, [] { throw DataError("no"); }); }).what(), "here: no");
  EXPECT_EQ(asked, 1);
}

TEST(Error, CanBecomeOneOfAnotherKind) {
  const ModelError error(UsageError("input 'x'", "has no shape"));
  EXPECT_STREQ(error.what(), "input 'x': has no shape");
  EXPECT_EQ(error.exit_code(), ExitCode::unreadable);
}

TEST(Error, IsShownWithoutAPlaceThatTheReaderKnows) {
  const DataError error("a.png", "not an image");
  EXPECT_EQ(error.text_within("a.png"), "not an image");
  EXPECT_EQ(error.text_within("a"), "a.png: not an image");
  EXPECT_EQ(DataError("not an image").text_within("a.png"), "not an image");
}

TEST(Error, CopiesDontShareLaterPlaces) {
  ModelError error("no");
  const ModelError copy = error;  // NOLINT(performance-unnecessary-copy-initialization): that is what is tested
  error.add_place("model");
  EXPECT_STREQ(error.what(), "model: no");
  EXPECT_STREQ(copy.what(), "no");
}

}  // namespace
}  // namespace goldilocks
