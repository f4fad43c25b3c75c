// Each library of libraries/faulty_plugin.c breaks one rule, and is refused with its file and that rule.
#include <fstream>

#include "core/base/file.hpp"
#include "tests/plugins/library_folder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;
using ::goldilocks::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Refusal {
  std::string name;
  std::string reason;
};

class RefusedLibrary : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedLibrary, IsRefusedWithFileAndReason) {
  Registry registry({library_folder()});
  const std::string error = plugin_error([&] { registry.quantizer(GetParam().name); });
  EXPECT_THAT(error, StartsWith(fs::canonical(quantizer_library(GetParam().name)).string() + ": "));
  EXPECT_THAT(error, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Plugins, RefusedLibrary,
    ::testing::Values(
        Refusal{"no_entry_point", "not a plugin: it has no function goldilocks_plugin()"},
        Refusal{"throwing_entry", "goldilocks_plugin() threw an exception: no plugin today"},
        Refusal{"null_plugin", "goldilocks_plugin() returned null"},
        Refusal{"other_version", "made for version 2 of the plugin interface; this program has version 1"},
        Refusal{"small_plugin", "its glk_plugin has no get_factory()"},
        Refusal{"other_draft",
                "made for the interface goldilocks.quantizer.draft.7; this program has goldilocks.quantizer.v1"},
        Refusal{"no_interface", "does not offer the interface goldilocks.quantizer.v1"},
        Refusal{"no_create", "its factory has no create()"}, Refusal{"no_quantize", "its factory has no quantize()"},
        Refusal{"small_factory", "its factory has no begin()"},
        Refusal{"empty_factory", "declares the quantizer '', whose name is not made of a-z, 0-9 and _"},
        Refusal{"bad_name", "declares the quantizer 'Bad-Name', whose name is not made of a-z, 0-9 and _"},
        Refusal{"other_name", "declares the quantizer 'something_else'; to give it another name, make a symbolic link"},
        Refusal{"no_widths", "declares no readable list of widths"},
        Refusal{"only_later_widths", "declares no width that this program has: 1 to 8, 16 and 32 bits"},
        Refusal{"width_twice", "declares 8 bits twice"},
        Refusal{"null_layer_types", "declares no readable list of layer types"},
        Refusal{"null_option", "declares option 0 as null"},
        Refusal{"garbage_option_count", "declares no readable list of options"},
        Refusal{"duplicate_options", "declares option 'strength' twice"},
        Refusal{"option_name", "declares option 'two words' whose name is not made of a-z, 0-9 and _"},
        Refusal{"no_choices", "declares option 'strength' without choices"},
        Refusal{"bad_default", "declares a bad default: option 'strength': 2 is out of range; 0 to 1 is allowed"}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(Library, OfALaterVersionWithMoreMembersIsTaken) {
  Registry registry({library_folder()});
  for (const char* name : {"large_factory", "large_plugin"}) {
    const QuantizerPlugin& plugin = registry.quantizer(name);
    EXPECT_THAT(plugin.widths, ::testing::ElementsAre(8, 4));
    EXPECT_EQ(plugin.create({})->begin({})->quantize(8).form, weights::Kind::none);
  }
}

TEST(Library, ThatIsNoLibraryIsRefused) {
  const TemporaryFolder folder;
  const fs::path file = folder / "goldilocks-report-text.so";
  std::ofstream(file) << "this is text\n";
  Registry registry({folder.path()});
  const std::string error = plugin_error([&] { registry.report("text"); });
  EXPECT_THAT(error, StartsWith(file.string() + ": can't be loaded: "));
}

TEST(Library, TruncatedIsRefused) {
  const TemporaryFolder folder;
  const std::string whole = read_file(quantizer_library("short_lut"));
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{500}}) {
    write_file_atomically(folder / "goldilocks-quantizer-short_lut.so", std::string_view(whole).substr(0, length));
    Registry registry({folder.path()});
    EXPECT_THAT(plugin_error([&] { registry.quantizer("short_lut"); }), HasSubstr("can't be loaded")) << length;
  }
}

TEST(Library, ThatIsAFolderOrABrokenLinkIsRefused) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "goldilocks-quantizer-folder.so");
  fs::create_symlink("nowhere", folder / "goldilocks-quantizer-link.so");
  Registry registry({folder.path()});
  EXPECT_THAT(plugin_error([&] { registry.quantizer("folder"); }), HasSubstr("not a file"));
  EXPECT_THAT(plugin_error([&] { registry.quantizer("link"); }), HasSubstr("a symbolic link that leads nowhere"));
}

TEST(Library, OfAnotherKindIsRefused) {
  const TemporaryFolder folder;
  fs::copy_file(quantizer_library("short_lut"), folder / "goldilocks-backend-short_lut.so");
  Registry registry({folder.path()});
  EXPECT_THAT(plugin_error([&] { registry.backend("short_lut"); }),
              HasSubstr("does not offer the interface goldilocks.backend.v1"));
}

}  // namespace
}  // namespace goldilocks::plugins
