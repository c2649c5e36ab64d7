#define _GNU_SOURCE
#include "oc_vod_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_data_dir.h"
#include "oc_err.h"
#include "oc_posix.h"
#include "oc_command.h"
#include "oc_record_name.h"

#define FOLDER OC_DATA_DIR_RECORDINGS "/"
#define DAY_MS (24 * 3600 * INT64_C(1000))
#define FIRST  16  /* room for files at first */
#define LISTED 256 /* of a list for a viewer: more than fit */

typedef struct oc_vod_folder_file {
    oc_record_name_t name;
    char path[OC_VOD_PATH_MAX]; /* "<channel>/<file>.mp4" */
    int fd;                     /* -1: not open */
    uint8_t *keys;              /* of its finder; NULL: none */
    uint32_t keys_len;
    uint64_t keys_bytes; /* for a file of this length */
} file_t;

/* ---- bytes ---- */

typedef struct reading {
    const oc_vod_folder_t *folder;
    int fd;
    bool kept; /* the folder's descriptor */
} reading_t;

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    const reading_t *reading = context;
    if (reading->folder->gone && atomic_load(reading->folder->gone))
        return OC_ERR_IO;
    return oc_posix_read_at(reading->fd, offset, buffer, len);
}

static int open_path(const oc_vod_place_t *place, const char *path) {
    char full[OC_VOD_PATH_MAX + sizeof FOLDER], closed[OC_VOD_PATH_MAX + sizeof FOLDER];
    snprintf(full, sizeof full, FOLDER "%s", path);
    int fd = oc_beneath_open(place->root, full, O_RDONLY | O_NONBLOCK, 0);
    if (fd == OC_ERR_NOENT && oc_vod_folder_closed(place, full, closed, sizeof closed) == OC_OK)
        fd = oc_beneath_open(place->root, closed, O_RDONLY | O_NONBLOCK, 0);
    return fd;
}

static int find_keys(const oc_vod_folder_t *folder, uint32_t index, oc_span_t *keys) {
    char path[OC_VOD_PATH_MAX + sizeof FOLDER];
    const oc_vod_entry_t *entry = &folder->entry[index];
    const file_t *file = &folder->file[index];
    const oc_key_read_t *found;
    *keys = oc_span(NULL, 0);
    if (file->keys && file->keys_bytes == entry->bytes) {
        *keys = oc_span(file->keys, file->keys_len);
        return OC_OK;
    }
    snprintf(path, sizeof path, FOLDER "%s", entry->path);
    uint64_t synced = entry->end_ms ? UINT64_MAX : entry->bytes;
    if (folder->keys && oc_key_cache_get(folder->keys, path, synced, &found) == OC_OK)
        *keys = oc_key_table_encoded(&found->table);
    return OC_OK;
}

static int open_file(void *context, uint32_t index, oc_mp4_source_t *out, oc_span_t *keys) {
    oc_vod_folder_t *folder = context;
    file_t *file = &folder->file[index];
    reading_t *reading = calloc(1, sizeof(*reading));
    if (!reading)
        return OC_ERR_NOMEM;
    bool keeps = index < OC_VOD_FOLDER_KEPT;
    int fd = file->fd >= 0 ? file->fd : open_path(&folder->place, file->path);
    if (fd < 0) {
        free(reading);
        return fd;
    }
    if (keeps)
        file->fd = fd;
    *reading = (reading_t){folder, fd, keeps};
    *out = (oc_mp4_source_t){read_at, reading, folder->entry[index].bytes};
    return keys ? find_keys(folder, index, keys) : OC_OK;
}

static void close_file(void *context, uint32_t index, oc_mp4_source_t *source) {
    reading_t *reading = source->context;
    if (!reading->kept)
        close(reading->fd);
    free(reading);
}

/* ---- names ---- */

static DIR *open_folder(int root, const char *channel) {
    char path[OC_FILE_PATH_MAX];
    if (snprintf(path, sizeof path, FOLDER "%s", channel) >= (int)sizeof path)
        return NULL;
    int fd = oc_beneath_open(root, path, O_RDONLY | O_DIRECTORY, 0);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd >= 0 && !folder)
        close(fd);
    return folder;
}

static int add_file(oc_vod_folder_t *folder, const char *channel, const char *name,
                    const oc_record_name_t *record) {
    uint32_t count = folder->span.count;
    if (count == OC_VOD_FILES_MAX)
        return OC_ERR_TOO_BIG;
    if (count == 0 || (count >= FIRST && (count & (count - 1)) == 0)) {
        size_t room = count ? count * 2 : FIRST;
        void *grown = realloc(folder->file, room * sizeof *folder->file);
        if (!grown)
            return OC_ERR_NOMEM;
        folder->file = grown;
    }
    file_t *file = &folder->file[count];
    *file = (file_t){.name = *record, .fd = -1};
    if (snprintf(file->path, sizeof file->path, "%s/%s", channel, name) >= (int)sizeof file->path)
        return OC_OK; /* no channel has such a name */
    folder->span.count++;
    return OC_OK;
}

