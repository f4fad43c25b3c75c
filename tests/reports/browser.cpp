#include "tests/reports/browser.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include "core/base/file.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::testing {
namespace {

// Before all other scripts, so that none of their errors is missed. The page's policy lets inline scripts run.
constexpr std::string_view catch_errors = R"(<script>
window.pageErrors = [];
window.addEventListener("error", (event) => window.pageErrors.push(String(event.message)));
window.addEventListener("securitypolicyviolation", (event) => window.pageErrors.push("refused: " + event.blockedURI));
</script>)";

// Writes what the page in it has seen of itself where the printed document has it.
constexpr std::string_view frame = R"(<!DOCTYPE html>
<script>
addEventListener("message", (event) => {
  const element = document.createElement("pre");
  element.id = "self-check";
  element.textContent = event.data;
  document.body.append(element);
});
</script>
)";

void insert_before(std::string& page, std::string_view mark, std::string_view text) {
  const std::size_t place = page.rfind(mark);
  if (place == std::string::npos) throw std::runtime_error("the page has no " + std::string(mark));
  page.insert(place, text);
}

nlohmann::json console_lines(const std::string& errors) {
  nlohmann::json lines = nlohmann::json::array();
  for (std::size_t begin = 0; begin < errors.size();) {
    const std::size_t end = std::min(errors.find('\n', begin), errors.size());
    const std::string line = errors.substr(begin, end - begin);
    if (line.find("CONSOLE") != std::string::npos) lines.push_back(line);
    begin = end + 1;
  }
  return lines;
}

}  // namespace

std::optional<std::filesystem::path> find_browser() {
  if (const char* named = std::getenv("GOLDILOCKS_CHROMIUM")) return named;
  for (const char* place : {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"}) {
    if (std::filesystem::exists(place)) return place;
  }
  return std::nullopt;
}

nlohmann::json look_at_page(const std::filesystem::path& browser, std::string page, int width) {
  const TemporaryFolder folder;
  page.insert(page.find("<title>"), catch_errors);
  insert_before(page, "</body>",
                "<script>" + read_file(std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "tests/reports/self_check.js") +
                    "</script>\n");
  write_file_atomically(folder / "page.html", page);
  // In a frame: a window of the browser is never as narrow as a phone, whatever is asked for.
  write_file_atomically(folder / "frame.html", std::string(frame) +
                                                   "<iframe src=\"page.html\" style=\"border:0\" width=\"" +
                                                   std::to_string(width) + "\" height=\"900\"></iframe>\n");
  // Without its sandbox, which root (as in a container) can't have; the page is the test's own.
  ProgramSettings settings;
  settings.kill_after = std::chrono::seconds(300);
  settings.variables = {{"HOME", folder.path().string()}};
  const ProgramResult result = run_program(
      browser,
      {"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
       "--no-first-run", "--user-data-dir=" + (folder / "profile").string(), "--enable-logging=stderr",
       "--window-size=1400,1000", "--virtual-time-budget=5000", "--dump-dom",
       "file://" + (folder / "frame.html").string()},
      settings);
  constexpr std::string_view begin_mark = R"(<pre id="self-check">)";
  const std::size_t begin = result.output.rfind(begin_mark);
  const std::size_t end = result.output.find("</pre>", begin);
  if (begin == std::string::npos || end == std::string::npos) {
    throw std::runtime_error("the browser did not get to the page's end: " + result.errors);
  }
  const std::size_t start = begin + begin_mark.size();
  nlohmann::json seen = nlohmann::json::parse(result.output.substr(start, end - start));
  seen["console"] = console_lines(result.errors);
  return seen;
}

}  // namespace goldilocks::testing
