#include "core/pipeline/tasks/worker_frames.hpp"

#include <gtest/gtest.h>

namespace goldilocks::pipeline {
namespace {

TEST(WorkerFrames, AnErrorComesOutAsItWentIn) {
  const std::vector<std::string> places{"model", "layer 'a'"};
  for (const Error& error : {Error(ModelError("no")), Error(PluginError(places, "failed: badly")),
                             Error(ExitCode::usage, "", ""), Error(FileError("a b", "is a pipe"))}) {
    const Error read = error_in(text_of(error));
    EXPECT_EQ(read.exit_code(), error.exit_code());
    EXPECT_EQ(read.places(), error.places());
    EXPECT_EQ(read.problem(), error.problem());
    EXPECT_STREQ(read.what(), error.what());
  }
  EXPECT_EQ(error_in("").exit_code(), ExitCode::internal);
}

}  // namespace
}  // namespace goldilocks::pipeline
