// A sample's place in the file is known before any is read, so that threads write theirs in any order. What could not
// be read leaves a gap, which the samples behind it fill at the end.
#include "core/pipeline/predictions/prepared_samples.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/data/split.hpp"

namespace goldilocks::pipeline {
namespace {

constexpr std::string_view samples_format = "goldilocks samples 1";
constexpr std::size_t header_alignment = 64;

[[noreturn]] void refuse(const OpenFile& file, const char* why) {
  throw DataError(file.name().string(), std::string("not a file of prepared samples: ") + why);
}

std::size_t size_of(const std::vector<PreparedInput>& inputs) {
  return std::accumulate(inputs.begin(), inputs.end(), std::size_t{0},
                         [](std::size_t sum, const PreparedInput& input) { return sum + input.size(); });
}

// `size`: at least so many bytes.
std::string header_of(std::size_t samples, const std::vector<PreparedInput>& inputs, std::size_t size) {
  auto list = nlohmann::ordered_json::array();
  for (const PreparedInput& input : inputs) {
    list.push_back({{"name", input.name}, {"image", input.image}, {"dims", input.dims}});
  }
  std::string text = nlohmann::ordered_json{{"format", samples_format}, {"samples", samples}, {"inputs", list}}.dump();
  text.resize(std::max(size, (text.size() + header_alignment) / header_alignment * header_alignment) - 1, ' ');
  return text + '\n';
}

std::vector<PreparedInput> described(const std::vector<InputSource>& sources) {
  std::vector<PreparedInput> inputs;
  for (const InputSource& source : sources) {
    const std::vector<std::int64_t> image = {source.height, source.width, source.channels};
    inputs.push_back({source.name, source.is_image(), source.is_image() ? image : source.shape});
  }
  return inputs;
}

class Preparer {
 public:
  Preparer(const std::vector<InputSource>& sources, const data::Dataset& dataset, const data::Preparation& preparation,
           ThreadPool& pool, OpenFile& to)
      : sources_(sources),
        inputs_(described(sources)),
        dataset_(dataset),
        preparation_(preparation),
        pool_(pool),
        to_(to),
        begin_(header_of(dataset.samples.size(), inputs_, 0).size()) {
    for (const PreparedInput& input : inputs_) {
      offsets_.push_back(sample_size_);
      sample_size_ += input.size();
    }
  }

  std::vector<data::UnusableSample> prepare(std::size_t max_unusable) {
    to_.resize(place_of(dataset_.samples.size()));
    std::vector<data::UnusableSample> unusable;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (!sources_[i].column) unusable = prepare_images(i, dataset_, max_unusable);
    }
    const std::vector<std::size_t> usable = close_gaps(unusable);
    const data::Dataset samples = take_samples(dataset_, usable);
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i].column) prepare_column(i, samples.inputs.at(*sources_[i].column));
    }
    const std::string header = header_of(usable.size(), inputs_, begin_);
    to_.write(0, std::as_bytes(std::span(header)));
    to_.resize(place_of(usable.size()));
    return unusable;
  }

 private:
  std::uint64_t place_of(std::size_t sample) const { return begin_ + std::uint64_t{sample} * sample_size_; }

  std::uint64_t place_of(std::size_t sample, std::size_t input) const { return place_of(sample) + offsets_[input]; }

  std::vector<data::UnusableSample> prepare_images(std::size_t input, const data::Dataset& images,
                                                   std::size_t max_unusable) {
    const InputSource& source = sources_[input];
    return data::prepare_images(images, source.width, source.height, source.channels, preparation_, max_unusable, pool_,
                                [&](std::size_t sample, std::span<const std::uint8_t> pixels) {
                                  to_.write(place_of(sample, input), std::as_bytes(pixels));
                                });
  }

  // Moves the samples that can be used together; returns which they are.
  std::vector<std::size_t> close_gaps(const std::vector<data::UnusableSample>& unusable) {
    std::vector<std::size_t> usable;
    auto next = unusable.begin();
    std::vector<std::byte> sample(sample_size_);
    for (std::size_t i = 0; i < dataset_.samples.size(); ++i) {
      if (next != unusable.end() && next->sample == i) {
        ++next;
        continue;
      }
      if (usable.size() != i) {
        to_.read(place_of(i), sample);
        to_.write(place_of(usable.size()), sample);
      }
      usable.push_back(i);
    }
    return usable;
  }

  void prepare_column(std::size_t input, const data::ArrayColumn& column) {
    if (sources_[input].is_image()) {
      prepare_images(input, images_of(column), 0);
      return;
    }
    const std::size_t size = inputs_[input].size();
    const std::size_t at_once = samples_at_once(column);
    std::vector<std::size_t> samples;
    for (std::size_t begin = 0; begin < column.samples(); begin += at_once) {
      samples.resize(std::min(at_once, column.samples() - begin));
      std::iota(samples.begin(), samples.end(), begin);
      const std::vector<float> values = load_floats(take(column, samples), pool_);
      for (std::size_t i = 0; i < samples.size(); ++i) {
        to_.write(place_of(samples[i], input), std::as_bytes(std::span(values)).subspan(i * size, size));
      }
    }
  }

  const std::vector<InputSource>& sources_;
  const std::vector<PreparedInput> inputs_;
  const data::Dataset& dataset_;
  const data::Preparation& preparation_;
  ThreadPool& pool_;
  OpenFile& to_;
  std::size_t begin_;
  std::size_t sample_size_ = 0;
  std::vector<std::size_t> offsets_;  // of each input in a sample
};

}  // namespace

std::size_t PreparedInput::size() const {
  std::size_t size = image ? 1 : sizeof(float);
  for (const std::int64_t dim : dims) size *= static_cast<std::size_t>(dim);
  return size;
}

PreparedSamples::PreparedSamples(OpenFile file) : file_(std::move(file)) {
  std::string text;
  const std::uint64_t size = file_.size();
  while (text.find('\n') == std::string::npos) {
    const std::size_t read = text.size();
    if (read + header_alignment > size) refuse(file_, "no header");
    text.resize(read + header_alignment);
    file_.read(read, std::as_writable_bytes(std::span(text)).subspan(read));
  }
  try {
    const auto header = nlohmann::json::parse(text);
    if (header.at("format") != samples_format) refuse(file_, "another format");
    samples_ = header.at("samples").get<std::size_t>();
    for (const auto& item : header.at("inputs"))
      inputs_.push_back({item.at("name"), item.at("image"), item.at("dims")});
  } catch (const nlohmann::json::exception&) {
    refuse(file_, "a broken header");
  }
  begin_ = text.size();
  sample_size_ = size_of(inputs_);
  if (sample_size_ != 0 && samples_ > (size - begin_) / sample_size_) refuse(file_, "cut short");
}

void PreparedSamples::read(std::size_t sample, std::span<std::byte> values) const {
  file_.read(begin_ + std::uint64_t{sample} * sample_size_, values.first(sample_size_));
}

std::vector<data::UnusableSample> prepare_samples(const std::vector<InputSource>& inputs, const data::Dataset& dataset,
                                                  const data::Preparation& preparation, std::size_t max_unusable,
                                                  ThreadPool& pool, OpenFile& to) {
  return Preparer(inputs, dataset, preparation, pool, to).prepare(max_unusable);
}

}  // namespace goldilocks::pipeline
