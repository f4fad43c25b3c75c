#include "core/plugins/registry.hpp"

#include <fstream>
#include <thread>

#include "tests/plugins/library_folder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;
using ::goldilocks::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Registry, OpensAPluginByItsName) {
  Registry registry({library_folder()});
  const QuantizerPlugin& plugin = registry.quantizer("well_behaved");
  EXPECT_EQ(plugin.name, "well_behaved");
  EXPECT_EQ(plugin.summary, "does what the interface allows");
  EXPECT_EQ(plugin.version, "1.2.3");
  EXPECT_EQ(plugin.license, "Apache-2.0");
  EXPECT_EQ(plugin.file, fs::canonical(quantizer_library("well_behaved")));
  EXPECT_EQ(plugin.file_sha256.size(), 64U);
  EXPECT_TRUE(plugin.chooses_width);
  EXPECT_THAT(plugin.layer_types, ElementsAre("convolution", "innerProduct"));
  EXPECT_THAT(plugin.parameters, ElementsAre("weights"));
  EXPECT_TRUE(plugin.takes_quantized);
}

TEST(Registry, CopiesTheDeclaredOptions) {
  Registry registry({library_folder()});
  const std::vector<OptionSpec>& options = registry.quantizer("well_behaved").options;
  ASSERT_EQ(options.size(), 7U);
  EXPECT_EQ(options[1].name, "count");
  EXPECT_EQ(options[1].help, "a count");
  EXPECT_EQ(options[1].type, OptionType::integer);
  EXPECT_EQ(options[1].default_value, OptionValue(std::int64_t{3}));
  EXPECT_EQ(options[1].minimum, 1);
  EXPECT_EQ(options[1].maximum, 9);
  EXPECT_EQ(options[2].minimum, 0);
  EXPECT_EQ(options[2].maximum, std::nullopt) << "an infinite bound is none";
  EXPECT_EQ(options[4].choices.size(), 10U);
  EXPECT_EQ(options[5].default_value, OptionValue(std::vector<double>{1, 2.5}));
  EXPECT_EQ(options[6].type, OptionType::path);
  EXPECT_FALSE(options[6].required);
}

TEST(Registry, OpensAPluginOnce) {
  Registry registry({library_folder()});
  EXPECT_EQ(&registry.quantizer("short_lut"), &registry.quantizer("short_lut"));
}

class AddedFunction final : public QuantizerPlugin {
 public:
  explicit AddedFunction(const std::string& own_name) { name = own_name; }
  std::unique_ptr<Quantizer> create(const OptionValues& /*options*/) const override { return nullptr; }
};

TEST(Registry, FindsAFunctionThatWasAddedBeforeAnyLibraryOfItsName) {
  Registry registry({library_folder()});
  Registry copy = registry;
  const auto added = std::make_shared<const AddedFunction>("well_behaved");
  registry.add(added);
  EXPECT_EQ(&registry.quantizer("well_behaved"), added.get());
  EXPECT_NE(&copy.quantizer("well_behaved"), added.get());
}

TEST(Registry, ListsNamesWithoutOpeningAnything) {
  const TemporaryFolder folder;
  std::ofstream(folder / "goldilocks-quantizer-broken.so") << "no library";
  std::ofstream(folder / "goldilocks-quantizer-Upper.so");
  std::ofstream(folder / "goldilocks-quantizer-.so");
  std::ofstream(folder / "goldilocks-quantizer-other.txt");
  std::ofstream(folder / "libsomething.so");
  std::ofstream(folder / "goldilocks-report-csv.so");
  const Registry registry({folder.path()});
  EXPECT_THAT(registry.names(Kind::quantizer), ElementsAre("broken"));
  EXPECT_THAT(registry.names(Kind::report), ElementsAre("csv"));
  EXPECT_THAT(registry.names(Kind::backend), IsEmpty());
}

TEST(Registry, TheFirstPlaceWins) {
  const TemporaryFolder first;
  fs::copy_file(quantizer_library("short_lut"), first / "goldilocks-quantizer-short_lut.so");
  Registry registry({library_folder()});
  EXPECT_EQ(registry.quantizer("short_lut").file.parent_path(), fs::canonical(library_folder()));
  registry.prepend({first.path()});
  EXPECT_EQ(registry.quantizer("short_lut").file.parent_path(), fs::canonical(first.path()));
  EXPECT_EQ(registry.search_path().size(), 2U);
}

TEST(Registry, ARefusedLibraryIsNotReplacedByALaterOne) {
  const TemporaryFolder first;
  std::ofstream(first / "goldilocks-quantizer-short_lut.so") << "no library";
  Registry registry({first.path(), library_folder()});
  EXPECT_THAT(plugin_error([&] { registry.quantizer("short_lut"); }), HasSubstr(first.path().string()));
}

TEST(Registry, TakesASingleFileAsAPlace) {
  Registry registry({quantizer_library("short_lut")});
  EXPECT_THAT(registry.names(Kind::quantizer), ElementsAre("short_lut"));
  EXPECT_EQ(registry.quantizer("short_lut").name, "short_lut");
  EXPECT_THAT(registry.names(Kind::backend), IsEmpty());
}

