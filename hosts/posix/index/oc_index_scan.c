#define _GNU_SOURCE
#include "oc_index_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_data_dir.h"
#include "oc_err.h"
#include "oc_index_rows.h"

/* Names in one piece of memory, each with its NUL. */
typedef struct names {
    char *text;
    size_t len, size;
    const char **sorted; /* made when all are there */
    size_t count;
} names_t;

uint64_t oc_index_scan_bit(const char *channel) {
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *channel; channel++)
        hash = (hash ^ (uint8_t)*channel) * 16777619u;
    return UINT64_C(1) << (hash % 64);
}

static DIR *open_folder(int root, const char *path, int *result) {
    int fd = oc_beneath_open(root, path, O_RDONLY | O_DIRECTORY, 0);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd >= 0 && !folder)
        close(fd);
    *result = folder || fd == OC_ERR_NOENT ? OC_OK : fd < 0 ? fd : OC_ERR_NOMEM;
    return folder;
}

/* ---- the channels ---- */

static int compare_channels(const void *a, const void *b) {
    return strcmp(a, b);
}

static void add_channel(oc_index_scan_t *scan, const char *name) {
    if (scan->count == OC_INDEX_SCAN_CHANNELS || name[0] == '.' ||
        strlen(name) >= sizeof(scan->channels[0]) || !(scan->only & oc_index_scan_bit(name)))
        return;
    for (unsigned i = 0; i < scan->count; i++)
        if (strcmp(scan->channels[i], name) == 0)
            return;
    snprintf(scan->channels[scan->count++], sizeof(scan->channels[0]), "%s", name);
}

int oc_index_scan_begin(oc_index_scan_t *scan, oc_index_db_t *db, uint64_t only) {
    int result = OC_OK;
    *scan = (oc_index_scan_t){.only = only};
    scan->channels = calloc(OC_INDEX_SCAN_CHANNELS, sizeof(scan->channels[0]));
    if (!scan->channels)
        return OC_ERR_NOMEM;
    DIR *folder = db->root < 0 ? NULL : open_folder(db->root, OC_DATA_DIR_RECORDINGS, &result);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        add_channel(scan, entry->d_name);
    if (folder)
        closedir(folder);
    sqlite3_stmt *known = oc_index_db_statement(db, "SELECT channel FROM total WHERE files > 0");
    while (result == OC_OK && oc_index_db_step(db, known) == OC_OK)
        add_channel(scan, (const char *)sqlite3_column_text(known, 0));
    qsort(scan->channels, scan->count, sizeof(scan->channels[0]), compare_channels);
    if (result != OC_OK)
        oc_index_scan_end(scan);
    return result;
}

void oc_index_scan_end(oc_index_scan_t *scan) {
    free(scan->channels);
    *scan = (oc_index_scan_t){.channels = NULL};
}

/* ---- one of them ---- */

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_name(names_t *names, const char *name) {
    size_t len = strlen(name) + 1;
    if (names->len + len > names->size) {
        size_t size = names->size ? names->size * 2 : 16 * 1024;
        char *text = realloc(names->text, size);
        if (!text)
            return OC_ERR_NOMEM;
        names->text = text;
        names->size = size;
    }
    memcpy(names->text + names->len, name, len);
    names->len += len;
    names->count++;
    return OC_OK;
}

static bool ends_with(const char *name, const char *end) {
    size_t len = strlen(name), end_len = strlen(end);
    return len > end_len && strcmp(name + len - end_len, end) == 0;
}

static const char open_end[] = "_open.mp4"; /* of one that is written */

/* What may be a recording by the end of its name: most are known, so only others are looked at. */
static bool may_be(const char *name) {
    return strlen(name) < OC_RECORD_FILE_MAX && ends_with(name, ".mp4");
}

/* The files in a folder that may be recordings, sorted. */
static int read_names(int root, const char *path, names_t *names) {
    int result;
    DIR *folder = open_folder(root, path, &result);
    for (struct dirent *entry; folder && result == OC_OK && (entry = readdir(folder));)
        if (may_be(entry->d_name))
            result = add_name(names, entry->d_name);
    if (folder)
        closedir(folder);
    if (result != OC_OK || names->count == 0)
        return result;
    names->sorted = malloc(names->count * sizeof(names->sorted[0]));
    if (!names->sorted)
        return OC_ERR_NOMEM;
    const char *at = names->text;
    for (size_t i = 0; i < names->count; i++, at += strlen(at) + 1)
        names->sorted[i] = at;
    qsort(names->sorted, names->count, sizeof(names->sorted[0]), compare_names);
    return OC_OK;
}

