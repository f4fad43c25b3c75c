#include "core/base/error.hpp"

#include <system_error>

namespace goldilocks {
namespace {

bool lies_in(std::string_view inner, std::string_view place) {
  return inner.starts_with(place) && (inner.size() == place.size() || inner.substr(place.size()).starts_with(": "));
}

}  // namespace

struct Error::Content {
  Content(std::vector<std::string> of_places, std::string of_problem)
      : places(std::move(of_places)), problem(std::move(of_problem)) {
    text = text_from(0);
  }

  // With the places from this one on.
  std::string text_from(std::size_t first) const {
    std::string all;
    for (std::size_t i = first; i < places.size(); ++i) all += places[i] + ": ";
    return all + problem;
  }

  std::vector<std::string> places;
  std::string problem;
  std::string text;
};

Error::Error(ExitCode exit_code, std::vector<std::string> places, std::string problem)
    : exit_code_(exit_code), content_(std::make_shared<const Content>(std::move(places), std::move(problem))) {}

Error::Error(ExitCode exit_code, std::string problem)
    : Error(exit_code, std::vector<std::string>(), std::move(problem)) {}

Error::Error(ExitCode exit_code, std::string_view place, std::string problem)
    : Error(exit_code, std::vector{std::string(place)}, std::move(problem)) {}

const char* Error::what() const noexcept { return content_->text.c_str(); }

const std::string& Error::problem() const { return content_->problem; }

const std::vector<std::string>& Error::places() const { return content_->places; }

std::string Error::text_within(std::string_view place) const {
  return content_->text_from(!places().empty() && places().front() == place ? 1 : 0);
}

void Error::add_place(std::string_view place) {
  if (!places().empty() && lies_in(places().front(), place)) return;
  std::vector<std::string> all{std::string(place)};
  all.insert(all.end(), places().begin(), places().end());
  content_ = std::make_shared<const Content>(std::move(all), problem());
}

FileError::FileError(const std::filesystem::path& path, std::string_view action, int error_number)
    : FileError(path, "can't " + std::string(action) + ": " + std::generic_category().message(error_number)) {}

FileError::FileError(const std::filesystem::path& path, std::string_view problem)
    : Error(ExitCode::unreadable, path.string(), std::string(problem)) {}

}  // namespace goldilocks
