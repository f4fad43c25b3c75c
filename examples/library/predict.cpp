// What a classifier says of a photograph.
#include <iostream>

#include <goldilocks/runtime.hpp>

int main(int argc, char** argv) try {
  if (argc != 3) throw std::runtime_error("usage: predict MODEL IMAGE");
  const auto model = goldilocks::runtime::Model::load(argv[1]);
  const auto image = model.fit(goldilocks::runtime::load_image(argv[2]));
  const auto outputs = model.predict({{model.inputs().front().name, image}});
  std::cout << std::get<std::string>(outputs.at(model.label_output())) << '\n';
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
