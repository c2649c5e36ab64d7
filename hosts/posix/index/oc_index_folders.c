#include "oc_index_folders.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_data_dir.h"

/* 0: it is not there. */
static int64_t changed_ns(int root, const char *channel) {
    char path[sizeof(OC_DATA_DIR_RECORDINGS) + 40];
    struct stat about;
    snprintf(path, sizeof(path), OC_DATA_DIR_RECORDINGS "%s%s", channel[0] ? "/" : "", channel);
    if (fstatat(root, path, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    return about.st_mtim.tv_sec * INT64_C(1000000000) + about.st_mtim.tv_nsec;
}

static unsigned find(const oc_index_folders_t *folders, const char *channel) {
    unsigned at = 0;
    while (at < folders->count && strcmp(folders->folder[at].channel, channel) != 0)
        at++;
    return at;
}

void oc_index_folders_compared(oc_index_folders_t *folders, int root, const char *channel) {
    unsigned at = find(folders, channel);
    if (at == OC_INDEX_SCAN_CHANNELS)
        return;
    if (at == folders->count) {
        folders->count++;
        snprintf(folders->folder[at].channel, sizeof(folders->folder[at].channel), "%s", channel);
    }
    folders->folder[at].changed_ns = changed_ns(root, channel);
}

void oc_index_folders_noted(oc_index_folders_t *folders, const char *channel) {
    unsigned at = find(folders, channel);
    if (at == folders->count && at < OC_INDEX_SCAN_CHANNELS) {
        folders->count++;
        snprintf(folders->folder[at].channel, sizeof(folders->folder[at].channel), "%s", channel);
    }
    if (at < folders->count)
        folders->folder[at].changed_ns = 0;
}

uint64_t oc_index_folders_changed(oc_index_folders_t *folders, int root) {
    uint64_t bits = 0;
    int64_t top_ns = changed_ns(root, "");
    if (top_ns != folders->top_ns)
        bits = UINT64_MAX;
    folders->top_ns = top_ns;
    for (unsigned i = 0; i < folders->count; i++) {
        int64_t now_ns = changed_ns(root, folders->folder[i].channel);
        if (folders->folder[i].changed_ns != 0 && folders->folder[i].changed_ns != now_ns)
            bits |= oc_index_scan_bit(folders->folder[i].channel);
        folders->folder[i].changed_ns = now_ns;
    }
    return bits;
}
