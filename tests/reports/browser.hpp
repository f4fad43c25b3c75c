#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace goldilocks::testing {

// Debian's chromium, or whatever GOLDILOCKS_CHROMIUM names; none where there is no such program.
std::optional<std::filesystem::path> find_browser();

// Opens the page in a window of this width without a screen, lets self_check.js use it, and returns what that saw; its
// "console" holds the lines that the browser's console printed. Throws std::runtime_error with what the browser printed
// if the page didn't come to that.
nlohmann::json look_at_page(const std::filesystem::path& browser, std::string page, int width);

}  // namespace goldilocks::testing