TEST(Registry, RefusesASingleFileOfAnotherName) {
  const TemporaryFolder folder;
  std::ofstream(folder / "my_plugin.so");
  EXPECT_THAT(plugin_error([&] { Registry registry({folder / "my_plugin.so"}); }),
              AllOf(HasSubstr((folder / "my_plugin.so").string()), HasSubstr("goldilocks-<kind>-<name>.so")));
}

TEST(Registry, ASymbolicLinkIsAnotherName) {
  const TemporaryFolder folder;
  fs::create_symlink(quantizer_library("short_lut"), folder / "goldilocks-quantizer-brief.so");
  Registry registry({folder.path()});
  const QuantizerPlugin& plugin = registry.quantizer("brief");
  EXPECT_EQ(plugin.name, "brief");
  EXPECT_EQ(plugin.file, fs::canonical(quantizer_library("short_lut")));
}

TEST(Registry, AnUnknownNameGetsASuggestion) {
  Registry registry({library_folder()});
  EXPECT_EQ(plugin_error([&] { registry.quantizer("short_lot"); }),
            "unknown quantizer 'short_lot'; did you mean 'short_lut'?");
}

TEST(Registry, WithoutASuggestionTheErrorSaysWhereItLooked) {
  const TemporaryFolder folder;
  Registry registry({folder.path(), "/no/such/folder"});
  EXPECT_EQ(plugin_error([&] { registry.backend("fast"); }),
            "unknown backend 'fast'; searched: " + folder.path().string() + ", /no/such/folder (missing)");
}

TEST(Registry, ANameNeverBecomesAPath) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "goldilocks-quantizer-x");
  Registry registry({folder.path()});
  for (const std::string name : {"../short_lut", "x/../../short_lut", "/etc/passwd", "..", "", "a\nb"}) {
    EXPECT_THAT(plugin_error([&] { registry.quantizer(name); }), HasSubstr("names are made of a-z, 0-9 and _"));
  }
}

TEST(Registry, ListsWhatIsRefusedWithTheReason) {
  const TemporaryFolder folder;
  std::ofstream(folder / "goldilocks-quantizer-broken.so") << "no library";
  fs::create_symlink(library_folder() / "goldilocks-backend-doubling.so", folder / "goldilocks-backend-doubling.so");
  Registry registry({folder.path()});
  const std::vector<PluginInfo> infos = registry.list();
  ASSERT_EQ(infos.size(), 2U);
  EXPECT_EQ(infos[0].name, "broken");
  EXPECT_EQ(infos[0].kind, Kind::quantizer);
  EXPECT_THAT(infos[0].error, AllOf(HasSubstr("can't be loaded"), Not(HasSubstr(folder.path().string()))));
  EXPECT_EQ(infos[1].name, "doubling");
  EXPECT_EQ(infos[1].kind, Kind::backend);
  EXPECT_EQ(infos[1].error, "");
  EXPECT_EQ(infos[1].summary, "twice the input");
}

TEST(Registry, DescribingAnUnknownPluginThrows) {
  Registry registry({library_folder()});
  EXPECT_THAT([&] { registry.describe(Kind::report, "nothing_like_it"); },
              ::testing::ThrowsMessage<PluginError>(HasSubstr("unknown report 'nothing_like_it'")));
  EXPECT_EQ(registry.describe(Kind::report, "outline").options.size(), 2U);
}

TEST(Registry, IsSafeFromSeveralThreads) {
  Registry registry({library_folder()});
  std::vector<std::thread> threads;
  std::vector<const QuantizerPlugin*> seen(8);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    threads.emplace_back([&, i] {
      registry.names(Kind::quantizer);
      seen[i] = &registry.quantizer(i % 2 == 0 ? "short_lut" : "well_behaved");
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 2; i < seen.size(); ++i) EXPECT_EQ(seen[i], seen[i - 2]);
}

// The process's environment as it was, when the object goes.
class PluginPathVariable {
 public:
  explicit PluginPathVariable(const std::string& value) { ::setenv("GOLDILOCKS_PLUGIN_PATH", value.c_str(), 1); }
  ~PluginPathVariable() { ::unsetenv("GOLDILOCKS_PLUGIN_PATH"); }
  PluginPathVariable(const PluginPathVariable&) = delete;
  PluginPathVariable& operator=(const PluginPathVariable&) = delete;
};

TEST(DefaultSearchPath, ExplicitPlacesThenTheVariableThenTheInstalledFolder) {
  const PluginPathVariable variable("/opt/one:/opt/two");
  const fs::path installed = fs::path(GOLDILOCKS_BINARY_DIR) / "lib" / "goldilocks" / "plugins";
  EXPECT_THAT(
      default_search_path({"/given"}),
      ElementsAre("/given", "/opt/one", "/opt/two", fs::canonical(GOLDILOCKS_BINARY_DIR) / "lib/goldilocks/plugins"));
}

TEST(DefaultSearchPath, NeverHoldsTheCurrentFolder) {
  const PluginPathVariable variable("::relative:./here:/opt/one:");
  const std::vector<fs::path> places = default_search_path({});
  EXPECT_EQ(places.size(), 2U);
  EXPECT_THAT(places, Contains(fs::path("/opt/one")));
  for (const fs::path& place : places) EXPECT_TRUE(place.is_absolute());
}

}  // namespace
}  // namespace goldilocks::plugins
