#define _GNU_SOURCE
#include "oc_index_retain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_index_events.h"
#include "oc_index_prune.h"
#include "oc_index_rows.h"
#include "oc_log.h"
#include "oc_posix.h"

#define DAY_MS       INT64_C(86400000)
#define MEGABYTE     UINT64_C(1000000)
#define JUMP_US      (60 * INT64_C(1000000)) /* the clocks differ by more: it was set */
#define CLOCK_SET_MS INT64_C(1704067200000)  /* 2024: before that a wall clock was never set */
#define KEEP_PERCENT                                                                               \
    10 /* what stays free when no script said anything: as the settings' defaults */
#define KEEP_MB  5000
#define CHANNELS 256 /* with recordings; more share the last one's counts */

void oc_index_retain_init(oc_index_retain_t *retain, int64_t now_us) {
    *retain =
        (oc_index_retain_t){.config = {.keep_free_percent = KEEP_PERCENT, .keep_free_mb = KEEP_MB},
                            .started_us = now_us};
}

void oc_index_retain_use(oc_index_retain_t *retain, const oc_retention_config_t *config) {
    retain->config = *config;
    retain->configured = true;
    retain->due_us = 0;
}

int64_t oc_index_retain_wall_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* ms since 1970; 0: the clock was never set, or has jumped lately. */
static int64_t trusted_ms(oc_index_retain_t *retain, int64_t now_us, int64_t wall) {
    int64_t off = (wall - retain->wall_us) - (now_us - retain->steady_us);
    if (retain->steady_us > 0 && (off > JUMP_US || off < -JUMP_US))
        retain->age_us = now_us + OC_INDEX_AGE_US;
    retain->wall_us = wall;
    retain->steady_us = now_us;
    return now_us >= retain->age_us && wall / 1000 >= CLOCK_SET_MS ? wall / 1000 : 0;
}

/* ---- what there is ---- */

/* A channel with its counts. */
typedef struct counted {
    char name[OC_CHANNEL_NAME_MAX];
    oc_retention_channel_t channel;
} counted_t;

/* One look. */
typedef struct look {
    oc_retention_t retention;
    counted_t channels[CHANNELS];
    unsigned count;
    uint32_t recorded; /* channels that are recorded now */
    uint32_t deleted;
} look_t;

static oc_retention_limits_t limits_of(uint32_t megabytes, uint32_t days) {
    return (oc_retention_limits_t){.bytes = megabytes * MEGABYTE, .age_ms = days * DAY_MS};
}

static void count_channels(look_t *look, const oc_index_retain_t *retain, oc_index_db_t *db) {
    sqlite3_stmt *rows = oc_index_db_statement(db, "SELECT channel, bytes FROM total");
    while (oc_index_db_step(db, rows) == OC_OK) {
        const char *name = (const char *)sqlite3_column_text(rows, 0);
        uint64_t bytes = (uint64_t)sqlite3_column_int64(rows, 1);
        look->retention.bytes += bytes;
        if (!name || look->count == CHANNELS)
            continue;
        counted_t *counted = &look->channels[look->count++];
        snprintf(counted->name, sizeof(counted->name), "%s", name);
        counted->channel.bytes = bytes;
        for (uint32_t i = 0; i < retain->config.channels; i++) {
            const oc_retention_of_t *of = &retain->config.channel[i];
            if (strcmp(of->channel, counted->name) == 0)
                counted->channel.limits = limits_of(of->max_mb, of->max_days);
        }
    }
    rows =
        oc_index_db_statement(db, "SELECT count(DISTINCT channel) FROM recording WHERE open = 1");
    if (oc_index_db_step(db, rows) == OC_OK) {
        look->recorded = (uint32_t)sqlite3_column_int(rows, 0);
        sqlite3_reset(rows);
    }
}

static void measure(oc_index_retain_t *retain, int root) {
    struct statvfs about;
    if (root < 0 || fstatvfs(root, &about) != 0)
        return;
    retain->free_bytes = (uint64_t)about.f_bavail * about.f_frsize;
    retain->total_bytes = (uint64_t)about.f_blocks * about.f_frsize;
}

