#define _GNU_SOURCE
#include "oc_index.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_index_events.h"
#include "oc_index_folders.h"
#include "oc_index_rows.h"
#include "oc_index_scan.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_pulse.h"

#define STACK_BYTES (256 * 1024) /* SQLite, paths of files that are written */
#define ALL         UINT64_MAX
#define GROW_US     (500 * 1000)       /* answers are at most so old about what is written */
#define PREROLL_MS  INT64_C(3600000)   /* until the script says: the most a setting allows */
#define RETRY_US    (30 * 1000 * 1000) /* after a failure of the disk */

typedef struct note {
    char path[OC_FILE_PATH_MAX], to[OC_FILE_PATH_MAX];
} note_t;

typedef struct request {
    void (*work)(oc_index_db_t *db, void *context);
    void *context;
} request_t;

struct oc_index {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* under lock */
    note_t notes[OC_INDEX_NOTES];
    request_t requests[OC_INDEX_REQUESTS];
    uint32_t note_first, note_count, request_first, request_count;
    uint64_t lost; /* bits of channels whose folders are to be compared */
    bool moved, ending, ended;
    /* of the thread */
    oc_index_db_t db;
    oc_index_rows_t rows;
    oc_index_scan_t scan;
    oc_index_folders_t folders;
    bool scanning, agrees; /* agrees: the folders have been compared once */
    bool unread;           /* recordings without key frames may be there */
    int64_t grown_us, retry_us;
    oc_index_retain_t retain;
    _Atomic bool ready; /* oc_index_agrees */
    _Atomic uint64_t file_bytes, low_bytes;
    _Atomic bool blocked;
    _Atomic bool noticed;     /* `notice` holds something */
    oc_index_notice_t notice; /* under lock */
};

/* ---- other threads ---- */

void oc_index_note(oc_index_t *index, const char *path, const char *to) {
    oc_index_name_t name;
    if (!index || !oc_index_name_parse(path, &name))
        return;
    pthread_mutex_lock(&index->lock);
    if (index->note_count == OC_INDEX_NOTES) {
        index->lost |= oc_index_scan_bit(name.channel);
    } else {
        note_t *note = &index->notes[(index->note_first + index->note_count++) % OC_INDEX_NOTES];
        snprintf(note->path, sizeof(note->path), "%s", path);
        snprintf(note->to, sizeof(note->to), "%s", to ? to : "");
    }
    pthread_cond_signal(&index->changed);
    pthread_mutex_unlock(&index->lock);
}

void oc_index_moved(oc_index_t *index) {
    pthread_mutex_lock(&index->lock);
    index->moved = true;
    pthread_cond_signal(&index->changed);
    pthread_mutex_unlock(&index->lock);
}

int oc_index_request(oc_index_t *index, void (*work)(oc_index_db_t *db, void *context),
                     void *context) {
    int result = OC_OK;
    pthread_mutex_lock(&index->lock);
    if (index->ending || index->request_count == OC_INDEX_REQUESTS)
        result = OC_ERR_BUSY;
    else
        index->requests[(index->request_first + index->request_count++) % OC_INDEX_REQUESTS] =
            (request_t){work, context};
    pthread_cond_signal(&index->changed);
    pthread_mutex_unlock(&index->lock);
    return result;
}

bool oc_index_notice(oc_index_t *index, oc_index_notice_t *notice) {
    if (!atomic_load(&index->noticed))
        return false;
    pthread_mutex_lock(&index->lock);
    *notice = index->notice;
    index->notice = (oc_index_notice_t){.deleted = 0};
    atomic_store(&index->noticed, false);
    pthread_mutex_unlock(&index->lock);
    return true;
}

bool oc_index_agrees(const oc_index_t *index) {
    return index && atomic_load(&index->ready);
}

uint64_t oc_index_file_bytes(const oc_index_t *index) {
    return atomic_load(&index->file_bytes);
}

bool oc_index_blocked(const oc_index_t *index) {
    return index && atomic_load(&index->blocked);
}

uint64_t oc_index_low_bytes(const oc_index_t *index) {
    return index ? atomic_load(&index->low_bytes) : 0;
}

/* ---- the thread ---- */

void oc_index_keep(oc_index_t *index, const oc_retention_config_t *config) {
    index->db.preroll_ms = config->preroll_seconds * INT64_C(1000);
    oc_index_retain_use(&index->retain, config);
}

int oc_index_delete(oc_index_t *index, const char *path) {
    return oc_index_retain_delete(&index->retain, &index->db, path);
}

const oc_index_retain_t *oc_index_retention(const oc_index_t *index) {
    return &index->retain;
}

