#include "oc_retention_notice.h"

#include <stdio.h>

#include "oc_err.h"

void oc_retention_notice_turn(oc_retention_notice_t *notice, oc_plane_t *plane, int64_t now_us) {
    oc_index_notice_t what;
    oc_plane_file_bytes(plane, oc_index_file_bytes(notice->index));
    if (now_us < notice->due_us || !oc_index_notice(notice->index, &what))
        return;
    char text[64];
    notice->due_us = now_us + OC_RETENTION_NOTICE_US;
    snprintf(text, sizeof(text), "%u file%s, %llu bytes: %s", what.deleted,
             what.deleted == 1 ? "" : "s", (unsigned long long)what.bytes, what.why);
    if (what.deleted > 0)
        oc_plane_event(plane, -1, OC_EVENT_RECORDING_DELETED, (int)what.deleted, what.path, text,
                       now_us);
    if (what.blocked)
        oc_plane_event(plane, -1, OC_EVENT_RETENTION_BLOCKED, OC_ERR_DISK_FULL, "",
                       "recordings have no room left, and none may be deleted", now_us);
}