/* What has to be done is put down first: a statement must not read the table that changes. */
typedef struct changes {
    names_t gone, come;
} changes_t;

static int add_come(changes_t *changes, const char *name) {
    oc_record_name_t record;
    bool ours = oc_record_name_parse(name, strlen(name), &record) == OC_OK;
    return ours ? add_name(&changes->come, name) : OC_OK;
}

/* Both sorted by name: rows of a folder and what is in it. */
static int compare_with(oc_index_db_t *db, const char *folder, const names_t *names,
                        changes_t *changes) {
    char from[OC_FILE_PATH_MAX], to[OC_FILE_PATH_MAX];
    size_t skip = strlen(folder) + 1, next = 0;
    snprintf(from, sizeof(from), "%s/", folder);
    snprintf(to, sizeof(to), "%s0", folder); /* '0' follows '/' */
    sqlite3_stmt *rows = oc_index_db_statement(
        db, "SELECT path FROM recording WHERE path > ?1 AND path < ?2 ORDER BY path");
    if (!rows)
        return OC_ERR_IO;
    sqlite3_bind_text(rows, 1, from, -1, SQLITE_STATIC);
    sqlite3_bind_text(rows, 2, to, -1, SQLITE_STATIC);
    int result, done = OC_OK;
    while ((result = oc_index_db_step(db, rows)) == OC_OK && done == OC_OK) {
        const char *known = (const char *)sqlite3_column_text(rows, 0) + skip;
        while (done == OC_OK && next < names->count && strcmp(names->sorted[next], known) < 0)
            done = add_come(changes, names->sorted[next++]);
        bool there = next < names->count && strcmp(names->sorted[next], known) == 0;
        if (done == OC_OK && !there)
            done = add_name(&changes->gone, known);
        else if (done == OC_OK && ends_with(known, open_end)) /* its length may be another one */
            done = add_name(&changes->come, known);
        next += there;
    }
    sqlite3_reset(rows);
    while (done == OC_OK && next < names->count)
        done = add_come(changes, names->sorted[next++]);
    return done != OC_OK ? done : result == OC_END ? OC_OK : result;
}

static int apply(oc_index_db_t *db, const char *folder, const names_t *names,
                 int (*take)(oc_index_db_t *db, const char *path)) {
    char path[OC_FILE_PATH_MAX];
    const char *at = names->text;
    int result = OC_OK;
    for (size_t i = 0; result == OC_OK && i < names->count; i++, at += strlen(at) + 1) {
        int len = snprintf(path, sizeof(path), "%s/%s", folder, at);
        if (len > 0 && (size_t)len < sizeof(path))
            result = take(db, path);
    }
    return result;
}

static void free_names(names_t *names) {
    free(names->text);
    free(names->sorted);
}

int oc_index_scan_step(oc_index_scan_t *scan, oc_index_db_t *db) {
    char folder[64];
    names_t names = {0};
    changes_t changes = {0};
    if (scan->next == scan->count)
        return OC_OK;
    snprintf(folder, sizeof(folder), OC_DATA_DIR_RECORDINGS "/%s", scan->channels[scan->next++]);
    int result = read_names(db->root, folder, &names);
    if (result == OC_OK)
        result = compare_with(db, folder, &names, &changes);
    if (result == OC_OK && (changes.gone.count > 0 || changes.come.count > 0)) {
        (void)oc_index_db_execute(db, "BEGIN");
        result = apply(db, folder, &changes.gone, oc_index_rows_remove);
        if (result == OC_OK)
            result = apply(db, folder, &changes.come, oc_index_rows_take);
        if (oc_index_db_execute(db, result == OC_OK ? "COMMIT" : "ROLLBACK") != OC_OK &&
            result == OC_OK) {
            (void)oc_index_db_execute(db, "ROLLBACK");
            result = db->failed = OC_ERR_IO;
        }
        scan->changed += (uint32_t)(changes.gone.count + changes.come.count);
    }
    free_names(&names);
    free_names(&changes.gone);
    free_names(&changes.come);
    return result != OC_OK ? result : scan->next < scan->count ? OC_AGAIN : OC_OK;
}
