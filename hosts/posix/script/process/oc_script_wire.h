/* oc_script_wire - what a host and a script in a process of its own share: two rings of letters in
 * one memory (oc_script_ring.h), an eventfd each way, and the answer to the one call that waits.
 * Numbers and bytes only, no pointer. The process may write anything there: the host copies a
 * letter before it looks at it, and believes no number in it. */
#ifndef OC_SCRIPT_WIRE_H
#define OC_SCRIPT_WIRE_H

#include <stdatomic.h>
#include <stdint.h>

#include "oc_command.h"
#include "oc_machine.h"
#include "oc_script_context.h"

#define OC_SCRIPT_WIRE_VERSION 1u
#define OC_SCRIPT_OPTIONS      256u /* of the command line; more are left out */

/* Descriptors of the process, from its start. */
enum {
    OC_SCRIPT_FD_SHARE = 3, /* oc_script_share_t */
    OC_SCRIPT_FD_BOOT = 4,  /* oc_script_boot_t */
    OC_SCRIPT_FD_ROWS = 5,  /* oc_plane_rows_t, to be read */
    OC_SCRIPT_FD_UP = 6,    /* eventfd: letters for the host, or room in `down` */
    OC_SCRIPT_FD_DOWN = 7,  /* eventfd: letters for the script */
    OC_SCRIPT_FD_DATA = 8,  /* the data directory; with the capability files alone */
    OC_SCRIPT_FD_END,
};

enum {
    /* up */
    OC_LETTER_COMMAND = 1, /* oc_command_t; bytes: its parcel */
    OC_LETTER_PRINT,       /* bytes: a line */
    OC_LETTER_LOG,         /* object: level; bytes: text */
    OC_LETTER_LOG_LEVEL,   /* object: level */
    OC_LETTER_UNBEGUN,     /* the application has run and not called start() */
    OC_LETTER_END,         /* object: oc_machine_reason_t; bytes: text. The last one */
    OC_LETTER_BODY_DROP,   /* request: number of the body */
    OC_LETTER_CALL,        /* object: oc_script_call_t; the process waits for `answer` */
    /* down */
    OC_LETTER_REPLY,   /* bytes: parcel */
    OC_LETTER_EDGE,    /* object */
    OC_LETTER_LOOK,    /* nothing: whether it returns to its loop */
    OC_LETTER_COLLECT, /* a collection of garbage; `collected` counts it */
};

typedef enum oc_script_call {
    OC_CALL_BODY_OPEN = 1, /* arg0: oc_body_root_t; bytes: path */
    OC_CALL_BODY_TAKE,     /* arg0: number of the reply to SPAN_BODY */
    OC_CALL_BODY_READ,     /* request: body; arg0, arg1: offset, low word first; arg2: bytes */
    OC_CALL_BODY_REPLY,    /* request: body; arg0: request of HTTP; bytes: oc_script_part_t */
    OC_CALL_BODY_MAKE,     /* arg0: bytes; bytes: type. Bytes of the process become the host's */
    OC_CALL_BODY_FILL,     /* request: such a body; arg0: offset; bytes: what is there */
    OC_CALL_ZONE,          /* bytes: name */
    OC_CALL_SESSION,       /* arg0: index */
    OC_CALL_VIEW,          /* arg0: index */
    OC_CALL_PUSH,          /* arg0: index; behind its row why it does not run */
} oc_script_call_t;

/* A part of a body. */
typedef struct oc_script_part {
    uint64_t from, bytes;
} oc_script_part_t;

/* The head of a letter; `bytes` more follow it in the ring. */
typedef struct oc_letter {
    uint16_t kind, object;
    uint32_t bytes; /* 0 .. OC_PARCEL_MAX */
    uint32_t request;
    uint16_t command; /* enum oc_command_kind */
    uint16_t spare;
    int32_t code;
    int32_t arg[4]; /* of a reply: its two values */
} oc_letter_t;

#define OC_SCRIPT_RING_BYTES (256u * 1024) /* a power of two, more than the largest letter */

/* Counted in bytes, which run freely and are masked on use. */
typedef struct oc_script_ring {
    _Alignas(64) _Atomic uint32_t head; /* of who writes */
    _Alignas(64) _Atomic uint32_t tail; /* of who reads */
    _Alignas(64) uint8_t bytes[OC_SCRIPT_RING_BYTES];
} oc_script_ring_t;

#define OC_SCRIPT_ANSWER_BYTES (64u * 1024)

typedef struct oc_script_share {
    oc_script_ring_t up, down;
    _Atomic uint32_t wants_room; /* the host has more than `down` takes */
    _Atomic uint32_t collected;  /* collections that the host has asked for */
    _Atomic uint32_t used_bytes, allocated_bytes, keys; /* of the machine, as it last told */
    /* The answer to OC_LETTER_CALL. */
    _Alignas(64) _Atomic uint32_t answered; /* futex: calls answered */
    int32_t code;
    uint32_t number;     /* of a body */
    uint64_t body_bytes; /* of it, or bytes read */
    char body_type[64];
    uint8_t answer[OC_SCRIPT_ANSWER_BYTES];
} oc_script_share_t;

/* Facts of a script and its archive, behind it texts by offset from its beginning; 0: NULL. */
typedef struct oc_script_boot {
    uint32_t version; /* OC_SCRIPT_WIRE_VERSION */
    uint32_t bytes;   /* of all */
    uint32_t archive, archive_bytes;
    uint32_t heap_bytes, withheld;
    uint32_t app_version, default_input, settings_path, settings_text, stored_path, stored_text,
        data_path, end_reason, end_message, ends, handover, update_points;
    uint32_t options, option_count, update_point_count; /* options: pairs of offsets */
    uint32_t generation, replaced, trial, has_data;
    int32_t host; /* the process that it ends with */
    int64_t started_us, end_wall_us;
} oc_script_boot_t;

#endif
