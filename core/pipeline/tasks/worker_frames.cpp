#include "core/pipeline/tasks/worker_frames.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "core/base/os/process.hpp"

namespace goldilocks::pipeline {
namespace {

constexpr std::size_t header_size = 1 + sizeof(std::uint32_t);

}  // namespace

std::string text_of(const Error& error) {
  std::string text(1, static_cast<char>(error.exit_code()));
  for (const std::string& place : error.places()) text.append(place).push_back('\0');
  return text + error.problem();
}

Error error_in(std::string_view text) {
  if (text.empty()) return {ExitCode::internal, "a worker said nothing of its error"};
  const auto code = static_cast<ExitCode>(text.front());
  text.remove_prefix(1);
  std::vector<std::string> places;
  for (std::size_t end = text.find('\0'); end != std::string_view::npos; end = text.find('\0')) {
    places.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return {code, std::move(places), std::string(text)};
}

void write_frame(int descriptor, FrameKind kind, std::string_view content) noexcept {
  std::array<char, PIPE_BUF> frame;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
  const auto length = static_cast<std::uint32_t>(std::min(content.size(), frame.size() - header_size));
  frame[0] = static_cast<char>(kind);
  std::memcpy(frame.data() + 1, &length, sizeof(length));
  std::memcpy(frame.data() + header_size, content.data(), length);
  os::write_report(descriptor, frame.data(), header_size + length);
}

std::optional<Frame> FrameReader::next() {
  if (bytes_.size() < header_size) return std::nullopt;
  std::uint32_t length = 0;
  std::memcpy(&length, bytes_.data() + 1, sizeof(length));
  if (bytes_.size() < header_size + length) return std::nullopt;
  Frame frame{static_cast<FrameKind>(bytes_[0]), bytes_.substr(header_size, length)};
  bytes_.erase(0, header_size + length);
  return frame;
}

}  // namespace goldilocks::pipeline
