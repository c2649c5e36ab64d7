#define _GNU_SOURCE
#include "oc_listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_clock.h"
#include "oc_data_dir.h"
#include "oc_err.h"
#include "oc_json.h"
#include "oc_record_list.h"

#define ROWS_DEFAULT 100
#define ROWS_MAX     200

/* Names of channel folders. */
typedef struct folders {
    char (*names)[OC_CHANNEL_NAME_MAX];
    size_t len, size;
} folders_t;

static int compare(const void *a, const void *b) {
    return strcmp(a, b);
}

static DIR *open_folder(int root, const char *path) {
    int fd = oc_beneath_open(root, path, O_RDONLY | O_DIRECTORY, 0);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd >= 0 && !folder)
        close(fd);
    return folder;
}

/* Channel folders from `first` on, sorted. */
static int list_folders(int root, const char *first, folders_t *out) {
    DIR *folder = open_folder(root, OC_DATA_DIR_RECORDINGS);
    int result = OC_OK;
    for (struct dirent *entry; folder && result == OC_OK && (entry = readdir(folder));) {
        if (entry->d_name[0] == '.' || strlen(entry->d_name) >= OC_CHANNEL_NAME_MAX ||
            strcmp(entry->d_name, first) < 0)
            continue;
        if (out->len == out->size) {
            size_t size = out->size ? out->size * 2 : 16;
            void *names = realloc(out->names, size * sizeof(out->names[0]));
            if (!names) {
                result = OC_ERR_NOMEM;
                continue;
            }
            out->names = names;
            out->size = size;
        }
        memcpy(out->names[out->len++], entry->d_name, strlen(entry->d_name) + 1); /* fits: above */
    }
    if (folder)
        closedir(folder);
    if (out->len > 0)
        qsort(out->names, out->len, sizeof(out->names[0]), compare);
    return result;
}

/* 20261121T025100.123Z as 2026-11-21T02:51:00.123Z; null for times without a date. */
static void write_time(oc_json_t *json, const oc_record_name_t *record, int64_t us) {
    char basic[OC_CLOCK_TEXT], text[32];
    if (record->monotonic) {
        oc_json_null(json);
        return;
    }
    oc_clock_format(us, basic);
    snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%s", basic, basic + 4, basic + 6,
             basic + 9, basic + 11, basic + 13);
    oc_json_string(json, text);
}

static void write_row(oc_json_t *json, const char *channel, const oc_record_entry_t *entry) {
    char folder[OC_FILE_PATH_MAX], path[OC_FILE_PATH_MAX];
    snprintf(folder, sizeof(folder), OC_DATA_DIR_RECORDINGS "/%s", channel);
    if (oc_record_name_path(&entry->record, folder, path, sizeof(path)) != OC_OK)
        return;
    oc_json_begin_object(json);
    oc_json_member_string(json, "path", path);
    oc_json_member_string(json, "channel", channel);
    oc_json_member_string(json, "name", entry->record.name);
    oc_json_key(json, "start");
    write_time(json, &entry->record, entry->record.start_us);
    oc_json_key(json, "end");
    if (entry->record.open)
        oc_json_null(json);
    else
        write_time(json, &entry->record, entry->record.end_us);
    oc_json_member_int(json, "bytes", (int64_t)entry->bytes);
    oc_json_member_bool(json, "open", entry->record.open);
    oc_json_end_object(json);
}

/* Reads the part of a query's `after` behind the channel's name. False: other channel. */
static bool after_in(const char *after, const char *channel, oc_record_name_t *record) {
    const char *name = after + strlen(OC_DATA_DIR_RECORDINGS "/");
    size_t len = strlen(channel);
    return strncmp(name, channel, len) == 0 && name[len] == '/' &&
           oc_record_name_parse(name + len + 1, strlen(name + len + 1), record) == OC_OK;
}

/* Fills list with a page of one channel. */
static void read_channel(int root, const char *channel, oc_record_list_t *list) {
    char path[OC_FILE_PATH_MAX];
    struct stat about;
    snprintf(path, sizeof(path), OC_DATA_DIR_RECORDINGS "/%s", channel);
    DIR *folder = open_folder(root, path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (entry->d_name[0] != '.' &&
            fstatat(dirfd(folder), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(about.st_mode))
            (void)oc_record_list_add(list, entry->d_name, strlen(entry->d_name),
                                     (uint64_t)about.st_size);
    }
    if (folder)
        closedir(folder);
}

/* Adds one channel's rows. Returns how many; sets listing->more when not all fitted. */
static size_t add_channel(oc_listing_t *listing, int root, const char *channel, oc_json_t *json,
                          oc_record_entry_t *entries, size_t room) {
    oc_record_list_t list;
    oc_record_query_t query = {0};
    snprintf(query.name, sizeof(query.name), "%s", listing->query.name);
    query.has_after =
        listing->query.after[0] && after_in(listing->query.after, channel, &query.after);
    oc_record_list_init(&list, &query, entries, room);
    read_channel(root, channel, &list);
    for (size_t i = 0; i < list.len; i++) {
        oc_json_t before = *json;
        write_row(json, channel, &entries[i]);
        if (json->bad || json->size - json->len < 2) { /* ']' has to fit as well */
            *json = before;
            listing->more = true;
            return i;
        }
    }
    listing->more = oc_record_list_more(&list);
    return list.len;
}

/* The channel that `after` is in, into first (OC_CHANNEL_NAME_MAX bytes). */
static int first_channel(const char *after, char *first) {
    static const char prefix[] = OC_DATA_DIR_RECORDINGS "/";
    first[0] = '\0';
    if (after[0] == '\0')
        return OC_OK;
    if (strncmp(after, prefix, sizeof(prefix) - 1) != 0)
        return OC_ERR_INVAL;
    size_t len = strcspn(after + sizeof(prefix) - 1, "/");
    if (len >= OC_CHANNEL_NAME_MAX || after[sizeof(prefix) - 1 + len] != '/')
        return OC_ERR_INVAL;
    memcpy(first, after + sizeof(prefix) - 1, len);
    first[len] = '\0';
    oc_record_name_t record;
    return after_in(after, first, &record) ? OC_OK : OC_ERR_INVAL;
}

int oc_listing_run(oc_listing_t *listing, int root) {
    char first[OC_CHANNEL_NAME_MAX];
    folders_t folders = {0};
    size_t room = listing->query.limit ? listing->query.limit : ROWS_DEFAULT;
    room = room < ROWS_MAX ? room : ROWS_MAX;
    oc_record_entry_t *entries = calloc(room, sizeof(*entries));
    int result = entries ? first_channel(listing->query.after, first) : OC_ERR_NOMEM;
    if (result == OC_OK)
        result = list_folders(root, first, &folders);
    oc_json_t json = oc_json(listing->text, sizeof(listing->text));
    oc_json_begin_array(&json);
    listing->more = false;
    for (size_t i = 0; result == OC_OK && i < folders.len && !listing->more; i++) {
        const char *expected = listing->query.channel;
        if (expected[0] && strcmp(expected, folders.names[i]) != 0)
            continue;
        if (room == 0)
            listing->more = true; /* maybe an empty page follows */
        else
            room -= add_channel(listing, root, folders.names[i], &json, entries, room);
    }
    oc_json_end_array(&json);
    listing->len = (uint32_t)json.len;
    free(folders.names);
    free(entries);
    return result;
}
