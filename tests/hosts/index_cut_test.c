/* Power cuts of the index and of the files of events. SQLite writes through a file system of this
 * test: what was not synced is lost, or there, each sector by itself. After every cut a start finds
 * what the files are: each event that was answered, each recording, nothing else. OC_POWER_CUTS:
 * how many (50). */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_index_events.h"
#include "oc_index_prune.h"
#include "oc_index_query.h"
#include "oc_index_rows.h"
#include "oc_index_scan.h"
#include "test_folder.h"

#define T0     INT64_C(1795219200000) /* 2026-11-21 */
#define SECTOR 512
#define FILES  3
#define EVENTS 4096

/* ---- a file system that loses what was not synced ---- */

typedef struct change {
    int64_t at, len; /* data NULL: cut to `at` bytes */
    uint8_t *data;
} change_t;

/* One file: what is certain, and what was written since. */
typedef struct image {
    char path[256];
    uint8_t *bytes;
    int64_t len;
    change_t *changes;
    unsigned count;
} image_t;

typedef struct shim {
    sqlite3_file file;
    image_t *image;
    sqlite3_file *real; /* behind it */
} shim_t;

static image_t images[FILES];
static sqlite3_vfs vfs, *below;
static sqlite3_io_methods methods;

static void grow(image_t *image, int64_t len) {
    if (len > image->len) {
        image->bytes = realloc(image->bytes, (size_t)len);
        memset(image->bytes + image->len, 0, (size_t)(len - image->len));
        image->len = len;
    }
}

static void apply(image_t *image, const change_t *change, unsigned chance) {
    if (!change->data) {
        if (image->len > change->at && (unsigned)rand() % 100 < chance)
            image->len = change->at;
        return;
    }
    for (int64_t at = 0; at < change->len; at += SECTOR) {
        int64_t len = change->len - at < SECTOR ? change->len - at : SECTOR;
        if ((unsigned)rand() % 100 >= chance)
            continue;
        grow(image, change->at + at + len);
        memcpy(image->bytes + change->at + at, change->data + at, (size_t)len);
    }
}

static void note(image_t *image, int64_t at, const void *data, int64_t len) {
    image->changes = realloc(image->changes, (image->count + 1) * sizeof(change_t));
    change_t *change = &image->changes[image->count++];
    *change = (change_t){at, len, data ? malloc((size_t)len) : NULL};
    if (data)
        memcpy(change->data, data, (size_t)len);
}

/* All, or each sector as it falls. */
static void settle(image_t *image, unsigned chance) {
    for (unsigned i = 0; i < image->count; i++) {
        apply(image, &image->changes[i], chance);
        free(image->changes[i].data);
    }
    image->count = 0;
}

static void drop_images(void) {
    for (unsigned i = 0; i < FILES; i++) {
        settle(&images[i], 0);
        free(images[i].bytes);
        free(images[i].changes);
        images[i] = (image_t){.path = ""};
    }
}

static int on_close(sqlite3_file *file) {
    shim_t *shim = (shim_t *)file;
    return shim->real->pMethods->xClose(shim->real);
}

static int on_read(sqlite3_file *file, void *out, int len, sqlite3_int64 at) {
    shim_t *shim = (shim_t *)file;
    return shim->real->pMethods->xRead(shim->real, out, len, at);
}

static int on_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at) {
    shim_t *shim = (shim_t *)file;
    note(shim->image, at, data, len);
    return shim->real->pMethods->xWrite(shim->real, data, len, at);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size) {
    shim_t *shim = (shim_t *)file;
    note(shim->image, size, NULL, 0);
    return shim->real->pMethods->xTruncate(shim->real, size);
}

static int on_sync(sqlite3_file *file, int flags) {
    (void)flags;
    settle(((shim_t *)file)->image, 100);
    return SQLITE_OK;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *size) {
    shim_t *shim = (shim_t *)file;
    return shim->real->pMethods->xFileSize(shim->real, size);
}

static int on_lock(sqlite3_file *file, int level) {
    shim_t *shim = (shim_t *)file;
    return shim->real->pMethods->xLock(shim->real, level);
}

static int on_unlock(sqlite3_file *file, int level) {
    shim_t *shim = (shim_t *)file;
    return shim->real->pMethods->xUnlock(shim->real, level);
}

static int on_reserved(sqlite3_file *file, int *out) {
    shim_t *shim = (shim_t *)file;
    return shim->real->pMethods->xCheckReservedLock(shim->real, out);
}

