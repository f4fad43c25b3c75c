#pragma once

namespace goldilocks::os {

// An open file, pipe or device of this process, which is closed with its owner. Moves, not copies.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }
  void reset();  // closes it

 private:
  int number_;
};

}  // namespace goldilocks::os
