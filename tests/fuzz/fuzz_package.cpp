// Whatever the bytes are: a manifest, a zipped package, or a model whose program is checked, encoded and read again; or
// an error.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/formats/ml_program/constants.hpp"
#include "core/formats/ml_program/encode.hpp"
#include "core/formats/ml_program/manifest.hpp"
#include "core/formats/ml_program/validate.hpp"
#include "tests/fuzz/finding.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using namespace goldilocks;

// Of a valid program every constant can be made dense, and the message made of what was read is valid too.
void look_at(const ml_program::spec::Model& model, ml_program::WeightFiles& weights) {
  ml_program::Program program;
  if (!ml_program::validate(model, weights, program).empty()) return;
  for (const ml_program::Function& function : program.functions) {
    const ml_program::Constants constants(*function.body());
    for (const ml_program::Operation& operation : function.body()->operations) {
      if (!ml_program::is_constant(operation)) continue;
      for (const ml_program::NamedType& output : operation.outputs) {
        const auto count = output.type.is_tensor() ? ml_program::element_count(output.type.shape) : std::nullopt;
        if (!count || *count > (1 << 20)) continue;  // zeros of a sparse weight take no bytes in the file
        constants.dense(*constants.find(output.name));
      }
    }
  }
  ml_program::spec::Model again = model;
  *again.mutable_mlprogram() = ml_program::encode_program(program);
  if (!ml_program::validate(again, weights).empty()) testing::report_finding("a valid program, encoded, is not valid");
}

void look_at_archive(std::string_view bytes) {
  static const testing::TemporaryFolder folder;
  write_file_atomically(folder / "fuzzed.zip", bytes);
  ml_program::Package package = ml_program::Package::open(folder / "fuzzed.zip");
  if (package.model().has_mlprogram()) look_at(package.model(), package.weights());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  testing::attempt([&] {
    if (text.starts_with("PK")) return look_at_archive(text);
    if (text.starts_with('{')) {
      const std::string written = ml_program::manifest_text(ml_program::parse_manifest(text, "fuzzed"));
      if (ml_program::manifest_text(ml_program::parse_manifest(written, "written")) != written) {
        testing::report_finding("a manifest that changes when it is written again");
      }
      return;
    }
    const auto model = model::parse_model(std::as_bytes(std::span(data, size)), "fuzzed");
    ml_program::WeightFiles none("/nowhere", "/nowhere");
    if (model->has_mlprogram()) look_at(*model, none);
  });
  return 0;
}
