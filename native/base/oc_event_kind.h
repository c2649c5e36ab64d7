/* Made by tools/protocol from protocol/events.ts: do not edit. */
#ifndef OC_EVENT_KIND_H
#define OC_EVENT_KIND_H

#include <stdint.h>

/* clang-format off */
/* Kinds of events of the program: name, word in the log, bits of the mask (requirement A7); what each means:
 * docs/design/event-kinds.md. */
#define OC_EVENT_KIND_MAP(X) \
    X(CHANNEL_OPENED, "channel-opened", 0) \
    X(CHANNEL_CLOSED, "channel-closed", 0) \
    X(CHANNEL_FAILED, "channel-failed", 0) \
    X(SUB_OPENED, "sub-opened", 0) \
    X(SUB_FAILED, "sub-failed", 0) \
    X(SUB_CLOSED, "sub-closed", 0) \
    X(SOURCE_ABSENT, "source-absent", 0) \
    X(SOURCE_LOST, "source-lost", 0) \
    X(SOURCE_SILENT, "source-silent", 0) \
    X(SOURCE_RESUMED, "source-resumed", 0) \
    X(SOURCE_ENDED, "source-ended", 0) \
    X(TRACK_OMITTED, "track-omitted", 0) \
    X(VIDEO_MISSING, "video-missing", 0) \
    X(VIDEO_CAME, "video-came", 0) \
    X(PACKETS_LOST, "packets-lost", 0) \
    X(GOP_TOO_BIG, "gop-too-big", 0) \
    X(GOP_LEFT_OUT, "gop-left-out", 0) \
    X(RECORD_OPENED, "record-opened", 0) \
    X(RECORD_CLOSED, "record-closed", 0) \
    X(RECORD_GAP, "record-gap", 0) \
    X(RECORD_FAILED, "record-failed", 0) \
    X(RECORD_RECOVERED, "record-recovered", 0) \
    X(RECORD_RENAMED, "record-renamed", 0) \
    X(RECORD_STOPPED, "record-stopped", 0) \
    X(DATA_GONE, "data-gone", 0) \
    X(DATA_MOVED, "data-moved", 0) \
    X(RECORDING_DELETED, "recording-deleted", 0) \
    X(RETENTION_BLOCKED, "retention-blocked", 0) \
    X(PROCESS_STALLED, "process-stalled", 0) \
    X(HOST_UPDATED, "host-updated", 0) \
    X(HOST_RESTARTED, "host-restarted", 0) \
    X(SCRIPT_STARTED, "script-started", 0) \
    X(SCRIPT_READY, "script-ready", 0) \
    X(SCRIPT_ENDED, "script-ended", 0) \
    X(SCRIPT_STUCK, "script-stuck", 0) \
    X(HTTP_STUCK, "http-stuck", 0) \
    X(APP_REPLACED, "app-replaced", 0) \
    X(UPDATE_COMMITTED, "update-committed", 0) \
    X(UPDATE_ROLLED_BACK, "update-rolled-back", 0) \
    X(UPDATE_REFUSED, "update-refused", 0) \
    X(UPDATE_REVOKED, "update-revoked", 0) \
    X(UPDATE_INTERRUPTED, "update-interrupted", 0) \
    X(CLOCK_SET, "clock-set", 0) \
    X(CLOCK_STEP, "clock-step", 0) \
    X(CLOCK_LOST, "clock-lost", 0) \
    X(PRIVACY_ON, "privacy-on", 0) \
    X(PRIVACY_OFF, "privacy-off", 0) \
    X(PRIVACY_NOT_STORED, "privacy-not-stored", 0) \
    X(MOTION, "motion", 1u << 0) \
    X(HUMAN, "human", 1u << 1) \
    X(SOUND, "sound", 1u << 2) \
    X(LINKAGE, "linkage", 1u << 3) \
    X(DOORBELL, "doorbell", 1u << 16) \
    X(PRIVACY, "privacy", 0)
/* clang-format on */

/* Whoever raises an event names one of them: any other does not compile. */
typedef enum oc_event_kind {
#define OC_EVENT_KIND_ENUM(name, word, mask) OC_EVENT_##name,
    OC_EVENT_KIND_MAP(OC_EVENT_KIND_ENUM)
#undef OC_EVENT_KIND_ENUM
} oc_event_kind_t;

/* Its word; static. */
const char *oc_event_kind_word(oc_event_kind_t kind);
/* Its bit of the mask of events; 0: it has none. */
uint32_t oc_event_kind_mask(oc_event_kind_t kind);

#endif
