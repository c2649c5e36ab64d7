#define _GNU_SOURCE
#include "oc_index_pictures.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_event_line.h"
#include "oc_index_events.h"

#define AT_ONCE 64         /* pictures that go before the next look */
#define PART    "part.tmp" /* what is being written; in the folder of its month */

/* A file that is whole or not there. */
static int write_file(int folder, const char *name, const uint8_t *bytes, uint32_t len) {
    int fd = openat(folder, PART, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return OC_ERR_IO;
    bool whole = write(fd, bytes, len) == (ssize_t)len && fdatasync(fd) == 0;
    close(fd);
    if (whole && renameat(folder, PART, folder, name) == 0 && fsync(folder) == 0)
        return OC_OK;
    (void)unlinkat(folder, PART, 0);
    return OC_ERR_DISK_FULL;
}

static uint64_t bytes_max(int root) {
    struct statvfs about;
    if (fstatvfs(root, &about) != 0)
        return OC_INDEX_PICTURES_BYTES;
    uint64_t share = (uint64_t)about.f_blocks * about.f_frsize / OC_INDEX_PICTURES_SHARE;
    return share < OC_INDEX_PICTURES_BYTES ? share : OC_INDEX_PICTURES_BYTES;
}

int oc_index_pictures_keep(oc_index_db_t *db, uint32_t id, int64_t start_ms, const uint8_t *jpeg,
                           uint32_t bytes) {
    char path[OC_EVENT_LINE_PATH], month[OC_EVENT_LINE_PATH];
    const char *name;
    if (bytes == 0 || bytes > OC_EVENT_LINE_PICTURE_MAX)
        return OC_ERR_TOO_BIG;
    oc_event_line_picture(start_ms, id, path);
    snprintf(month, sizeof(month), "%.*s", (int)(strrchr(path, '/') - path), path);
    int result = db->root < 0 ? OC_ERR_NOENT : oc_beneath_mkdir(db->root, month);
    int folder = result == OC_OK ? oc_beneath_parent(db->root, path, &name) : result;
    if (folder < 0)
        return folder;
    result = write_file(folder, name, jpeg, bytes);
    if (result == OC_OK)
        result = oc_index_events_picture(db, id, bytes);
    if (result != OC_OK)
        (void)unlinkat(folder, name, 0);
    close(folder);
    return result == OC_OK ? oc_index_pictures_trim(db, bytes_max(db->root)) : result;
}

/* A number of the only row; 0: there is none. */
static int64_t number_of(oc_index_db_t *db, sqlite3_stmt *statement) {
    int64_t found = 0;
    if (oc_index_db_step(db, statement) == OC_OK) {
        found = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return found;
}

int oc_index_pictures_trim(oc_index_db_t *db, uint64_t max_bytes) {
    int result = oc_index_events_read(db);
    for (unsigned i = 0; i < AT_ONCE && result == OC_OK; i++) {
        int64_t bytes = number_of(
            db, oc_index_db_statement(db, "SELECT sum(picture) FROM event INDEXED BY event_picture "
                                          "WHERE picture > 0"));
        int64_t oldest =
            (uint64_t)bytes <= max_bytes
                ? 0
                : number_of(db, oc_index_db_statement(
                                    db, "SELECT id FROM event INDEXED BY event_picture WHERE "
                                        "picture > 0 AND protected = 0 ORDER BY protected, "
                                        "start_ms, id LIMIT 1"));
        if (oldest == 0)
            break;
        result = oc_index_events_picture(db, (uint32_t)oldest, 0);
    }
    return result;
}