static int on_control(sqlite3_file *file, int op, void *argument) {
    shim_t *shim = (shim_t *)file;
    return shim->real->pMethods->xFileControl(shim->real, op, argument);
}

static int on_sector(sqlite3_file *file) {
    (void)file;
    return SECTOR;
}

static int on_about(sqlite3_file *file) {
    (void)file;
    return 0;
}

static image_t *image_of(const char *path) {
    for (unsigned i = 0; i < FILES; i++)
        if (strcmp(images[i].path, path) == 0)
            return &images[i];
    for (unsigned i = 0; i < FILES; i++)
        if (!images[i].path[0]) {
            struct stat about;
            snprintf(images[i].path, sizeof(images[i].path), "%s", path);
            FILE *file = fopen(path, "rb"); /* what was there at the start is certain */
            if (file && fstat(fileno(file), &about) == 0 && about.st_size > 0) {
                grow(&images[i], about.st_size);
                assert_int_equal(fread(images[i].bytes, 1, (size_t)about.st_size, file),
                                 about.st_size);
            }
            if (file)
                fclose(file);
            return &images[i];
        }
    return NULL;
}

static int on_open(sqlite3_vfs *self, sqlite3_filename path, sqlite3_file *file, int flags,
                   int *out) {
    (void)self;
    shim_t *shim = (shim_t *)file;
    shim->real = (sqlite3_file *)(shim + 1);
    shim->file.pMethods = NULL;
    if (!path || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
        return below->xOpen(below, path, file, flags, out);
    shim->image = image_of(path);
    int result = shim->image ? below->xOpen(below, path, shim->real, flags, out) : SQLITE_IOERR;
    if (result == SQLITE_OK)
        shim->file.pMethods = &methods;
    return result;
}

static int on_delete(sqlite3_vfs *self, const char *path, int sync) {
    (void)self;
    for (unsigned i = 0; i < FILES; i++)
        if (strcmp(images[i].path, path) == 0)
            note(&images[i], 0, NULL, 0);
    return below->xDelete(below, path, sync);
}

static int start_shim(void **state) {
    (void)state;
    below = sqlite3_vfs_find(NULL);
    vfs = *below;
    vfs.zName = "power";
    vfs.szOsFile = (int)sizeof(shim_t) + below->szOsFile;
    vfs.xOpen = on_open;
    vfs.xDelete = on_delete;
    methods = (sqlite3_io_methods){1,          on_close,  on_read,  on_write,  on_truncate,
                                   on_sync,    on_size,   on_lock,  on_unlock, on_reserved,
                                   on_control, on_sector, on_about, NULL,      NULL,
                                   NULL,       NULL,      NULL,     NULL};
    return sqlite3_vfs_register(&vfs, 1);
}

/* ---- the disk ---- */

typedef struct known {
    bool there, is_protected, picture;
} known_t;

typedef struct rig {
    char path[64];
    int root;
    oc_index_db_t db;
    known_t events[EVENTS];
    uint32_t last_id;
    unsigned files, rebuilt;
    bool fresh;
} rig_t;

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    *state = rig;
    srand(11);
    return rig->root < 0 || oc_beneath_mkdir(rig->root, "recordings/a") != OC_OK;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

static void start(rig_t *rig) {
    oc_index_scan_t scan = {0};
    rig->db = (oc_index_db_t){.preroll_ms = 1000};
    assert_int_equal(oc_index_db_open(&rig->db, rig->root), OC_OK);
    assert_false(rig->db.in_memory);
    rig->rebuilt += rig->db.fresh;
    int result = oc_index_scan_begin(&scan, &rig->db, UINT64_MAX);
    while (result == OC_OK && (result = oc_index_scan_step(&scan, &rig->db)) == OC_AGAIN)
        result = OC_OK;
    oc_index_scan_end(&scan);
    if (rig->db.damaged) { /* as the thread does */
        assert_int_equal(oc_index_db_again(&rig->db), OC_OK);
        result = oc_index_scan_begin(&scan, &rig->db, UINT64_MAX);
        while (result == OC_OK && (result = oc_index_scan_step(&scan, &rig->db)) == OC_AGAIN)
            result = OC_OK;
        oc_index_scan_end(&scan);
        rig->rebuilt++;
    }
    assert_int_equal(result, OC_OK);
    assert_int_equal(oc_index_events_read(&rig->db), OC_OK);
}

/* ---- what happens ---- */

static void path_of(unsigned number, bool open, char out[OC_FILE_PATH_MAX]) {
    oc_record_name_t record = {.name = "x",
                               .start_us = (T0 + number * 1000) * 1000,
                               .end_us = (T0 + number * 1000 + 900) * 1000,
                               .open = open};
    assert_int_equal(oc_record_name_path(&record, "recordings/a", out, OC_FILE_PATH_MAX), OC_OK);
}

static void record_one(rig_t *rig) {
    char open[OC_FILE_PATH_MAX], closed[OC_FILE_PATH_MAX];
    path_of(rig->files, true, open);
    path_of(rig->files++, false, closed);
    test_folder_write(rig->root, open, "bytes of a recording" + rand() % 10);
    if (rand() % 4) /* else the cut comes before the note */
        assert_int_equal(oc_index_rows_take(&rig->db, open), OC_OK);
    assert_int_equal(renameat(rig->root, open, rig->root, closed), 0);
    oc_index_rows_t rows = {0};
    if (rand() % 4)
        assert_int_equal(oc_index_rows_rename(&rows, &rig->db, open, closed), OC_OK);
}

static void delete_one(rig_t *rig) {
    char path[OC_FILE_PATH_MAX];
    if (rig->files == 0)
        return;
    path_of((unsigned)rand() % rig->files, false, path);
    (void)unlinkat(rig->root, path, 0);
    if (rand() % 4)
        assert_int_equal(oc_index_rows_remove(&rig->db, path), OC_OK);
}

static void add_event(rig_t *rig) {
    uint32_t id;
    int64_t at_ms = T0 + (rand() % 60) * INT64_C(86400000);
    oc_event_begin_t event = {.start_ms = at_ms,
                              .end_ms = at_ms + 1,
                              .mask = 1,
                              .kind = "motion",
                              .channel = "a",
                              .data = "{\"score\":17}"};
    assert_int_equal(oc_index_events_begin(&rig->db, &event, &id), OC_OK);
    assert_true(id > rig->last_id && id < EVENTS); /* no number twice */
    rig->last_id = id;
    rig->events[id].there = true;
}

static uint32_t any_event(const rig_t *rig) {
    uint32_t id = rig->last_id ? 1 + (uint32_t)rand() % rig->last_id : 0;
    return rig->events[id].there ? id : 0;
}

static void change_event(rig_t *rig) {
    uint32_t id = any_event(rig);
    if (!id)
        return;
    if (rand() % 2) {
        bool on = rand() % 3 > 0;
        assert_int_equal(oc_index_events_protect(&rig->db, id, on), OC_OK);
        rig->events[id].is_protected = on;
    } else if (!rig->events[id].is_protected) {
        assert_int_equal(oc_index_events_delete(&rig->db, id), OC_OK);
        rig->events[id].there = false;
    }
}

static const char all_events[] = "SELECT id, protected FROM event ORDER BY id";

/* What is there now is what is expected from here on: of those that are not protected. */
static void prune(rig_t *rig) {
    uint32_t gone = 0;
    bool there[EVENTS] = {false};
    oc_index_prune_t limits = {10 + (uint32_t)rand() % 50, UINT32_MAX, INT64_MIN};
    assert_int_equal(oc_index_prune(&rig->db, &limits, &gone), OC_OK);
    sqlite3_stmt *rows = oc_index_db_statement(&rig->db, all_events);
    while (oc_index_db_step(&rig->db, rows) == OC_OK)
        there[sqlite3_column_int(rows, 0)] = true;
    for (uint32_t id = 1; id <= rig->last_id; id++) {
        if (rig->events[id].is_protected)
            assert_int_equal(there[id], rig->events[id].there);
        rig->events[id].there &= there[id];
    }
}

static void happen(rig_t *rig) {
    int what = rand() % 20;
    if (what < 7)
        record_one(rig);
    else if (what < 9)
        delete_one(rig);
    else if (what < 16)
        add_event(rig);
    else if (what < 19)
        change_event(rig);
    else
        prune(rig);
}

/* ---- the cut ---- */

static void write_image(const char *path, const image_t *image) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(image->bytes, 1, (size_t)image->len, file), image->len);
    fclose(file);
}

