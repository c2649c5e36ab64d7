/* oc_out_file_name - how a recording's files are called while the wall clock is not set, is set, or
 * steps. Within one recording starts only grow, unless the clock goes back by more than 2 h: names
 * sort in the order in which the files were written (docs/formats-recordings.md, "When the clock
 * steps"). */
#include <string.h>

#include "oc_clock_watch.h"
#include "oc_err.h"
#include "oc_out_file_impl.h"

#define MS_US     1000
#define ORDER_US  (2 * INT64_C(3600000000)) /* a step back so far is made up for by later starts */
#define TRIES_MAX 100                       /* names that exist already, one millisecond apart */

/* start_us, or a millisecond behind a start before that it does not come after. A clock that was
 * years ahead is no reason to name files by it for years. */
static int64_t after(int64_t start_us, int64_t before_us) {
    bool late = start_us > before_us, far = before_us - start_us > ORDER_US;
    return late || far ? start_us : before_us + MS_US;
}

/* The same behind the files that have ended. */
static int64_t behind(const oc_out_file_t *out, int64_t start_us, bool monotonic) {
    bool same = out->named && out->last_monotonic == monotonic;
    return same ? after(start_us, out->last_start_us) : start_us;
}

static int64_t whole_ms(int64_t us) {
    return us < 0 ? 0 : us / MS_US * MS_US;
}

void oc_out_file_name_new(const oc_out_file_t *out, oc_out_part_t *part) {
    oc_record_name_t *name = &part->name;
    name->monotonic = out->clock->quality == OC_CLOCK_NONE;
    int64_t start_us =
        name->monotonic ? part->capture_us : oc_clock_wall_us(out->clock, part->capture_us);
    start_us = behind(out, whole_ms(start_us), name->monotonic);
    for (int i = 0; i < 2; i++) { /* the file before may still be being ended */
        const oc_out_part_t *other = &out->part[i];
        if (other != part && other->state != OC_OUT_PART_FREE &&
            other->name.monotonic == name->monotonic)
            start_us = after(start_us, other->name.start_us);
    }
    name->start_us = start_us + (int64_t)out->collisions * MS_US;
    name->open = true;
    memcpy(name->name, out->config.name, sizeof name->name);
    (void)oc_record_name_path(name, out->config.directory, part->path, sizeof part->path);
}

oc_record_name_t oc_out_file_name_end(const oc_out_file_t *out, const oc_out_part_t *part) {
    oc_record_name_t name = part->name;
    int64_t wall_us = whole_ms(oc_clock_wall_us(out->clock, part->capture_us));
    int64_t off_us = wall_us - name.start_us;
    if (out->clock->quality != OC_CLOCK_NONE &&
        (name.monotonic || off_us > OC_CLOCK_STEP_US || off_us < -OC_CLOCK_STEP_US)) {
        name.monotonic = false;
        name.start_us = wall_us;
    }
    name.start_us = behind(out, name.start_us, name.monotonic);
    name.open = false;
    name.end_us = name.start_us + part->good.end_us + (int64_t)part->renames * MS_US;
    return name;
}

void oc_out_file_name_ended(oc_out_file_t *out, const oc_record_name_t *name) {
    out->named = true;
    out->last_monotonic = name->monotonic;
    out->last_start_us = name->start_us;
}

/* The open file gets its date. */
static void rename_open(oc_out_file_t *out, oc_out_part_t *part) {
    oc_record_name_t name = part->name;
    int64_t wall_us = whole_ms(oc_clock_wall_us(out->clock, part->capture_us));
    name.monotonic = false;
    name.start_us = behind(out, wall_us, false) + (int64_t)part->dates * MS_US;
    oc_out_op_t *op = oc_out_ops_push(&out->ops, OC_FILE_RENAME, part->handle);
    memcpy(op->op.path, part->path, sizeof op->op.path);
    (void)oc_record_name_path(&name, out->config.directory, op->op.to, sizeof op->op.to);
    part->dating = true;
    part->dates++;
}

void oc_out_file_name_date(oc_out_file_t *out) {
    if (out->clock->quality == OC_CLOCK_NONE)
        return;
    if (out->named && out->last_monotonic) {
        out->last_monotonic = false;
        out->last_start_us = whole_ms(oc_clock_wall_us(out->clock, out->last_start_us));
    }
    for (int i = 0; i < 2; i++) {
        oc_out_part_t *part = &out->part[i];
        if (part->state == OC_OUT_PART_WRITING && part->created && part->name.monotonic &&
            !part->dating && part->dates < TRIES_MAX && oc_out_ops_room(&out->ops, 1))
            rename_open(out, part);
    }
}

void oc_out_file_name_dated(oc_out_file_t *out, oc_out_part_t *part, const oc_out_op_t *done,
                            int result) {
    part->dating = false;
    if (result != OC_OK) {
        if (result != OC_ERR_EXIST)
            part->dates = TRIES_MAX; /* it gets its date when it is closed */
        return;
    }
    size_t slash = strlen(out->config.directory) + 1;
    int64_t was_us = part->name.start_us;
    memcpy(part->path, done->op.to, sizeof part->path);
    (void)oc_record_name_parse(part->path + slash, strlen(part->path) - slash, &part->name);
    if (!part->announced)
        return; /* OPENED follows, with this name */
    oc_out_file_event(out, OC_OUT_FILE_RENAMED, 0, part);
    uint32_t last = (out->event_first + out->event_count - 1) % OC_OUT_FILE_EVENTS;
    out->event[last].was_us = was_us;
}
