#pragma once

#include <string>

#include "coreml/model.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

// A feature's type in words: "image BGR 227 x 227", "array float32 [3, 10]", "dictionary of string", "string", ...
// Flexible sizes follow the fixed one: "array float32 [3, 10] (2 shapes)", "image RGB 64 x 64 (64.. x 64..512)". Width
// before height, as the format has it. "none" where no type is set.
std::string feature_text(const spec::FeatureType& type);

// "float32", "int32", ...; the number for one that is not known.
std::string data_type_text(spec::ArrayFeatureType::ArrayDataType type);

// "BGR", "grayscale", ...; the number for one that is not known.
std::string color_space_text(spec::ImageFeatureType::ColorSpace color);

}  // namespace goldilocks::model