/* Compares folders again, when that can be. */
static void scan_again(oc_index_t *index, uint64_t only) {
    pthread_mutex_lock(&index->lock);
    index->lost |= only;
    pthread_mutex_unlock(&index->lock);
}

/* What failed: a damaged database is made again; a disk that takes nothing is tried later. */
static void look_after(oc_index_t *index, int result) {
    if (index->db.damaged || !index->db.sql) {
        oc_log(OC_LOG_WARN, "index", "%s: it is damaged: made again from the files", OC_INDEX_FILE);
        oc_index_scan_end(&index->scan);
        index->scanning = false;
        (void)oc_index_db_again(&index->db);
        scan_again(index, ALL);
    } else if (result < 0) {
        if (index->retry_us == 0)
            oc_log(OC_LOG_WARN, "index", "%s: %s: the index is kept in memory until it can be",
                   OC_INDEX_FILE, oc_err_text(result));
        index->retry_us = oc_posix_now_us() + RETRY_US;
        if (!index->db.in_memory && oc_index_db_leave(&index->db) == OC_OK)
            scan_again(index, ALL);
    }
}

/* Looks whether something has to go; what went is for the host. */
static bool retain_turn(oc_index_t *index) {
    oc_index_notice_t *fresh = &index->retain.notice, *waits = &index->notice;
    bool more = index->agrees && !index->scanning &&
                oc_index_retain_turn(&index->retain, &index->db, oc_posix_now_us(),
                                     oc_index_retain_wall_us());
    atomic_store(&index->file_bytes, index->retain.file_bytes);
    atomic_store(&index->low_bytes, oc_index_retain_low(&index->retain));
    atomic_store(&index->blocked, index->retain.blocked);
    if (index->retain.failed != OC_OK) {
        int failed = index->retain.failed;
        index->retain.failed = OC_OK;
        look_after(index, failed);
    }
    if (fresh->deleted == 0 && !fresh->blocked)
        return more;
    pthread_mutex_lock(&index->lock);
    fresh->deleted += waits->deleted;
    fresh->bytes += waits->bytes;
    fresh->blocked |= waits->blocked;
    if (!fresh->path[0])
        memcpy(fresh->path, waits->path, sizeof(fresh->path));
    *waits = *fresh;
    *fresh = (oc_index_notice_t){.deleted = 0};
    atomic_store(&index->noticed, true);
    pthread_mutex_unlock(&index->lock);
    return more;
}

static void take_note(oc_index_t *index, const note_t *note) {
    oc_index_name_t name;
    if (oc_index_name_parse(note->path, &name))
        oc_index_folders_noted(&index->folders, name.channel);
    int result = note->to[0] ? oc_index_rows_rename(&index->rows, &index->db, note->path, note->to)
                             : oc_index_rows_take(&index->db, note->path);
    index->unread = true;
    index->retain.due_us = 0; /* a file was closed, or begins */
    if (result != OC_OK)
        look_after(index, result);
}

static void scan_step(oc_index_t *index) {
    if (index->scan.next < index->scan.count)
        oc_index_folders_compared(&index->folders, index->db.root,
                                  index->scan.channels[index->scan.next]);
    int result = oc_index_scan_step(&index->scan, &index->db);
    if (result == OC_AGAIN)
        return;
    if (index->scan.changed > 0)
        oc_log(OC_LOG_DEBUG, "index", "%u rows compared with the files", index->scan.changed);
    oc_index_scan_end(&index->scan);
    index->scanning = false;
    index->agrees = true;
    index->unread = true;
    if (result != OC_OK)
        look_after(index, result);
}

static void begin_scan(oc_index_t *index, uint64_t only) {
    int result = oc_index_scan_begin(&index->scan, &index->db, only);
    index->scanning = result == OC_OK;
    index->agrees |= result != OC_OK;
    if (result != OC_OK)
        look_after(index, result);
}

/* What somebody else has done to the folders is seen before the next answer. */
static void run_request(oc_index_t *index, const request_t *request) {
    int64_t now = oc_posix_now_us();
    uint64_t others = oc_index_folders_changed(&index->folders, index->db.root);
    if (others && !index->scanning)
        begin_scan(index, others);
    while (others && index->scanning)
        scan_step(index);
    if (now - index->grown_us >= GROW_US) {
        oc_index_rows_grow(&index->rows, &index->db);
        index->grown_us = now;
    }
    (void)oc_index_events_read(&index->db); /* what is protected */
    request->work(&index->db, request->context);
    if (index->db.damaged)
        look_after(index, OC_ERR_FORMAT);
}

static void open_moved(oc_index_t *index) {
    int root = index->db.root;
    oc_index_scan_end(&index->scan);
    oc_index_rows_clear(&index->rows);
    oc_index_db_close(&index->db);
    (void)oc_index_db_open(&index->db, root);
    index->scanning = false;
    scan_again(index, ALL);
}