static int compare(const void *a, const void *b) {
    const oc_record_name_t *x = &((const file_t *)a)->name, *y = &((const file_t *)b)->name;
    if (x->start_us != y->start_us)
        return x->start_us < y->start_us ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int read_names(oc_vod_folder_t *folder, const char *channel, int64_t from_ms,
                      int64_t to_ms) {
    oc_record_name_t record;
    int rc = OC_OK;
    DIR *names = open_folder(folder->place.root, channel);
    for (struct dirent *entry; names && rc == OC_OK && (entry = readdir(names));) {
        if (oc_record_name_parse(entry->d_name, strlen(entry->d_name), &record) == OC_OK &&
            !record.monotonic && record.start_us / 1000 < to_ms &&
            (record.open || record.end_us / 1000 > from_ms))
            rc = add_file(folder, channel, entry->d_name, &record);
    }
    if (names)
        closedir(names);
    return rc;
}

static void free_files(oc_vod_folder_t *folder, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        free(folder->file[i].keys);
    free(folder->file);
    folder->file = NULL;
    folder->span.count = 0;
}

/* What a finder gives. */
typedef struct finding {
    oc_vod_folder_t *folder;
    const char *channel;
    int result;
} finding_t;

static bool take_found(void *context, const oc_vod_found_t *found) {
    finding_t *finding = context;
    oc_vod_folder_t *folder = finding->folder;
    const char *name = strrchr(found->path, '/');
    oc_record_name_t record;
    uint32_t before = folder->span.count;
    if (!name || oc_record_name_parse(name + 1, strlen(name + 1), &record) != OC_OK)
        return true;
    finding->result = add_file(folder, finding->channel, name + 1, &record);
    if (finding->result != OC_OK || folder->span.count == before)
        return finding->result == OC_OK;
    file_t *file = &folder->file[before];
    if (found->keys.len > 0 && (file->keys = malloc(found->keys.len))) {
        memcpy(file->keys, found->keys.data, found->keys.len);
        file->keys_len = (uint32_t)found->keys.len;
        file->keys_bytes = found->bytes;
    }
    return true;
}

/* At most `limit` files of a span: as the finder knows them, else out of the folder. */
static int find_names(oc_vod_folder_t *folder, const char *channel, int64_t from_ms, int64_t to_ms,
                      uint32_t limit) {
    const oc_vod_finder_t *finder = &folder->place.finder;
    finding_t finding = {folder, channel, OC_OK};
    int rc = finder->find ? finder->find(finder->context, channel, from_ms, to_ms, limit,
                                         take_found, &finding)
                          : OC_AGAIN;
    if (rc == OC_OK) {
        rc = finding.result;
    } else {
        free_files(folder, folder->span.count);
        rc = read_names(folder, channel, from_ms, to_ms);
    }
    if (folder->span.count > 1)
        qsort(folder->file, folder->span.count, sizeof *folder->file, compare);
    return rc;
}

/* Size and times of a file; false: it went meanwhile. */
static bool read_entry(oc_vod_folder_t *folder, file_t *file, const oc_vod_synced_t *synced,
                       oc_vod_entry_t *out) {
    char path[OC_VOD_PATH_MAX + sizeof FOLDER];
    struct stat about;
    uint64_t bytes;
    snprintf(path, sizeof path, FOLDER "%s", file->path);
    int fd = open_path(&folder->place, file->path);
    bool there = fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    bool grows =
        file->name.open && synced && synced->get && synced->get(synced->context, path, &bytes);
    if (there)
        *out = (oc_vod_entry_t){.path = file->path,
                                .start_ms = file->name.start_us / 1000,
                                .end_ms = file->name.open ? 0 : file->name.end_us / 1000,
                                .bytes = (uint64_t)about.st_size};
    if (there && grows && bytes < out->bytes)
        out->bytes = bytes;
    folder->grows = grows;
    if (there && folder->span.count < OC_VOD_FOLDER_KEPT)
        file->fd = fd;
    else if (fd >= 0)
        close(fd);
    return there;
}

int oc_vod_folder_open(oc_vod_folder_t *folder, const oc_vod_place_t *place, const char *channel,
                       int64_t from_ms, int64_t to_ms, const oc_vod_synced_t *synced,
                       oc_key_cache_t *keys) {
    *folder = (oc_vod_folder_t){.place = *place, .keys = keys};
    folder->span.open = open_file;
    folder->span.close = close_file;
    folder->span.context = folder;
    if (!oc_beneath_allowed(channel) || strchr(channel, '/'))
        return OC_ERR_INVAL;
    int rc = find_names(folder, channel, from_ms, to_ms, OC_VOD_FILES_MAX + 1);
    uint32_t found = folder->span.count;
    folder->span.count = 0;
    if (rc == OC_OK && found > 0 && !(folder->entry = calloc(found, sizeof *folder->entry)))
        rc = OC_ERR_NOMEM;
    for (uint32_t i = 0; i < found && rc == OC_OK; i++) {
        file_t *to = &folder->file[folder->span.count];
        if (to != &folder->file[i]) {
            file_t swapped = *to; /* its key frames are freed once */
            *to = folder->file[i];
            folder->file[i] = swapped;
        }
        if (read_entry(folder, to, synced, &folder->entry[folder->span.count]))
            folder->span.count++;
    }
    folder->found = found;
    folder->span.entry = folder->entry;
    if (rc != OC_OK)
        oc_vod_folder_close(folder);
    return rc;
}

void oc_vod_folder_close(oc_vod_folder_t *folder) {
    for (uint32_t i = 0; i < folder->span.count; i++)
        if (folder->file[i].fd >= 0)
            close(folder->file[i].fd);
    free_files(folder, folder->found);
    free(folder->entry);
    folder->entry = NULL;
}

int oc_vod_folder_list(const oc_vod_place_t *place, const char *path, int64_t base_ms,
                       int64_t at_ms, char *out, size_t size) {
    const char *channel = path + sizeof FOLDER - 1, *slash;
    oc_vod_folder_t folder = {.place = *place};
    char name[OC_CHANNEL_NAME_MAX];
    size_t len = 0;
    if (strncmp(path, FOLDER, sizeof FOLDER - 1) != 0 || !(slash = strchr(channel, '/')) ||
        (size_t)(slash - channel) >= sizeof name)
        return OC_ERR_INVAL;
    snprintf(name, sizeof name, "%.*s", (int)(slash - channel), channel);
    int64_t from_ms = base_ms + at_ms;
    int rc = find_names(&folder, name, from_ms, from_ms + DAY_MS, LISTED);
    if (rc == OC_OK && folder.span.count == 0)
        rc = find_names(&folder, name, from_ms, INT64_MAX, LISTED);
    for (uint32_t i = 0; i < folder.span.count && rc == OC_OK; i++) {
        int64_t offset_ms = folder.file[i].name.start_us / 1000 - base_ms;
        if (offset_ms < 0 || offset_ms > INT32_MAX)
            continue;
        int line = snprintf(out + len, size - len, "%lld " FOLDER "%s\n", (long long)offset_ms,
                            folder.file[i].path);
        if (line < 0 || (size_t)line >= size - len)
            break;
        len += (size_t)line;
    }
    free_files(&folder, folder.span.count);
    return rc == OC_OK ? (int)len : rc;
}

int oc_vod_folder_closed(const oc_vod_place_t *place, const char *path, char *out, size_t size) {
    static const char open_end[] = "open.mp4";
    const char *file = strrchr(path, '/'), *channel = path + sizeof FOLDER - 1;
    size_t len = strlen(path), end = sizeof open_end - 1;
    char name[OC_CHANNEL_NAME_MAX];
    oc_record_name_t record;
    int rc = OC_ERR_NOENT;
    if (strncmp(path, FOLDER, sizeof FOLDER - 1) != 0 || file < channel || len < end ||
        (size_t)(file - channel) >= sizeof name || strcmp(path + len - end, open_end) != 0)
        return rc;
    const oc_vod_finder_t *finder = &place->finder;
    int known = finder->closed ? finder->closed(finder->context, path, out, size) : OC_AGAIN;
    if (known == OC_OK)
        return OC_OK;
    snprintf(name, sizeof name, "%.*s", (int)(file - channel), channel);
    size_t same = len - end - (size_t)(file + 1 - path); /* "<name>_<start>_" */
    DIR *names = open_folder(place->root, name);
    for (struct dirent *entry; names && rc == OC_ERR_NOENT && (entry = readdir(names));) {
        if (strncmp(entry->d_name, file + 1, same) == 0 &&
            oc_record_name_parse(entry->d_name, strlen(entry->d_name), &record) == OC_OK &&
            !record.open && snprintf(out, size, FOLDER "%s/%s", name, entry->d_name) < (int)size)
            rc = OC_OK;
    }
    if (names)
        closedir(names);
    return rc;
}
