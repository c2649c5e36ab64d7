#define _GNU_SOURCE
#include "oc_key_cache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_mp4_file.h"

#define SAMPLES_AT_ONCE 65536

/* One file. */
typedef struct entry {
    uint64_t used; /* when it was wanted last; 0: free */
    struct stat about;
    oc_key_read_t read;
    uint8_t memory[OC_KEY_TABLE_BYTES];
} entry_t;

struct oc_key_cache {
    int root;
    uint64_t uses;
    entry_t *entries[OC_KEY_CACHE_FILES];
};

oc_key_cache_t *oc_key_cache_create(int root) {
    oc_key_cache_t *cache = calloc(1, sizeof(*cache));
    if (cache)
        cache->root = root;
    return cache;
}

void oc_key_cache_free(oc_key_cache_t *cache) {
    if (!cache)
        return;
    for (unsigned i = 0; i < OC_KEY_CACHE_FILES; i++)
        free(cache->entries[i]);
    free(cache);
}

/* The entry of a file, else the one that goes for it, which is not `used`. NULL: no memory. */
static entry_t *find(oc_key_cache_t *cache, const struct stat *about) {
    entry_t **oldest = &cache->entries[0];
    for (unsigned i = 0; i < OC_KEY_CACHE_FILES; i++) {
        entry_t **at = &cache->entries[i];
        if (*at && (*at)->used && (*at)->about.st_dev == about->st_dev &&
            (*at)->about.st_ino == about->st_ino)
            return *at;
        if (*oldest && (!*at || (*at)->used < (*oldest)->used))
            oldest = at;
    }
    if (!*oldest)
        *oldest = calloc(1, sizeof(**oldest));
    if (*oldest)
        (*oldest)->used = 0;
    return *oldest;
}

/* What was read of the file holds still: it is the same, or has only become longer. */
static bool still_holds(const entry_t *entry, const struct stat *about, uint64_t size) {
    bool same = entry->about.st_size == about->st_size &&
                entry->about.st_mtim.tv_sec == about->st_mtim.tv_sec &&
                entry->about.st_mtim.tv_nsec == about->st_mtim.tv_nsec;
    bool longer = about->st_size > entry->about.st_size && size >= entry->read.read_bytes;
    return entry->used != 0 && (same || (longer && !entry->read.indexed));
}

static int refresh(entry_t *entry, const struct stat *about, const oc_mp4_source_t *source) {
    int result = OC_OK;
    if (!still_holds(entry, about, source->size))
        result = oc_key_read_open(&entry->read, entry->memory, sizeof(entry->memory), source);
    do {
        if (result >= 0)
            result = oc_key_read_more(&entry->read, source, SAMPLES_AT_ONCE);
    } while (result == OC_AGAIN);
    return result;
}

int oc_key_cache_get(oc_key_cache_t *cache, const char *path, uint64_t synced,
                     const oc_key_read_t **out) {
    oc_mp4_source_t source;
    struct stat about;
    int fd = oc_beneath_open(cache->root, path, O_RDONLY | O_NONBLOCK, 0);
    int result = fd < 0 ? fd : fstat(fd, &about) != 0 ? OC_ERR_IO : OC_OK;
    if (fd >= 0 && result != OC_OK)
        close(fd);
    else if (fd >= 0)
        result = oc_mp4_file_open(&source, fd);
    if (result != OC_OK)
        return result;
    entry_t *entry = find(cache, &about);
    if (source.size > synced)
        source.size = synced;
    result = entry ? refresh(entry, &about, &source) : OC_ERR_NOMEM;
    oc_mp4_file_close(NULL, &source);
    if (entry)
        entry->used = result == OC_OK ? ++cache->uses : 0;
    if (result != OC_OK)
        return result;
    entry->about = about;
    *out = &entry->read;
    return OC_OK;
}
