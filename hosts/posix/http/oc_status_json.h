/* oc_status_json - `/api/status` as the host can answer it while no script does, in the shape of
 * modules/http/status.ts (tests/e2e/stuck.test.mjs compares them): published rows, and what the
 * script told last. */
#ifndef OC_STATUS_JSON_H
#define OC_STATUS_JSON_H

#include "oc_desired.h"

/* Bytes of the answer at most: 80 streams. */
#define OC_STATUS_JSON_MAX (160 * 1024)

typedef struct oc_status_json {
    const oc_plane_t *plane;
    const oc_desired_t *desired;
    const char *version;
    const char *script; /* `script.state` */
    uint32_t generation, restarts;
    int64_t started_us, now_us;
    oc_clock_t clock;
    const char *end_reason, *end_message; /* of the script before; NULL: none has ended */
    int64_t end_wall_us;
} oc_status_json_t;

/* Writes it; its length, 0: it did not fit. */
size_t oc_status_json_write(const oc_status_json_t *status, char *out, size_t size);

#endif
