#include "machine_host.h"

#include <glib.h>

bool machine_host_loop_is_busy(oc_loop_t *loop) {
    GMainContext *context = oc_loop_native(loop);
    gint priority, timeout_ms = -1;
    g_main_context_acquire(context);
    bool ready = g_main_context_prepare(context, &priority);
    g_main_context_query(context, priority, &timeout_ms, NULL, 0);
    g_main_context_release(context);
    return ready || timeout_ms >= 0;
}
