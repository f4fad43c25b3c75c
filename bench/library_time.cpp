// One side of bench/python_time.py: predicts with the library as often as each line of standard input says, and prints
// the seconds that it took.
#include <chrono>
#include <iostream>

#include <goldilocks/runtime.hpp>

int main(int argc, char** argv) {
  namespace runtime = goldilocks::runtime;
  if (argc != 2) {
    std::cerr << "usage: library_time MODEL\n";
    return 2;
  }
  const auto model = runtime::Model::load(argv[1]);
  const runtime::Feature& input = model.inputs().front();
  const auto height = static_cast<int>(input.shape.at(0));
  const auto width = static_cast<int>(input.shape.at(1));
  const auto bytes = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
  const runtime::Image image{width, height, runtime::PixelFormat::rgb, std::vector<std::byte>(bytes, std::byte{100})};
  for (int count = 0; std::cin >> count;) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) model.predict({{input.name, image}});
    std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << std::endl;
  }
}
