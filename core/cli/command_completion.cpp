// completion bash: prints a script that completes commands and options, made from the program's own declarations.
#include <iostream>

#include <fmt/format.h>

#include "core/cli/commands.hpp"

namespace goldilocks::cli {
namespace {

// The words that may follow a command: its subcommands and long options.
std::string words_of(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::App* subcommand : command.get_subcommands({})) words.push_back(subcommand->get_name());
  for (const CLI::Option* option : command.get_options({})) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  return fmt::format("{}", fmt::join(words, " "));
}

void print_cases(const CLI::App& command, const std::string& path) {
  std::cout << fmt::format("    '{}') words='{}' ;;\n", path, words_of(command));
  for (const CLI::App* subcommand : command.get_subcommands({})) {
    print_cases(*subcommand, path.empty() ? subcommand->get_name() : path + " " + subcommand->get_name());
  }
}

void print_bash_completion(const CLI::App& app) {
  // The command is the longest chain of plain words after the program's name that is a known command.
  std::cout << "# bash completion for goldilocks; load it with:  source <(goldilocks completion bash)\n"
               "_goldilocks_words() {\n"
               "  local words=''\n"
               "  case \"$1\" in\n";
  print_cases(app, "");
  std::cout << "    *) return 1 ;;\n"
               "  esac\n"
               "  printf '%s' \"$words\"\n"
               "}\n"
               "_goldilocks() {\n"
               "  local current=${COMP_WORDS[COMP_CWORD]} path='' words word i\n"
               "  words=$(_goldilocks_words '')\n"
               "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
               "    word=${COMP_WORDS[i]}\n"
               "    if _goldilocks_words \"${path:+$path }$word\" >/dev/null; then\n"
               "      path=${path:+$path }$word\n"
               "      words=$(_goldilocks_words \"$path\")\n"
               "    fi\n"
               "  done\n"
               "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
               "}\n"
               "complete -o default -o bashdefault -F _goldilocks goldilocks\n";
}

}  // namespace

void add_completion_command(CLI::App& app, Context& /*context*/, Action& chosen) {
  CLI::App* command = app.add_subcommand("completion", "Print a script for completion in a shell");
  command->require_subcommand(1);
  CLI::App* bash = command->add_subcommand("bash", "For bash: source <(goldilocks completion bash)");
  bash->callback([&app, &chosen] {
    chosen = [&app] {
      print_bash_completion(app);
      return ExitCode::done;
    };
  });
}

}  // namespace goldilocks::cli
