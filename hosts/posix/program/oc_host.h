/* oc_host - the parts of the Linux program joined: media thread, HTTP server, scripts, and what a
 * script asks of the host. Main thread, except where noted. */
#ifndef OC_HOST_H
#define OC_HOST_H

#include "oc_script_context.h"
#include "oc_update.h"

/* The exit code of a process that should start itself again: its script cannot be stopped. */
#define OC_HOST_AGAIN 3

/* One program; opaque. */
typedef struct oc_host oc_host_t;

typedef struct oc_host_config {
    int data_lock;       /* of the data directory, or -1 */
    int data_root;       /* descriptor of the data directory; -1: none, nothing can be recorded */
    const uint8_t *kept; /* digest of the options, as oc_desired_store_start takes it: what shall
                            run is kept for the next start; NULL: not */
    const char *viewer;  /* folder of the viewer page */
    const uint8_t *app;  /* the application's archive; borrowed for the process's life */
    size_t app_size;
    const char *app_path;
    bool app_watch;               /* as in oc_script_config_t */
    oc_update_t *update;          /* borrowed until stopped; NULL: there are no updates */
    oc_script_facts_t facts;      /* texts borrowed for the process's life */
    bool log_fixed;               /* --log was given: the script's level is not applied */
    bool privacy, privacy_switch; /* as in oc_media_thread_config */
    /* us after the end of a script was asked for in vain: the process is to start again
     * (OC_HOST_AGAIN); 0 = never. */
    int64_t restart_us;
    bool json; /* the script prints every event: it lives until it has the last */
    /* Takes what the script prints, on its thread; NULL: standard output. */
    void (*print)(void *print_context, const char *text, size_t bytes);
    void *print_context;
} oc_host_config_t;

/* Starts every thread. OC_OK | OC_ERR_NOMEM. */
int oc_host_start(oc_host_t **out, const oc_host_config_t *config);

/* A descriptor that becomes readable when the process should end by itself. */
int oc_host_exit_fd(const oc_host_t *host);
/* The exit code then asked for. */
int oc_host_exit_code(const oc_host_t *host);

/* What the device notices (oc_input_t), at a channel or as a whole (OC_INPUT_DEVICE): becomes an
 * event. Any thread, never waits.
 * OC_OK | OC_ERR_INVAL no such input or channel | OC_ERR_BUSY too much waits. */
int oc_host_input(oc_host_t *host, int channel, unsigned input, bool raised);

/* For a display; any thread. */
/* oc_plane_privacy and oc_plane_indicator. */
uint32_t oc_host_privacy(const oc_host_t *host);
uint32_t oc_host_indicator(const oc_host_t *host);
/* The published row and the name of a channel. False: none is open there, or its row is being
 * written just now. */
bool oc_host_channel(const oc_host_t *host, unsigned channel, oc_stream_row_t *row,
                     char name[OC_CHANNEL_NAME_MAX]);
/* "http://127.0.0.1:8080/". False: it does not listen yet. */
bool oc_host_url(const oc_host_t *host, char *out, size_t size);
/* Scripts that ended before the running one. */
uint32_t oc_host_restarts(const oc_host_t *host);

/* Ends scripts, requests, recordings and threads, in this order (with `json` recordings first), and
 * frees the host; files are complete afterwards. False: not within 5 s (a disk
 * hangs): exit without waiting. */
bool oc_host_stop(oc_host_t *host);

#endif