uint64_t oc_index_retain_low(const oc_index_retain_t *retain) {
    const oc_retention_config_t *config = &retain->config;
    uint64_t total = retain->total_bytes;
    uint64_t kept = oc_retention_keep_free(total, config->keep_free_percent, config->keep_free_mb);
    return (kept ? kept : oc_retention_keep_free(total, KEEP_PERCENT, KEEP_MB)) / 2;
}

static void begin_look(look_t *look, oc_index_retain_t *retain, oc_index_db_t *db, int64_t now_us,
                       int64_t wall) {
    const oc_retention_config_t *config = &retain->config;
    memset(look, 0, sizeof(*look));
    measure(retain, db->root);
    look->retention =
        (oc_retention_t){.limits = limits_of(config->max_mb, config->max_days),
                         .keep_free = oc_retention_keep_free(
                             retain->total_bytes, config->keep_free_percent, config->keep_free_mb),
                         .free_bytes = retain->free_bytes,
                         .now_ms = trusted_ms(retain, now_us, wall)};
    count_channels(look, retain, db);
    if (retain->total_bytes > 0)
        retain->file_bytes = oc_retention_split(&look->retention, look->recorded);
}

static oc_retention_channel_t *channel_of(look_t *look, const char *name) {
    static oc_retention_channel_t unlimited;
    for (unsigned i = 0; i < look->count; i++)
        if (strcmp(look->channels[i].name, name) == 0)
            return &look->channels[i].channel;
    unlimited = (oc_retention_channel_t){.bytes = 0};
    return &unlimited;
}

/* Whether a channel has too many bytes. */
static bool is_over(const look_t *look) {
    for (unsigned i = 0; i < look->count; i++) {
        const oc_retention_channel_t *channel = &look->channels[i].channel;
        if (channel->limits.bytes > 0 && channel->bytes > channel->limits.bytes)
            return true;
    }
    return false;
}

/* What begins behind this instant is too old for no limit; INT64_MIN: no limit of age holds. */
static int64_t youngest_ms(const look_t *look) {
    int64_t least_ms = look->retention.limits.age_ms;
    for (unsigned i = 0; i < look->count; i++) {
        int64_t age_ms = look->channels[i].channel.limits.age_ms;
        if (age_ms > 0 && (least_ms == 0 || age_ms < least_ms))
            least_ms = age_ms;
    }
    return least_ms > 0 && look->retention.now_ms > 0 ? look->retention.now_ms - least_ms
                                                      : INT64_MIN;
}

/* ---- deleting ---- */

/* One row. */
typedef struct doomed {
    char path[OC_FILE_PATH_MAX];
    uint64_t bytes;
    int64_t start_ms, end_ms;
} doomed_t;

static int remove_file(int root, const char *path) {
    const char *name;
    int folder = oc_beneath_parent(root, path, &name);
    if (folder < 0)
        return folder == OC_ERR_NOENT ? OC_OK : folder;
    int result = unlinkat(folder, name, 0) == 0 || errno == ENOENT ? OC_OK : oc_posix_error(errno);
    close(folder);
    return result;
}

