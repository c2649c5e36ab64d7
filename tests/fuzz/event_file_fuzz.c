/* A file of events of any bytes: it is read without a fault, what was cut off is gone, and the next
 * event is kept behind it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "oc_err.h"
#include "oc_index_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int root = -1;
static char folder[] = "/tmp/event-file-fuzz-XXXXXX";

static void remove_folder(void) {
    (void)unlinkat(root, "events/202611.ndjson", 0);
    (void)unlinkat(root, "events", AT_REMOVEDIR);
    (void)rmdir(folder);
}

static void write_file(const uint8_t *data, size_t size) {
    if (root < 0) {
        if (!mkdtemp(folder) || (root = open(folder, O_RDONLY | O_DIRECTORY)) < 0)
            abort();
        (void)mkdirat(root, "events", 0700);
        atexit(remove_folder);
    }
    int fd = openat(root, "events/202611.ndjson", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_index_db_t db;
    uint32_t id = 0;
    char text[OC_PAGE_BYTES];
    size_t len;
    bool more;
    oc_event_query_t query = {.by_number = true, .newest_first = true, .limit = 1};
    oc_event_begin_t event = {.start_ms = 1795219200000,
                              .end_ms = 1795219200000,
                              .kind = "after",
                              .channel = "",
                              .data = ""};
    write_file(data, size);
    if (oc_index_db_open(&db, -1) != OC_OK) /* in memory; the files are real */
        abort();
    db.root = root;
    if (oc_index_events_read(&db) != OC_OK)
        abort();
    int result = oc_index_events_begin(&db, &event, &id);
    if (result == OC_OK &&
        oc_index_events_list(&db, &query, text, sizeof text, &len, &more) != OC_OK)
        abort();
    oc_index_db_close(&db);
    return 0;
}
