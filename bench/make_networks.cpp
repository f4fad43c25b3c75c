// Writes four networks of other shapes than the article's, each as FOLDER/name.mlmodel and FOLDER/name.onnx, with the
// same random weights in both:
//
//   make_networks FOLDER
//
//   depthwise  pairs of 3x3 convolutions by channel and 1x1 ones, on 224x224 (after MobileNet, 0.57 G multiplications)
//   residual   3x3 convolutions around which values are carried and added, on 224x224 (after ResNet-18, 1.8 G)
//   lstm       two layers of 256 cells over 100 steps of 128 values
//   dense      four inner products of 2048 by 2048
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include "bench/twin_network.hpp"

namespace goldilocks {
namespace {

using std::filesystem::path;

void classify(TwinNetwork& network, std::int64_t channels) {
  network.global_average_pool();
  network.flatten();
  network.inner_product(channels, 1000);
}

void make_depthwise(const path& folder) {
  TwinNetwork network({3, 224, 224});
  network.convolution({3, 32, 3, 2});
  network.relu();
  std::int64_t channels = 32;
  const auto pair = [&](std::int64_t outputs, std::int64_t stride) {
    network.convolution({channels, channels, 3, stride, channels});
    network.relu();
    network.convolution({channels, outputs, 1});
    network.relu();
    channels = outputs;
  };
  pair(64, 1);
  pair(128, 2);
  pair(128, 1);
  pair(256, 2);
  pair(256, 1);
  pair(512, 2);
  for (int repeated = 0; repeated < 5; ++repeated) pair(512, 1);
  pair(1024, 2);
  pair(1024, 1);
  classify(network, channels);
  network.write(folder, "depthwise", {1000});
}

void make_residual(const path& folder) {
  TwinNetwork network({3, 224, 224});
  network.convolution({3, 64, 7, 2});
  network.relu();
  network.max_pool();
  std::int64_t channels = 64;
  const auto block = [&](std::int64_t outputs, std::int64_t stride) {
    const std::string before = network.last();
    std::string carried = before;
    if (stride != 1) {
      network.convolution({channels, outputs, 1, stride});
      carried = network.last();
      network.continue_from(before);
    }
    network.convolution({channels, outputs, 3, stride});
    network.relu();
    network.convolution({outputs, outputs});
    network.add(carried);
    network.relu();
    channels = outputs;
  };
  for (const std::int64_t outputs : {64, 128, 256, 512}) {
    block(outputs, outputs == 64 ? 1 : 2);
    block(outputs, 1);
  }
  classify(network, channels);
  network.write(folder, "residual", {1000});
}

void make_lstm(const path& folder) {
  TwinNetwork network({100, 1, 128});
  network.lstm(128, 256);
  network.lstm(256, 256);
  network.write(folder, "lstm", {100, 1, 256});
}

void make_dense(const path& folder) {
  constexpr std::int64_t width = 2048;
  TwinNetwork network({width});
  for (int layer = 0; layer < 4; ++layer) {
    network.inner_product(width, width);
    network.relu();
  }
  network.write(folder, "dense", {width});
}

}  // namespace
}  // namespace goldilocks

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_networks FOLDER\n";
    return 2;
  }
  try {
    std::filesystem::create_directories(argv[1]);
    goldilocks::make_depthwise(argv[1]);
    goldilocks::make_residual(argv[1]);
    goldilocks::make_lstm(argv[1]);
    goldilocks::make_dense(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