/* Half a line that nobody was answered for, in one of the files. */
static void tear_line(const rig_t *rig) {
    static const char line[] =
        "{\"op\":\"begin\",\"id\":4000,\"at\":1795219200000,\"kind\":\"motion\"";
    DIR *folder = fdopendir(openat(rig->root, "events", O_RDONLY | O_DIRECTORY));
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (oc_event_line_is_file(entry->d_name)) {
            int fd = openat(dirfd(folder), entry->d_name, O_WRONLY | O_APPEND);
            size_t len = 1 + (size_t)rand() % (sizeof(line) - 2);
            assert_int_equal(write(fd, line, len), len);
            close(fd);
            break;
        }
    if (folder)
        closedir(folder);
}

static void cut(rig_t *rig) {
    static const unsigned chances[] = {0, 10, 50, 90, 100};
    char *kept[FILES];
    unsigned chance = chances[rand() % 5];
    image_t copies[FILES];
    for (unsigned i = 0; i < FILES; i++) {
        settle(&images[i], chance);
        kept[i] = strdup(images[i].path);
        copies[i] = images[i];
        copies[i].bytes = malloc((size_t)images[i].len + 1);
        if (images[i].len > 0)
            memcpy(copies[i].bytes, images[i].bytes, (size_t)images[i].len);
    }
    oc_index_db_close(&rig->db); /* what it writes now is thrown away */
    for (unsigned i = 0; i < FILES; i++) {
        if (kept[i][0])
            write_image(kept[i], &copies[i]);
        free(kept[i]);
        free(copies[i].bytes);
    }
    drop_images();
    if (rand() % 3 == 0)
        tear_line(rig);
}

