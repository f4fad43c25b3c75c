#pragma once

#include <set>
#include <string>
#include <vector>

// What a model may go through before it is quantized: changes that leave its answers as they are and make it smaller,
// or easier to quantize. docs/passes.md says when each applies, and why it is exact then.
namespace goldilocks::formats {

// Which kinds of layers may be folded into the layer before them.
struct FoldSettings {
  bool batchnorm = true;
  bool scale = true;
  bool bias = true;

  bool operator==(const FoldSettings&) const = default;
};

enum class Compaction { off, lossless, float16, grid };

struct PassSettings {
  FoldSettings fold{.batchnorm = false, .scale = false, .bias = false};
  Compaction compaction = Compaction::off;

  bool folds() const { return fold.batchnorm || fold.scale || fold.bias; }
  bool operator==(const PassSettings&) const = default;
};

// What is folded: what the user asked for, by kind, or by default everything where the width is 1 to 8 bits.
struct FoldChoice {
  bool automatic = true;
  FoldSettings kinds;  // where it is not automatic

  FoldSettings at(int bits) const;
};

// "off", "batchnorm, scale, bias", ...
std::string to_text(const FoldSettings& fold);
// "off", "lossless", "float16", "grid"
std::string to_text(Compaction compaction);

// What a pass did with one layer.
struct PassNote {
  std::string layer;  // with its place, as reports of weights have it: "loop1/body/norm", "models[1] 'detector': norm"
  std::string text;   // "folded into 'conv2'"
};

// What one pass did, or that it was off. An empty list of notes says that the model was not touched.
struct PassReport {
  std::string pass;     // "fold", "compact_preprocessing"
  std::string setting;  // to_text() of it
  std::vector<PassNote> notes;
};

struct PassOutcome {
  std::vector<PassReport> reports;    // of every pass, in the order in which they ran
  std::set<std::string> mean_images;  // the new layers that hold what was a mean image; quantizing leaves them alone

  bool changed() const;  // false: the model was not touched
};

}  // namespace goldilocks::formats
