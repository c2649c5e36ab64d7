#include "machine_host.h"

#include <uv.h>

static void count(uv_handle_t *handle, void *data) {
    ++*(unsigned *)data;
}

bool machine_host_loop_is_busy(oc_loop_t *loop) {
    unsigned handles = 0;
    uv_walk(oc_loop_native(loop), count, &handles);
    return handles > 2; /* its wake-up and its pause */
}
