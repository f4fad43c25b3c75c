#include <algorithm>

#include "core/formats/ml_program/decode.hpp"

namespace goldilocks::ml_program {
namespace {

namespace mil = spec::MILSpec;

// The keys of a map in order: the message itself has none.
template <class Map>
std::vector<const typename Map::value_type*> sorted(const Map& map) {
  std::vector<const typename Map::value_type*> entries;
  entries.reserve(map.size());
  for (const auto& entry : map) entries.push_back(&entry);
  std::ranges::sort(entries, {}, [](const auto* entry) -> const std::string& { return entry->first; });
  return entries;
}

class Decoder {
 public:
  Decoder(WeightFiles& files, Report& report) : files_(&files), report_(&report) {}

  Function function(const std::string& name, const mil::Function& message) {
    const auto place = report_->in_function(name);
    Function function;
    function.name = name;
    function.inputs = named_types(message.inputs());
    function.opset = message.opset();
    for (const auto* entry : sorted(message.block_specializations())) {
      const auto inner = report_->in_block(entry->first);
      function.specializations.push_back({entry->first, block(entry->second)});
    }
    function.attributes = attributes(message.attributes());
    return function;
  }

  std::vector<Attribute> attributes(const google::protobuf::Map<std::string, mil::Value>& messages) {
    std::vector<Attribute> list;
    for (const auto* entry : sorted(messages)) {
      const auto place = report_->in("attribute", entry->first);
      list.push_back({entry->first, decode_value(entry->second, *files_, *report_)});
    }
    return list;
  }

 private:
  template <class Messages>
  std::vector<NamedType> named_types(const Messages& messages) {
    std::vector<NamedType> list;
    list.reserve(static_cast<std::size_t>(messages.size()));
    for (const mil::NamedValueType& message : messages) {
      const auto place = report_->in("value", message.name());
      list.push_back({message.name(), decode_type(message.type(), *report_)});
    }
    return list;
  }

  Block block(const mil::Block& message) {
    Block block;
    block.inputs = named_types(message.inputs());
    block.outputs.assign(message.outputs().begin(), message.outputs().end());
    block.operations.reserve(static_cast<std::size_t>(message.operations_size()));
    std::size_t index = 0;
    for (const mil::Operation& inner : message.operations()) block.operations.push_back(operation(inner, index++));
    block.attributes = attributes(message.attributes());
    return block;
  }

  Operation operation(const mil::Operation& message, std::size_t index) {
    const std::string_view name =
        message.outputs().empty() ? std::string_view() : std::string_view(message.outputs(0).name());
    const auto place = report_->in_operation(name, message.type(), index);
    Operation operation;
    operation.type = message.type();
    for (const auto* entry : sorted(message.inputs()))
      operation.inputs.push_back(argument(entry->first, entry->second));
    operation.outputs = named_types(message.outputs());
    for (int i = 0; i < message.blocks_size(); ++i) {
      const auto inner = report_->in_nested_block(static_cast<std::size_t>(i));
      operation.blocks.push_back(block(message.blocks(i)));
    }
    operation.attributes = attributes(message.attributes());
    return operation;
  }

  Argument argument(const std::string& parameter, const mil::Argument& message) {
    const auto place = report_->in("parameter", parameter);
    Argument argument{parameter, {}};
    for (const mil::Argument::Binding& binding : message.arguments()) {
      switch (binding.binding_case()) {
        case mil::Argument::Binding::kName:
          report_->require(!binding.name().empty(), "program.parameter", "a binding names nothing");
          argument.bindings.push_back({binding.name(), nullptr});
          break;
        case mil::Argument::Binding::kValue:
          argument.bindings.push_back({{}, decode_value(binding.value(), *files_, *report_)});
          break;
        case mil::Argument::Binding::BINDING_NOT_SET:
          report_->add("program.parameter", "a binding is neither a name nor a value");
          argument.bindings.emplace_back();
          break;
      }
    }
    return argument;
  }

  WeightFiles* files_;
  Report* report_;
};

}  // namespace

Program decode_program(const mil::Program& message, WeightFiles& files, Report& report) {
  Decoder decoder(files, report);
  Program program;
  program.version = message.version();
  program.doc_string = message.docstring();
  for (const auto* entry : sorted(message.functions())) {
    program.functions.push_back(decoder.function(entry->first, entry->second));
  }
  program.attributes = decoder.attributes(message.attributes());
  return program;
}

}  // namespace goldilocks::ml_program
