#include "oc_key_commands.h"

#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_file_commands.h"
#include "oc_key_cache.h"
#include "oc_replies.h"
#include "oc_worker.h"

#define FOLDER      "recordings/"
#define JOBS        32
#define STACK_BYTES (128 * 1024)
#define ROW_TEXT    42  /* bytes of one key frame: two numbers of 20 digits, each with NUL */
#define HEAD_TEXT   100 /* of what comes before */

struct oc_key_commands {
    oc_file_thread_t *files;
    oc_mailbox_t *mailbox;
    oc_key_cache_t *cache; /* of the thread */
    oc_worker_t *worker;
};

/* Records that answer one command. */
typedef struct page {
    char text[HEAD_TEXT + OC_KEY_COMMANDS_ROWS * ROW_TEXT];
    size_t len;
    bool more;
} page_t;

/* Where the next line goes, and how much room there is: enough. */
#define NEXT(page) (page)->text + (page)->len, sizeof((page)->text) - (page)->len

static void write_page(page_t *page, const oc_key_read_t *read, bool open, uint64_t from,
                       uint32_t limit) {
    oc_span_t rest = oc_key_table_encoded(&read->table);
    oc_key_t key = {0};
    uint32_t rows = 0;
    const oc_keys_head_t head = {.init_bytes = (int64_t)read->init_bytes,
                                 .bytes = (int64_t)read->read_bytes,
                                 .duration_ms = read->end_ms > 0 ? read->end_ms : 0,
                                 .open = open};
    page->more = false;
    page->len = oc_keys_head_write(&head, page->text, sizeof(page->text));
    while (!page->more && oc_key_next(&rest, &key) == OC_OK) {
        if (key.offset < from)
            continue;
        page->more = rows == limit;
        if (page->more)
            break;
        const oc_key_frame_t line = {.ms = key.ms, .offset = (int64_t)key.offset};
        page->len += oc_key_frame_write(&line, NEXT(page));
        rows++;
    }
}

static void answer(oc_key_commands_t *keys, const oc_command_t *command) {
    char path[OC_FILE_PATH_MAX] = "";
    const oc_parcel_t *parcel = &command->parcel;
    uint32_t limit = (uint32_t)command->arg[1];
    uint64_t synced = UINT64_MAX;
    const oc_key_read_t *read;
    page_t page;
    if (parcel->len >= sizeof(path) || memchr(parcel->data, 0, parcel->len) ||
        parcel->len < sizeof(FOLDER) - 1 || memcmp(parcel->data, FOLDER, sizeof(FOLDER) - 1) != 0 ||
        limit == 0 || limit > OC_KEY_COMMANDS_ROWS) {
        oc_file_commands_refuse(keys->mailbox, command, OC_ERR_INVAL, "malformed request");
        return;
    }
    memcpy(path, parcel->data, parcel->len);
    bool open = oc_file_thread_synced(keys->files, path, &synced);
    int result = oc_key_cache_get(keys->cache, path, open ? synced : UINT64_MAX, &read);
    if (result != OC_OK) {
        oc_file_commands_refuse(keys->mailbox, command, result, oc_err_text(result));
        return;
    }
    write_page(&page, read, open, (uint32_t)command->arg[0], limit);
    oc_mailbox_reply_text(keys->mailbox, command->request, command->generation, OC_OK, page.more, 0,
                          page.text, page.len);
}

static void run(void *context, void *job) {
    oc_key_commands_t *keys = context;
    oc_command_t *command = job;
    answer(keys, command);
    oc_mailbox_parcel_free(keys->mailbox, &command->parcel);
    free(command);
}

int oc_key_commands_start(oc_key_commands_t **out, int root, oc_file_thread_t *files,
                          oc_mailbox_t *mailbox) {
    *out = NULL;
    if (root < 0)
        return OC_OK;
    oc_key_commands_t *keys = calloc(1, sizeof(*keys));
    if (!keys)
        return OC_ERR_NOMEM;
    *keys =
        (oc_key_commands_t){.files = files, .mailbox = mailbox, .cache = oc_key_cache_create(root)};
    const oc_worker_config_t config = {.name = "script-keys",
                                       .stack_bytes = STACK_BYTES,
                                       .nice = 5,
                                       .jobs = JOBS,
                                       .run = run,
                                       .context = keys};
    if (keys->cache && oc_worker_start(&keys->worker, &config) == OC_OK) {
        *out = keys;
        return OC_OK;
    }
    oc_key_cache_free(keys->cache);
    free(keys);
    return OC_ERR_NOMEM;
}

static void forget(void *context, void *job) {
    oc_key_commands_t *keys = context;
    oc_command_t *command = job;
    oc_mailbox_parcel_free(keys->mailbox, &command->parcel);
    free(command);
}

bool oc_key_commands_stop(oc_key_commands_t *keys, int64_t until_us) {
    if (!keys)
        return true;
    if (!oc_worker_stop(keys->worker, false, until_us, forget))
        return false;
    oc_key_cache_free(keys->cache);
    free(keys);
    return true;
}

bool oc_key_commands_take(oc_key_commands_t *keys, oc_mailbox_t *mailbox,
                          const oc_command_t *command) {
    if (command->kind != OC_COMMAND_RECORDING_KEYS)
        return false;
    oc_parcel_t parcel = command->parcel;
    oc_command_t *job = keys ? malloc(sizeof(*job)) : NULL;
    if (job) {
        *job = *command;
        if (oc_worker_post(keys->worker, job) == OC_OK)
            return true;
    }
    free(job);
    oc_file_commands_refuse(mailbox, command, keys ? OC_ERR_BUSY : OC_ERR_NOTSUP,
                            keys ? "the disk is too slow" : "no recordings");
    oc_mailbox_parcel_free(mailbox, &parcel);
    return true;
}
