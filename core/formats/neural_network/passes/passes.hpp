#pragma once

#include <vector>

#include "core/formats/passes.hpp"
#include "coreml/model.pb.h"

// Changes of a network that leave its answers as they are and make it smaller, or easier to quantize. docs/passes.md
// says when each applies, and why it is exact then.
namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

using formats::FoldSettings;
using formats::PassNote;

// Folds batchnorm, scale and bias layers into the convolution, deconvolution, inner product, batchnorm or scale layer
// that they alone read, in every network of the model: those in branches, loops and pipelines too. A layer y = s * x +
// t goes into y = W x + b as (s * W, s * b + t), computed in float64 and stored as float32. The folded layer
// disappears, the other takes over its output's name, and the specification version stays. The notes name the layers
// that are gone, in file order. Throws ModelError that names layer and parameter where weights that are to be folded
// don't have the length that the layer states, and beyond the depth that networks may nest; the model is then in no
// defined state.
std::vector<PassNote> fold_layers(spec::Model& model, const FoldSettings& settings);

struct CompactSettings {
  bool float16 = false;  // a mean image that no table holds becomes float16, which rounds it
  bool grid = false;     // a smooth mean image becomes a coarse grid of it, which rounds it
};

// Replaces mean images, which take four bytes a value: by the scaler's biases where each channel has one mean,
// otherwise by a bias layer with a table and a code per value where 256 values are enough. Both give the same numbers
// bit for bit. With `grid` a mean image that is a smooth field becomes a constant of float16 values, 4 x 4 to 32 x 32 a
// channel, that a resizing layer brings to the image's size, nowhere further than 1.5 grey levels from what it was; so
// where no layer states ranks or shapes of its own. With `float16` what is left becomes a bias layer of float16 values.
// Only where the file gets smaller. The bias layer reads the image, and what read the image reads the bias layer. The
// specification version is raised as far as the new weights need (3 for a table or a grid, 2 for float16), and with it
// that of the pipelines around. The notes name the bias layer, or the image input whose scaler took over the means, in
// file order. Throws ModelError beyond the depth that pipelines or networks may nest.
std::vector<PassNote> compact_preprocessing(spec::Model& model, const CompactSettings& settings);

// Runs the passes that are on. Throws ModelError as they do.
formats::PassOutcome apply_passes(spec::Model& model, const formats::PassSettings& settings);

}  // namespace goldilocks::model