static int delete_one(oc_index_retain_t *retain, oc_index_db_t *db, const doomed_t *doomed,
                      const char *why) {
    oc_index_notice_t *notice = &retain->notice;
    int result = remove_file(db->root, doomed->path);
    if (result != OC_OK) {
        oc_log(OC_LOG_WARN, "index", "cannot delete %s: %s", doomed->path, oc_err_text(result));
        return result;
    }
    oc_log(OC_LOG_INFO, "index", "deleted %s: %" PRIu64 " bytes: %s", doomed->path, doomed->bytes,
           why);
    notice->deleted++;
    notice->bytes += doomed->bytes;
    memcpy(notice->path, doomed->path, sizeof(notice->path));
    snprintf(notice->why, sizeof(notice->why), "%s", why);
    result = oc_index_rows_remove(db, doomed->path);
    sqlite3_stmt *note =
        oc_index_db_statement(db, "INSERT INTO deleted(path, bytes, start_ms, end_ms, at_ms, why) "
                                  "VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    if (result != OC_OK || !note)
        return result;
    sqlite3_bind_text(note, 1, doomed->path, -1, SQLITE_STATIC);
    sqlite3_bind_int64(note, 2, (int64_t)doomed->bytes);
    sqlite3_bind_int64(note, 3, doomed->start_ms);
    sqlite3_bind_int64(note, 4, doomed->end_ms);
    sqlite3_bind_int64(note, 5, oc_index_retain_wall_us() / 1000);
    sqlite3_bind_text(note, 6, why, -1, SQLITE_STATIC);
    return oc_index_db_run(db, note);
}

/* Where the look at the rows stands: oldest first, those without a date before the others when the
 * clock is set, since they are of an earlier start. */
typedef struct place {
    bool monotonic;
    int64_t start_ms;
    char path[OC_FILE_PATH_MAX];
} place_t;

static bool read_doomed(sqlite3_stmt *row, doomed_t *doomed, place_t *place) {
    const unsigned char *path = sqlite3_column_text(row, 0);
    size_t len = path ? strlen((const char *)path) : OC_FILE_PATH_MAX;
    if (len >= OC_FILE_PATH_MAX)
        return false;
    memcpy(doomed->path, path, len + 1);
    memcpy(place->path, path, len + 1);
    place->start_ms = doomed->start_ms = sqlite3_column_int64(row, 1);
    doomed->end_ms = sqlite3_column_int64(row, 2);
    doomed->bytes = (uint64_t)sqlite3_column_int64(row, 3);
    return true;
}

/* The next page of rows: judges, and collects what goes. Returns how many rows there were. */
static unsigned judge_page(look_t *look, oc_index_db_t *db, place_t *place, unsigned limit,
                           doomed_t *doomed, oc_retention_why_t *whys, unsigned *count) {
    unsigned rows = 0;
    sqlite3_stmt *row = oc_index_db_statement(
        db, "SELECT path, start_ms, end_ms, bytes, channel, open, " OC_INDEX_PROTECTED
            " FROM recording WHERE monotonic = ?1 AND (start_ms, path) > (?2, ?3) "
            "ORDER BY start_ms, path LIMIT ?4");
    if (!row)
        return 0;
    char after[OC_FILE_PATH_MAX];
    memcpy(after, place->path, sizeof(after));
    sqlite3_bind_int(row, 1, place->monotonic);
    sqlite3_bind_int64(row, 2, place->start_ms);
    sqlite3_bind_text(row, 3, after, -1, SQLITE_STATIC);
    sqlite3_bind_int(row, 4, (int)limit);
    while (oc_index_db_step(db, row) == OC_OK) {
        doomed_t *next = &doomed[*count];
        rows++;
        if (*count == limit || !read_doomed(row, next, place))
            continue;
        const char *channel = (const char *)sqlite3_column_text(row, 4);
        oc_retention_file_t file = {.bytes = next->bytes,
                                    .end_ms = place->monotonic ? 0 : next->end_ms,
                                    .open = sqlite3_column_int(row, 5) != 0,
                                    .kept = sqlite3_column_int(row, 6) != 0};
        whys[*count] =
            oc_retention_judge(&look->retention, channel_of(look, channel ? channel : ""), &file);
        *count += whys[*count] != OC_RETENTION_STAYS;
    }
    return rows;
}

/* Walks the rows until enough has gone. OC_OK | OC_ERR_*. */
static int walk(oc_index_retain_t *retain, look_t *look, oc_index_db_t *db, bool monotonic) {
    static doomed_t doomed[OC_INDEX_RETAIN_FILES]; /* index thread */
    oc_retention_why_t whys[OC_INDEX_RETAIN_FILES];
    place_t place = {.monotonic = monotonic, .start_ms = INT64_MIN};
    int64_t young_ms = monotonic ? INT64_MIN : youngest_ms(look);
    int result = OC_OK;
    while (result == OC_OK && look->deleted < OC_INDEX_RETAIN_FILES &&
           (oc_retention_short(&look->retention) || is_over(look) || place.start_ms < young_ms)) {
        unsigned count = 0, limit = OC_INDEX_RETAIN_FILES - look->deleted;
        unsigned rows = judge_page(look, db, &place, limit, doomed, whys, &count);
        for (unsigned i = 0; i < count && result == OC_OK; i++) {
            result = delete_one(retain, db, &doomed[i], oc_retention_text(whys[i]));
            look->deleted++;
        }
        if (rows < limit)
            break;
    }
    return result;
}

static void note_blocked(oc_index_retain_t *retain, const look_t *look) {
    bool blocked = look->deleted == 0 && oc_retention_short(&look->retention);
    if (blocked && !retain->blocked) {
        retain->notice.blocked = true;
        oc_log(OC_LOG_WARN, "index",
               "recordings have no room left, and none may be deleted: free the disk, or take the "
               "protection of events away");
    }
    retain->blocked = blocked;
}

static void prune_events(oc_index_retain_t *retain, const look_t *look, oc_index_db_t *db,
                         int64_t now_us) {
    uint32_t gone = 0, days = retain->config.max_days;
    int64_t now_ms = look->retention.now_ms;
    if (now_us < retain->events_us)
        return;
    retain->events_us = now_us + OC_INDEX_EVENTS_US;
    oc_index_prune_t limits = oc_index_prune_limits(
        retain->total_bytes, days > 0 && now_ms > 0 ? now_ms - days * DAY_MS : INT64_MIN);
    int result = oc_index_prune(db, &limits, &gone);
    if (gone > 0)
        oc_log(OC_LOG_INFO, "index", "forgot the %u oldest events", gone);
    if (result != OC_OK)
        oc_log(OC_LOG_WARN, "index", "old events cannot be forgotten: %s", oc_err_text(result));
}

bool oc_index_retain_turn(oc_index_retain_t *retain, oc_index_db_t *db, int64_t now_us,
                          int64_t wall_us) {
    static look_t look; /* index thread */
    if (now_us < retain->due_us)
        return false;
    retain->due_us = now_us + OC_INDEX_RETAIN_US;
    begin_look(&look, retain, db, now_us, wall_us);
    retain->configured |= now_us - retain->started_us >= OC_INDEX_DEFAULT_US;
    retain->failed = OC_OK;
    if (!retain->configured || db->root < 0)
        return false;
    retain->failed = oc_index_events_read(db); /* what is protected */
    if (retain->failed != OC_OK)
        return false;
    bool dated = wall_us / 1000 >= CLOCK_SET_MS;
    int result = walk(retain, &look, db, dated);
    if (result == OC_OK)
        result = walk(retain, &look, db, !dated);
    note_blocked(retain, &look);
    prune_events(retain, &look, db, now_us);
    bool more = result == OC_OK && look.deleted >= OC_INDEX_RETAIN_FILES;
    if (more)
        retain->due_us = 0;
    return more;
}

int oc_index_retain_delete(oc_index_retain_t *retain, oc_index_db_t *db, const char *path) {
    doomed_t doomed;
    place_t place;
    sqlite3_stmt *row =
        oc_index_db_statement(db, "SELECT path, start_ms, end_ms, bytes, open, " OC_INDEX_PROTECTED
                                  " FROM recording WHERE path = ?1");
    if (!row)
        return OC_ERR_IO;
    sqlite3_bind_text(row, 1, path, -1, SQLITE_STATIC);
    int result = oc_index_db_step(db, row);
    if (result != OC_OK)
        return result == OC_END ? OC_ERR_NOENT : result;
    bool known = read_doomed(row, &doomed, &place);
    bool open = sqlite3_column_int(row, 4) != 0, kept = sqlite3_column_int(row, 5) != 0;
    sqlite3_reset(row);
    if (!known)
        return OC_ERR_NOENT;
    if (open || kept)
        return open ? OC_ERR_BUSY : OC_ERR_STATE;
    return delete_one(retain, db, &doomed, "request");
}
