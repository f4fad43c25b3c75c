/* A report in C99 that uses every reader of the frozen interface: one line for each value of the document. */
#include <stdio.h>
#include <string.h>

#include <goldilocks/abi.h>

static glk_status fail(glk_error* error, glk_status status, const char* message) {
  error->code = status;
  snprintf(error->message, sizeof error->message, "%s", message);
  return status;
}

static void outline(FILE* file, const glk_nodes* nodes, const glk_node* node, const char* name) {
  switch (nodes->kind(node)) {
    case GLK_NODE_NULL:
      fprintf(file, "%s null\n", name);
      break;
    case GLK_NODE_BOOL:
      fprintf(file, "%s bool %d\n", name, (int)nodes->get_bool(node));
      break;
    case GLK_NODE_INTEGER:
      fprintf(file, "%s integer %lld\n", name, (long long)nodes->get_integer(node));
      break;
    case GLK_NODE_NUMBER:
      fprintf(file, "%s number %g\n", name, nodes->get_number(node));
      break;
    case GLK_NODE_STRING:
      fprintf(file, "%s string %s\n", name, nodes->get_string(node));
      break;
    default:
      fprintf(file, "%s %s %d\n", name, nodes->kind(node) == GLK_NODE_MAP ? "map" : "list", (int)nodes->size(node));
      for (uint64_t i = 0; i < nodes->size(node); ++i) {
        const char* key = nodes->key(node, i);
        outline(file, nodes, nodes->at(node, i), key == NULL ? "-" : key);
      }
  }
}

static glk_status write(const glk_host* host, const glk_options* options, const glk_report_task* task,
                        glk_error* error) {
  const char* path = NULL;
  char place[4096];
  if (host->cancelled(host->context)) return fail(error, GLK_ERROR_CANCELLED, "");
  if (options->get_string(options->context, "path", &path) != GLK_OK) {
    return fail(error, GLK_ERROR_INTERNAL, "an option is missing");
  }
  if (task->nodes->find(task->results, "no such key") != NULL) return fail(error, GLK_ERROR_DATA, "found nothing");
  snprintf(place, sizeof place, "%s/%s", task->folder, path);
  FILE* file = fopen(place, "w");
  if (file == NULL) return fail(error, GLK_ERROR_DATA, "no such place");
  outline(file, task->nodes, task->results, "document");
  fclose(file);
  return GLK_OK;
}

static const glk_option path = {.struct_size = sizeof path,
                                .type = GLK_OPTION_STRING,
                                .name = "path",
                                .help = "the file's name",
                                .default_string = "outline.txt"};
static const glk_option* const all_options[] = {&path};
static const glk_report_factory factory = {.struct_size = sizeof factory,
                                           .name = "frozen_report_c",
                                           .summary = "uses every reader",
                                           .options = all_options,
                                           .option_count = 1,
                                           .write = &write};

static const void* get_factory(const char* id) { return strcmp(id, GLK_REPORT_ID) == 0 ? &factory : NULL; }

GLK_EXPORT const glk_plugin* goldilocks_plugin(void) {
  static const glk_plugin plugin = {.struct_size = sizeof plugin,
                                    .abi_version = GLK_ABI_VERSION,
                                    .name = "frozen_report_c",
                                    .version = "1.0",
                                    .license = "Apache-2.0",
                                    .get_factory = &get_factory};
  return &plugin;
}