/* Begins what was put off when its time has come. */
static void retry(oc_index_t *index) {
    if (index->retry_us == 0 || oc_posix_now_us() < index->retry_us)
        return;
    index->retry_us = 0;
    if (index->db.in_memory && index->db.root >= 0)
        open_moved(index);
    scan_again(index, ALL);
}

/* Takes one thing under the lock and does it without. Answers wait for folders that are being
 * compared: what was not noted is not in the rows before. False: nothing to do. */
static bool turn(oc_index_t *index) {
    note_t note = {.path = ""};
    request_t request = {.work = NULL};
    uint64_t lost = 0;
    bool moved = index->moved;
    index->moved = false;
    if (!moved && index->note_count > 0) {
        note = index->notes[index->note_first];
        index->note_first = (index->note_first + 1) % OC_INDEX_NOTES;
        index->note_count--;
    } else if (!moved && !index->scanning && index->lost) {
        lost = index->lost;
        index->lost = 0;
    } else if (!moved && index->agrees && !index->scanning && index->request_count > 0) {
        request = index->requests[index->request_first];
        index->request_first = (index->request_first + 1) % OC_INDEX_REQUESTS;
        index->request_count--;
    }
    bool ending = index->ending;
    pthread_mutex_unlock(&index->lock);
    bool busy = true;
    if (moved)
        open_moved(index);
    else if (note.path[0])
        take_note(index, &note);
    else if (lost)
        begin_scan(index, lost);
    else if (request.work)
        run_request(index, &request);
    else if (index->scanning)
        scan_step(index);
    else if (index->unread && !ending)
        index->unread = oc_index_rows_read_one(&index->db);
    else
        busy = false;
    retry(index);
    if (!ending)
        busy |= retain_turn(index);
    pthread_mutex_lock(&index->lock);
    atomic_store(&index->ready, index->agrees && !index->scanning && !index->lost && !index->moved);
    return busy || index->lost;
}

/* When the thread has something to do by itself. */
static int64_t due_us(const oc_index_t *index) {
    int64_t due = index->retain.due_us;
    return index->retry_us && index->retry_us < due ? index->retry_us : due;
}

static void *run(void *context) {
    oc_index_t *index = context;
    if (oc_index_db_open(&index->db, index->db.root) != OC_OK)
        oc_log(OC_LOG_ERROR, "index", "no memory");
    if (index->db.failed != OC_OK)
        index->retry_us = oc_posix_now_us() + RETRY_US;
    pthread_mutex_lock(&index->lock);
    index->lost = ALL;
    for (;;) {
        bool busy = turn(index);
        if (!busy && index->ending && index->note_count == 0 && index->request_count == 0)
            break;
        bool waits = !busy && !index->ending && index->note_count == 0 &&
                     index->request_count == 0 && !index->lost && !index->moved;
        if (waits)
            oc_posix_cond_wait(&index->changed, &index->lock, due_us(index));
    }
    pthread_mutex_unlock(&index->lock);
    oc_index_rows_clear(&index->rows);
    oc_index_scan_end(&index->scan);
    oc_index_db_close(&index->db);
    pthread_mutex_lock(&index->lock);
    index->ended = true;
    pthread_cond_broadcast(&index->changed);
    pthread_mutex_unlock(&index->lock);
    return NULL;
}

int oc_index_start(oc_index_t **out, int root) {
    oc_index_t *index = calloc(1, sizeof(*index));
    if (!index)
        return OC_ERR_NOMEM;
    index->db.root = root;
    index->db.rows = &index->rows;
    index->db.preroll_ms = PREROLL_MS;
    oc_index_retain_init(&index->retain, oc_posix_now_us());
    pthread_mutex_init(&index->lock, NULL);
    oc_posix_cond_init(&index->changed);
    if (oc_posix_thread(&index->thread, "index", STACK_BYTES, run, index) != OC_OK) {
        pthread_mutex_destroy(&index->lock);
        pthread_cond_destroy(&index->changed);
        free(index);
        return OC_ERR_NOMEM;
    }
    *out = index;
    return OC_OK;
}

bool oc_index_stop(oc_index_t *index, int64_t until_us) {
    if (!index)
        return true;
    pthread_mutex_lock(&index->lock);
    index->ending = true;
    pthread_cond_broadcast(&index->changed);
    while (!index->ended && oc_pulse_wait(&index->changed, &index->lock, until_us))
        continue;
    bool ended = index->ended;
    pthread_mutex_unlock(&index->lock);
    if (!ended)
        return false;
    pthread_join(index->thread, NULL);
    pthread_cond_destroy(&index->changed);
    pthread_mutex_destroy(&index->lock);
    free(index);
    return true;
}
