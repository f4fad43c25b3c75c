#pragma once

#include <string_view>

namespace html {

// The page's text around the data, which is the content of its one <script type="application/json">. Made from the
// files in page/ when the plugin is built.
std::string_view page_before_data();
std::string_view page_behind_data();

}  // namespace html
