/* oc_script_context - what a host gives one script: the way to the media plane, facts, and the
 * process around it. The glue (oc_plane_xs.c) finds it as oc_xs_host(machine), so the pointer that
 * a host attaches to a machine is an oc_script_context_t (or a structure that begins with one).
 * Filled by the host before the machine is made, borrowed until the machine is deleted. Everything
 * here is called and read on the script thread, except where noted; `wake_script` of the mailbox
 * makes the host call `pump` there. All texts are UTF-8 and end with NUL. */
#ifndef OC_SCRIPT_CONTEXT_H
#define OC_SCRIPT_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "oc_body.h"
#include "oc_clock.h"
#include "oc_desired_record.h"
#include "oc_log.h"
#include "oc_mailbox.h"

/* One option of the command line, as split by the host: "--port 0" is {"port", "0"}; a flag
 * without a value has "". Given twice: two entries, in order. Values are not validated. */
typedef struct oc_script_option {
    const char *name; /* without dashes */
    const char *value;
} oc_script_option_t;

#define OC_UPDATE_POINT 65 /* bytes of a public key: 4, x, y */

/* Facts about this process and this script. */
typedef struct oc_script_facts {
    const char *version;               /* "0.1.0" */
    const char *default_input;         /* URL of the clip that ships with the program; "" = none */
    const oc_script_option_t *options; /* command line, `option_count` entries */
    size_t option_count;
    const char *settings_path; /* of --settings, for messages; NULL = none given */
    const char *settings_text; /* whole file, at most OC_PARCEL_MAX bytes; NULL = none given */
    const char *stored_path;   /* of what scripts stored as "settings", for messages */
    const char *stored_text;   /* as it was at the start of the process; NULL = none */
    const char *data_path;     /* the data directory in force */
    int64_t started_us;        /* monotonic start of the process */
    uint32_t generation;       /* of oc_mailbox_new_generation; the first script of a process: 1 */
    uint32_t replaced;         /* scripts before this one that made way for another application */
    const char *end_reason;    /* why the script before ended ("threw"); NULL = there was none */
    const char *end_message;   /* one or more lines, "" = none; NULL = as above */
    int64_t end_wall_us;       /* UTC of that end; 0 = there was none */
    const char *ends;     /* of scripts that ended by themselves, oldest first, each: monotonic ms,
                           * a space, message and stack, 0x1E; NULL = as "", none */
    const char *handover; /* what the script before handed over; NULL = nothing */
    bool trial;           /* of an update: the script before comes back when it fails */
    const uint8_t
        *update_points; /* public keys whose updates are trusted, OC_UPDATE_POINT bytes each */
    size_t update_point_count; /* 0: none, and no updates */
} oc_script_facts_t;

#define OC_ZONE_NAME_MAX 64 /* bytes with NUL: America/Argentina/ComodRivadavia has 32 */
#define OC_ZONE_RULE_MAX 64 /* bytes with NUL: the longest of tzdata 2025b has 46 */

/* A time zone as the host knows it. */
typedef struct oc_zone {
    char name[OC_ZONE_NAME_MAX]; /* "Europe/Berlin"; the rule when it has no other name */
    char rule[OC_ZONE_RULE_MAX]; /* POSIX TZ, as found, not validated: CET-1CEST,M3.5.0,M10.5.0/3 */
} oc_zone_t;

/* Whose path it is that a body of a file is opened by. */
typedef enum oc_body_root {
    OC_BODY_ROOT_APP = 0,        /* below the application's own folder */
    OC_BODY_ROOT_RECORDINGS = 1, /* of a recording, as RECORDINGS_LIST gives it */
    OC_BODY_ROOT_EVENTS = 2,     /* of the picture of an event, as oc_event_line_picture has it */
} oc_body_root_t;

typedef struct oc_script_context {
    oc_mailbox_t *mailbox;
    oc_script_facts_t facts;

    /* Copies the published row of a stream (oc_plane_stream_table, oc_table_read).
     * false: no such slot, or the writer was at work each time. */
    bool (*read_row)(void *host, unsigned slot, oc_stream_row_t *row);
    /* Copies the name of its channel (oc_plane_channel_name); "" when free. */
    void (*read_name)(void *host, unsigned slot, char name[OC_CHANNEL_NAME_MAX]);
    /* Copies why its channel is not as wanted (oc_plane_why); "" when it is. */
    void (*read_why)(void *host, unsigned channel, char why[OC_DESIRED_WHY_MAX]);
    /* Copies the row of a session or view (oc_viewers_session_table, oc_viewers_view_table); index
     * below OC_SESSIONS_MAX or OC_VIEWS_MAX, that of view n is n % OC_VIEWS_MAX. false as above.
     * NULL: a host without P2P. */
    bool (*read_session)(void *host, unsigned index, oc_session_row_t *row);
    bool (*read_view)(void *host, unsigned index, oc_view_row_t *row);
    /* Copies the row of a live push, and why it does not run, "" when it does; index below
     * OC_PUSHES_MAX. false as above. Both NULL: a host that pushes nothing. */
    bool (*read_push)(void *host, unsigned index, oc_push_row_t *row);
    void (*read_push_why)(void *host, unsigned index, char why[OC_PUSH_WHY_MAX]);
    /* Monotonic microseconds, the media plane's clock. */
    int64_t (*now_us)(void *host);
    void (*read_clock)(void *host, oc_clock_t *clock);
    /* The zone of that name, "" = that of the system. false: not known. NULL: knows none. */
    bool (*read_zone)(void *host, const char *name, oc_zone_t *zone);
    /* A body of a regular file, at most OC_FILE_PATH_MAX - 1 bytes of path; waits for the disk.
     * OC_OK with a reference in *out, owned by the caller | OC_ERR_INVAL no such path is allowed |
     * OC_ERR_NOENT | OC_ERR_BUSY too many are open | OC_ERR_*. NULL: a host without files. */
    int (*open_body)(void *host, oc_body_root_t root, const char *path, oc_body_ref_t *out);
    /* The body that a reply to SPAN_BODY has the number of, once; *out: owned by the caller. OC_OK
     * | OC_ERR_NOENT. NULL: none. */
    int (*take_body)(void *host, uint32_t number, oc_body_ref_t *out);
    /* The bytes of the answer to request `id` of HTTP, for the HTTP_REPLY with arg3 that follows.
     * ref: owned by callee, also when it fails. OC_OK | OC_ERR_NOENT nobody waits for it. NULL:
     * none. */
    int (*reply_body)(void *host, uint32_t id, oc_body_ref_t ref);
    /* One line of result to stdout; the host adds the newline and flushes. text: borrowed until
     * return, `bytes` long, no NUL needed. May block: only the script waits. */
    void (*print)(void *host, const char *text, size_t bytes);
    /* The threshold of the log from now on. */
    void (*set_log_level)(void *host, oc_log_level_t level);
    void *host; /* given to the calls above */

    /* Files and stores of the application, for glue of hosts/posix/embedded; one for each machine.
     * NULL: this host has none of ours. */
    struct oc_app_folder *app_folder;

    /* Set by the glue when the script attaches, NULL again when its machine is deleted. The host
     * calls it from its loop, outside of the machine, after each wake-up; NULL: nothing to do. */
    void (*pump)(void *pump_data);
    void *pump_data;
    /* Set by the glue: facts.generation of the script that has looked at its command line, or was
     * told that it did not. 0: none. */
    uint32_t options_used;
} oc_script_context_t;

#endif
