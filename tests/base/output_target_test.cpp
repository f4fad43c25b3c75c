#include "core/base/output_target.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

bool is_device(const fs::path& path) { return fs::is_character_file(fs::symlink_status(path)); }

class Outputs : public ::testing::Test {
 protected:
  // What `write` puts into a pipe, read from its other end.
  template <class Write>
  static std::string piped(const Write& write) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    write(ends[1]);
    ::close(ends[1]);
    std::string text(100, '\0');
    const ssize_t count = ::read(ends[0], text.data(), text.size());
    ::close(ends[0]);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return text;
  }

  const testing::TemporaryFolder folder_;
};

TEST_F(Outputs, ADeviceIsWrittenIntoAndStaysADevice) {
  // A device of this test's own where it may make one: a defect would replace it.
  const fs::path device = folder_ / "device";
  const bool own = ::mknod(device.c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0;
  if (!own) GTEST_SKIP() << "making a device takes root";
  write_file_atomically(device, std::string_view("gone"));
  EXPECT_TRUE(is_device(device));
  write_file_atomically(folder_ / "a", std::string_view("gone"));
  copy_file_atomically(folder_ / "a", device);
  EXPECT_TRUE(is_device(device));
  fs::create_symlink(device, folder_ / "link");
  write_file_atomically(folder_ / "link", std::string_view("gone"));
  EXPECT_TRUE(is_device(device));
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
}

TEST_F(Outputs, AFullDeviceIsAnErrorWithThePath) {
  const fs::path device = folder_ / "full";
  fs::create_symlink("/dev/full", device);
  EXPECT_THAT([&] { write_file_atomically(device, std::string_view("content")); },
              ThrowsMessage<FileError>(device.string() + ": can't write: No space left on device"));
}

TEST_F(Outputs, ANamedPipeIsWrittenInto) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  auto reader = std::async(std::launch::async, [&] {
    std::ostringstream text;
    text << std::ifstream(pipe).rdbuf();
    return text.str();
  });
  const std::string content(100'000, 'x');  // more than a pipe holds
  write_file_atomically(pipe, std::string_view(content));
  EXPECT_EQ(reader.get(), content);
  EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST_F(Outputs, AnOpenFileIsWrittenIntoByItsNumber) {
  for (const char* folder : {"/dev/fd/", "/proc/self/fd/"}) {
    EXPECT_EQ(piped([&](int end) { write_file_atomically(folder + std::to_string(end), std::string_view("content")); }),
              "content");
  }
  // One that has lost its name.
  const int file = ::open((folder_ / "gone").c_str(), O_RDWR | O_CREAT, 0600);
  fs::remove(folder_ / "gone");
  write_file_atomically("/dev/fd/" + std::to_string(file), std::string_view("content"));
  EXPECT_EQ(::lseek(file, 0, SEEK_END), 7);
  ::close(file);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
  EXPECT_THAT([&] { write_file_atomically("/dev/fd/9999", std::string_view("content")); },
              ThrowsMessage<FileError>(HasSubstr("/dev/fd/9999: can't write: ")));
}

TEST_F(Outputs, AMinusAndItsOtherNamesAreStandardOutput) {
  for (const char* name : {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/../dev/stdout"}) {
    EXPECT_TRUE(is_standard_output(name)) << name;
  }
  fs::create_symlink("/dev/stdout", folder_ / "link");
  EXPECT_TRUE(is_standard_output(folder_ / "link"));
  {
    // Both may be one pipe where the tests run; here they are not.
    const int kept = ::dup(STDOUT_FILENO);
    const int file = ::open((folder_ / "output").c_str(), O_RDWR | O_CREAT, 0600);
    ::dup2(file, STDOUT_FILENO);
    std::vector<std::string> mistaken;
    for (const char* name : {"", "./-", "/dev/stderr", "/dev/fd/2", "/dev/null", "/dev/fd/11", "nowhere/-"}) {
      if (is_standard_output(name)) mistaken.emplace_back(name);
    }
    ::dup2(kept, STDOUT_FILENO);
    ::close(kept);
    ::close(file);
    EXPECT_THAT(mistaken, ::testing::IsEmpty());
  }
  const std::string written = piped([&](int end) {
    const int kept = ::dup(STDOUT_FILENO);
    ::dup2(end, STDOUT_FILENO);
    write_file_atomically("-", std::string_view("con"));
    write_file_atomically("/dev/stdout", std::string_view("tent"));
    ::dup2(kept, STDOUT_FILENO);
    ::close(kept);
  });
  EXPECT_EQ(written, "content");
}

TEST_F(Outputs, ALinkToAFileIsFollowedAndStays) {
  write_file_atomically(folder_ / "there" / "file", std::string_view("old"));
  fs::create_directory(folder_ / "here");
  fs::create_symlink("../there/file", folder_ / "here" / "link");
  write_file_atomically(folder_ / "here" / "link", std::string_view("new"));
  EXPECT_EQ(read_file(folder_ / "there" / "file"), "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "here" / "link"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "here"), {}), 1);
}

TEST_F(Outputs, NothingElseIsReplaced) {
  fs::create_symlink("nowhere", folder_ / "dangling");
  EXPECT_THAT([&] { write_file_atomically(folder_ / "dangling", std::string_view("x")); },
              ThrowsMessage<FileError>(HasSubstr("dangling: is a symbolic link that leads nowhere")));
  fs::create_symlink("loop", folder_ / "loop");
  EXPECT_THAT([&] { write_file_atomically(folder_ / "loop", std::string_view("x")); },
              ThrowsMessage<FileError>(HasSubstr("loop: can't write: Too many levels of symbolic links")));
  fs::create_directory(folder_ / "folder");
  EXPECT_THAT([&] { write_file_atomically(folder_ / "folder", std::string_view("x")); },
              ThrowsMessage<FileError>(HasSubstr("folder: can't write: Is a directory")));
  EXPECT_THAT([&] { write_file_atomically(folder_ / "new" / "", std::string_view("x")); },
              ThrowsMessage<FileError>(HasSubstr("new/: can't write: Is a directory")));
  const fs::path socket = folder_ / "socket";
  const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address {};
  address.sun_family = AF_UNIX;
  socket.string().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(server, reinterpret_cast<const struct sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT([&] { write_file_atomically(socket, std::string_view("x")); },
              ThrowsMessage<FileError>(HasSubstr(socket.string() + ": ")));
  EXPECT_TRUE(fs::is_socket(socket));
  ::close(server);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 4);
}

TEST_F(Outputs, WhatIsNoFileIsNotReadEither) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);  // nobody writes into it
  for (const fs::path& path : {folder_ / "pipe", fs::path("/dev/zero")}) {
    EXPECT_THAT([&] { read_file(path); },
                ThrowsMessage<FileError>(path.string() + ": is a pipe or a device; a file is needed"));
  }
}

}  // namespace
}  // namespace goldilocks