static void assert_recordings(rig_t *rig) {
    unsigned count = 0;
    DIR *folder = fdopendir(openat(rig->root, "recordings/a", O_RDONLY | O_DIRECTORY));
    for (struct dirent *entry; (entry = readdir(folder));) {
        struct stat about;
        char path[OC_FILE_PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "recordings/a/%.200s", entry->d_name);
        sqlite3_stmt *row =
            oc_index_db_statement(&rig->db, "SELECT bytes FROM recording WHERE path = ?1");
        sqlite3_bind_text(row, 1, path, -1, SQLITE_STATIC);
        assert_int_equal(oc_index_db_step(&rig->db, row), OC_OK);
        assert_int_equal(fstatat(rig->root, path, &about, 0), 0);
        assert_int_equal(sqlite3_column_int64(row, 0), about.st_size);
        sqlite3_reset(row);
        count++;
    }
    closedir(folder);
    oc_index_totals_t totals;
    assert_int_equal(oc_index_totals(&rig->db, &totals), OC_OK);
    assert_int_equal(totals.files, count);
    sqlite3_stmt *row = oc_index_db_statement(&rig->db, "SELECT count(*) FROM recording");
    assert_int_equal(oc_index_db_step(&rig->db, row), OC_OK);
    assert_int_equal(sqlite3_column_int(row, 0), count);
    sqlite3_reset(row);
}

static void assert_events(rig_t *rig) {
    uint32_t next = 1;
    sqlite3_stmt *rows = oc_index_db_statement(&rig->db, all_events);
    while (oc_index_db_step(&rig->db, rows) == OC_OK) {
        uint32_t id = (uint32_t)sqlite3_column_int(rows, 0);
        while (next < id)
            assert_false(rig->events[next++].there);
        assert_true(rig->events[id].there);
        assert_int_equal(sqlite3_column_int(rows, 1), rig->events[id].is_protected);
        next = id + 1;
    }
    while (next <= rig->last_id)
        assert_false(rig->events[next++].there);
}

static void the_files_are_right_after_every_cut(void **state) {
    rig_t *rig = *state;
    int cuts = atoi(getenv("OC_POWER_CUTS") ? getenv("OC_POWER_CUTS") : "50");
    start(rig);
    for (int n = 0; n < cuts; n++) {
        if (n % 40 == 39) { /* a disk that starts empty, so that numbers do not end */
            oc_index_db_close(&rig->db);
            drop_images();
            test_folder_remove(rig->path);
            close(rig->root);
            memset(rig->events, 0, sizeof(rig->events));
            rig->last_id = rig->files = 0;
            rig->root = test_folder_make(rig->path);
            assert_int_equal(oc_beneath_mkdir(rig->root, "recordings/a"), OC_OK);
            start(rig);
        }
        for (int i = rand() % 60; i >= 0; i--)
            happen(rig);
        cut(rig);
        start(rig);
        assert_recordings(rig);
        assert_events(rig);
    }
    oc_index_db_close(&rig->db);
    drop_images();
    printf("%d power cuts, %u times made again\n", cuts, rig->rebuilt);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_files_are_right_after_every_cut, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, start_shim, NULL);
}
