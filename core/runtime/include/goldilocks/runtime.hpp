// Core ML models in a program of your own: load, describe, predict.
//
//   const auto model = goldilocks::runtime::Model::load("model.mlmodel");
//   const auto image = model.fit(goldilocks::runtime::load_image("photo.jpg"));
//   const auto outputs = model.predict({{"image", image}});
//   std::cout << std::get<std::string>(outputs.at("classLabel")) << '\n';
//
// Threads: every function may be called from any thread at any time, also on one and the same Model; a prediction uses
// the calling thread alone. Values are plain data: two threads may read one, and none may read while another writes.
// Ownership: everything is returned by value, and nothing points into a Model. Copies of a Model share all it has.
// Errors: functions throw Error, and std::bad_alloc. A failed call leaves everything as it was.
#ifndef GOLDILOCKS_RUNTIME_HPP
#define GOLDILOCKS_RUNTIME_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#define GOLDILOCKS_RUNTIME_API __attribute__((visibility("default")))

namespace goldilocks::runtime {

// What failed; what() is one line that begins with the place of the fault: a file, an input, a layer.
class GOLDILOCKS_RUNTIME_API Error : public std::runtime_error {
 public:
  enum class Kind {
    usage,     // an argument: an input that is missing, of another type, or of a size that isn't allowed
    model,     // the model's file can't be read or run
    data,      // an image or .npy file can't be read
    plugin,    // the backend is missing, was refused, or failed
    system,    // a file can't be opened
    internal,  // a defect of the library
  };
  Error(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// ---- values

enum class ElementType { float32, float64, float16, int64, int32, int8 };

constexpr std::size_t size_of(ElementType type) {
  switch (type) {
    case ElementType::float64:
    case ElementType::int64:
      return 8;
    case ElementType::float32:
    case ElementType::int32:
      return 4;
    case ElementType::float16:
      return 2;
    case ElementType::int8:
      break;
  }
  return 1;
}

// A dense row-major array. A shape without dimensions is one value.
struct Array {
  ElementType type = ElementType::float32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> data;  // the product of the shape times size_of(type); float16 as IEEE half
  // Of an input, in the place of `data`: the caller's memory, which stays as it is until the call returns. No copy is
  // made of it before the model reads it. Values that are returned, and those that a State keeps, have `data`.
  std::span<const std::byte> borrowed{};

  std::span<const std::byte> bytes() const { return borrowed.empty() ? std::span(data) : borrowed; }
  bool operator==(const Array& other) const {
    return type == other.type && shape == other.shape && std::ranges::equal(bytes(), other.bytes());
  }
};

// An array of the elements given, float, double, std::int64_t, std::int32_t or std::int8_t.
template <class Element>
Array make_array(std::vector<std::int64_t> shape, std::span<const Element> elements);
template <class Element>
Array make_array(std::vector<std::int64_t> shape, const std::vector<Element>& elements) {
  return make_array<Element>(std::move(shape), std::span<const Element>(elements));
}

// The elements as float64, whatever they are stored as (int64 beyond 2^53 is rounded). Throws Error (usage) for data
// that doesn't fit the shape.
GOLDILOCKS_RUNTIME_API std::vector<double> to_doubles(const Array& array);

enum class PixelFormat {
  gray,          // 8 bits
  rgb,           // 8 bits each of R, G, B, whatever order the model has inside
  gray_float16,  // IEEE half
};

// Rows from top to bottom, channels interleaved.
struct Image {
  int width = 0;
  int height = 0;
  PixelFormat format = PixelFormat::rgb;
  std::vector<std::byte> pixels;
  std::span<const std::byte> borrowed{};  // of an input, in the place of `pixels`: as an Array's

  std::span<const std::byte> bytes() const { return borrowed.empty() ? std::span(pixels) : borrowed; }
  bool operator==(const Image& other) const {
    return width == other.width && height == other.height && format == other.format &&
           std::ranges::equal(bytes(), other.bytes());
  }
};

using TextDictionary = std::map<std::string, double>;
using IntegerDictionary = std::map<std::int64_t, double>;
using TextSequence = std::vector<std::string>;
using IntegerSequence = std::vector<std::int64_t>;

using Value = std::variant<Array, Image, std::int64_t, double, std::string, TextDictionary, IntegerDictionary,
                           TextSequence, IntegerSequence>;
using Values = std::map<std::string, Value>;  // by the features' names

// ---- what a model takes and gives

enum class Kind { array, image, integer, number, text, dictionary, sequence };

struct SizeRange {
  std::int64_t least = 0;
  std::int64_t most = -1;  // -1: no limit

  bool operator==(const SizeRange&) const = default;
};

struct Feature {
  std::string name;
  std::string description;  // the model author's words
  std::string type;         // in words: "image BGR 227 x 227", "array float32 [3, 10]"
  Kind kind = Kind::array;
  ElementType element_type = ElementType::float32;      // of an array
  std::optional<PixelFormat> pixels;                    // of an image
  bool blue_first = false;                              // of an image: the network's channels are B, G, R
  bool integers = false;                                // of a dictionary the keys, of a sequence the elements
  std::vector<std::int64_t> shape;                      // of an array; of an image height, width. The default one
  std::vector<std::vector<std::int64_t>> other_shapes;  // if not empty: the shapes that are allowed
  std::vector<SizeRange> ranges;                        // if not empty: of each dimension
  bool optional = false;                                // an input that may be left out
  std::optional<double> default_value;                  // of an optional array: what fills it
};

// What the model's author says of it.
struct Metadata {
  std::string short_description, author, license, version;
  std::map<std::string, std::string> user_defined;
};

// What one prediction of a sequence hands on to the next: an output of a recurrent network that is an input then. A
// state of an ML Program is neither, and has one name for both.
struct StateFeature {
  std::string input, output;
};

// What one sequence of predictions hands on. Fresh: zeros. Copies are independent of each other.
class State {
 public:
  void reset() { values_.clear(); }
  const Values& values() const { return values_; }
  // By the inputs' names.
  void set(const std::string& input, Value value) { values_[input] = std::move(value); }

 private:
  Values values_;
};

enum class Precision {
  float32,   // casts, outputs and states are rounded to float16 where the program says so; what lies between is not
  as_typed,  // each result is
};

struct LoadOptions {
  std::string backend = "onednn";
  std::map<std::string, std::string> backend_options;  // as `goldilocks plugins describe` lists them
  // Folders or library files, looked at before $GOLDILOCKS_PLUGIN_PATH and the installed ones.
  std::vector<std::filesystem::path> plugin_path;
  // A loop in the network that states no number of iterations of its own fails after as many.
  std::int64_t loop_bound = 1'000'000;
  // In bytes, of all weights as float32; a model that would need more is an error before the memory is taken.
  std::uint64_t weights_limit = std::uint64_t{8} << 30U;
  // Of an ML Program with several functions, the one that predicts; "": the default one.
  std::string function_name{};
  // How an ML Program's float16 values are computed.
  Precision precision = Precision::float32;
};

// What a prediction keeps beside the outputs.
struct InnerRequest {
  std::vector<std::string> names;  // of layers, or of what they give; of a pipeline's model "model/layer"
  bool all = false;
};

// A model ready to predict; immutable. Its weights are prepared once for each set of input sizes in use.
class GOLDILOCKS_RUNTIME_API Model {
 public:
  // Throws Error: model, plugin, system, or usage for wrong options.
  static Model load(const std::filesystem::path& file, const LoadOptions& options = {});

  const std::vector<Feature>& inputs() const;
  const std::vector<Feature>& outputs() const;
  const std::vector<StateFeature>& states() const;
  const Metadata& metadata() const;
  // Of classifiers; "" of others: the outputs with the class, and with a probability for each class.
  const std::string& label_output() const;
  const std::string& probabilities_output() const;

  // Inputs by name. Optional ones may be missing; numbers are taken in whatever type they come in. Outputs are of the
  // kinds and types that outputs() states.
  Values predict(const Values& inputs) const;
  // One prediction each, side by side on as many threads (0: one per core); the results in the order of the inputs.
  std::vector<Values> predict(std::span<const Values> batch, std::size_t threads = 0) const;
  // All of states() as they are before a sequence begins, in their types and shapes: zeros, unless the model says
  // otherwise.
  State make_state() const;
  // A step of a sequence: inputs of states() that are not given come from the state, which then has the new ones.
  // Without a state each prediction begins with a fresh one.
  Values predict(const Values& inputs, State& state) const;
  // Also returns tensors from inside, as float32 arrays under their names.
  Values predict(const Values& inputs, const InnerRequest& request, Values& inner) const;

  // Crops and scales an image to the size that an image input takes (one of several that it allows if it has that
  // already), as Apple's Vision does: the middle, bilinear. Without a name: the only image input.
  Image fit(const Image& image, std::string_view input = {}) const;

 private:
  class Implementation;
  explicit Model(std::shared_ptr<const Implementation> implementation);
  std::shared_ptr<const Implementation> implementation_;
};

// JPEG or PNG, as RGB; the camera's orientation is honoured.
GOLDILOCKS_RUNTIME_API Image load_image(const std::filesystem::path& file);
// numpy's .npy, of any number type. Those that no ElementType holds become int64.
GOLDILOCKS_RUNTIME_API Array load_npy(const std::filesystem::path& file);

// ---- implementation

template <class Element>
constexpr ElementType element_type_of() {
  if constexpr (std::is_same_v<Element, float>) return ElementType::float32;
  if constexpr (std::is_same_v<Element, double>) return ElementType::float64;
  if constexpr (std::is_same_v<Element, std::int64_t>) return ElementType::int64;
  if constexpr (std::is_same_v<Element, std::int32_t>) return ElementType::int32;
  if constexpr (std::is_same_v<Element, std::int8_t>) return ElementType::int8;
}

template <class Element>
Array make_array(std::vector<std::int64_t> shape, std::span<const Element> elements) {
  const auto bytes = std::as_bytes(elements);
  return {element_type_of<Element>(), std::move(shape), {bytes.begin(), bytes.end()}};
}

}  // namespace goldilocks::runtime

#endif  // GOLDILOCKS_RUNTIME_HPP
