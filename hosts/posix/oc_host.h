/* oc_host - the parts of the Linux program joined: media thread, HTTP server, scripts, and what a
 * script asks of the host. Main thread, except where noted. */
#ifndef OC_HOST_H
#define OC_HOST_H

#include "oc_script_context.h"

/* One program; opaque. */
typedef struct oc_host oc_host_t;

typedef struct oc_host_config {
    int data_root;      /* descriptor of the data directory; -1: none, nothing can be recorded */
    const char *viewer; /* folder of the viewer page */
    const uint8_t *app; /* the application's archive; borrowed for the process's life */
    size_t app_size;
    const char *app_path;
    oc_script_facts_t facts; /* texts borrowed for the process's life */
    bool log_fixed;          /* --log was given: the script's level is not applied */
    bool json;               /* the script prints every event: it lives until it has the last */
} oc_host_config_t;

/* Starts every thread. OC_OK | OC_ERR_NOMEM. */
int oc_host_start(oc_host_t **out, const oc_host_config_t *config);

/* A descriptor that becomes readable when the process should end by itself. */
int oc_host_exit_fd(const oc_host_t *host);
/* The exit code then asked for. */
int oc_host_exit_code(const oc_host_t *host);

/* Ends scripts, requests, recordings and threads, in this order (with `json` recordings first), and
 * frees the host; files are complete afterwards. False: not within 5 s (a disk
 * hangs): exit without waiting. */
bool oc_host_stop(oc_host_t *host);

#endif
