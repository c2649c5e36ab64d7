/* Recordings that were closed while the wall clock was not set: they get their dates when it is
 * (oc_plane_impl.h). One at a time, oldest first; never over another file. */
#include <stdio.h>
#include <string.h>
#include "oc_plane_impl.h"

#define TRIES_MAX 100
#define RETRY_US  20000 /* the file queue was full */

void oc_plane_names_add(oc_plane_t *plane, unsigned slot, const oc_out_file_info_t *closed) {
    oc_plane_names_t *names = &plane->names;
    const char *file = strrchr(closed->path, '/');
    oc_record_name_t record;
    if (!file || oc_record_name_parse(file + 1, strlen(file + 1), &record) != OC_OK ||
        !record.monotonic)
        return;
    if (names->len == OC_PLANE_NAMES && names->under_way) { /* the oldest is being renamed */
        names->dropped++;
        return;
    }
    if (names->len == OC_PLANE_NAMES) { /* the oldest keeps the name it has */
        names->first = (names->first + 1) % OC_PLANE_NAMES;
        names->len--;
        names->dropped++;
    }
    oc_plane_name_t *entry = &names->entry[(names->first + names->len++) % OC_PLANE_NAMES];
    entry->record = record;
    entry->slot = slot;
    memcpy(entry->folder, closed->path, (size_t)(file - closed->path));
    entry->folder[file - closed->path] = 0;
}

/* The operation that gives the oldest one its date. False: it has no place. */
static bool prepare(oc_plane_names_t *names, const oc_clock_t *clock) {
    const oc_plane_name_t *entry = &names->entry[names->first];
    oc_record_name_t dated = entry->record;
    int64_t length_us = dated.end_us - dated.start_us;
    dated.monotonic = false;
    dated.start_us = oc_clock_wall_us(clock, dated.start_us) / 1000 * 1000;
    dated.end_us = dated.start_us + length_us + (int64_t)names->tries * 1000;
    names->op = (oc_file_op_t){.kind = OC_FILE_RENAME, .id = names->op.id + 1};
    return oc_record_name_path(&entry->record, entry->folder, names->op.path,
                               sizeof names->op.path) == OC_OK &&
           oc_record_name_path(&dated, entry->folder, names->op.to, sizeof names->op.to) == OC_OK;
}

static void next(oc_plane_names_t *names) {
    names->first = (names->first + 1) % OC_PLANE_NAMES;
    names->len--;
    names->tries = 0;
}

/* What did not fit into the table is said once, when the others have their dates. */
static void notify_dropped(oc_plane_t *plane, int64_t now_us) {
    if (plane->names.dropped == 0)
        return;
    oc_plane_eventf(plane, -1, OC_EVENT_RECORD_RENAMED, OC_ERR_NOMEM, "", now_us,
                    "%u older recordings keep their monotonic names: only the last %u are known",
                    plane->names.dropped, OC_PLANE_NAMES);
    plane->names.dropped = 0;
}

int64_t oc_plane_names_advance(oc_plane_t *plane, int64_t now_us) {
    oc_plane_names_t *names = &plane->names;
    const oc_plane_env_t *env = &plane->env;
    if (plane->clock->quality == OC_CLOCK_NONE || names->under_way || plane->stopping)
        return INT64_MAX;
    while (names->len > 0) {
        if (!prepare(names, plane->clock)) {
            next(names);
            continue;
        }
        unsigned slot = names->entry[names->first].slot;
        if (env->file_submit(env->context, slot, OC_PLANE_OUTPUT_NAMES, &names->op) != OC_OK)
            return now_us + RETRY_US;
        names->under_way = true;
        return INT64_MAX;
    }
    notify_dropped(plane, now_us);
    return INT64_MAX;
}

void oc_plane_names_done(oc_plane_t *plane, uint32_t id, int result, int64_t now_us) {
    oc_plane_names_t *names = &plane->names;
    if (!names->under_way || names->op.id != id)
        return;
    names->under_way = false;
    if (result == OC_ERR_EXIST && ++names->tries < TRIES_MAX) {
        oc_plane_names_advance(plane, now_us);
        return;
    }
    const char *was = strrchr(names->op.path, '/') + 1;
    if (result == OC_OK)
        oc_plane_eventf(plane, -1, OC_EVENT_RECORD_RENAMED, OC_OK, names->op.to, now_us, "was %s",
                        was);
    else if (result != OC_ERR_NOENT) /* somebody has deleted it */
        oc_plane_eventf(plane, -1, OC_EVENT_RECORD_RENAMED, result, names->op.path, now_us,
                        "it keeps its monotonic name: %s", oc_err_text(result));
    next(names);
    oc_plane_names_advance(plane, now_us);
}
