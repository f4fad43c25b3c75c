/* One function that mentions every frozen type: what abidiff compares is the debug information of two builds of this
 * file, against the frozen header and against today's. */
#include <goldilocks/abi.h>

GLK_EXPORT void frozen_types(const glk_plugin* plugin, const glk_quantizer_factory* factory, const glk_host* host,
                             const glk_options* options, const glk_weights* weights, const glk_quantized* quantized,
                             const glk_error* error, const glk_option* option, const glk_backend_factory* backend,
                             const glk_report_factory* report);

void frozen_types(const glk_plugin* plugin, const glk_quantizer_factory* factory, const glk_host* host,
                  const glk_options* options, const glk_weights* weights, const glk_quantized* quantized,
                  const glk_error* error, const glk_option* option, const glk_backend_factory* backend,
                  const glk_report_factory* report) {
  (void)plugin;
  (void)factory;
  (void)host;
  (void)options;
  (void)weights;
  (void)quantized;
  (void)error;
  (void)option;
  (void)backend;
  (void)report;
}
