#define _GNU_SOURCE
#include "oc_update_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_posix.h"

#define RECORD_STEP 4096 /* bytes between the two copies: no sector holds both */

/* ---- slots and record ---- */

static int open_file(const oc_update_disk_t *disk, const char *name, int *out) {
    char path[64];
    snprintf(path, sizeof(path), OC_UPDATE_FOLDER "/%s", name);
    *out = oc_beneath_open(disk->root, path, O_RDWR | O_CREAT, 0600);
    return *out < 0 ? *out : OC_OK;
}

int oc_update_disk_open(oc_update_disk_t *disk, int root) {
    disk->root = root;
    for (unsigned i = 0; i < OC_SLOTS_PLACES; i++)
        disk->files[i] = -1;
    int result = oc_beneath_mkdir(root, OC_UPDATE_FOLDER);
    if (result == OC_OK)
        result = open_file(disk, "record", &disk->files[OC_SLOTS_RECORD_0]);
    if (result == OC_OK)
        result = open_file(disk, "slot-a", &disk->files[OC_SLOTS_A]);
    if (result == OC_OK)
        result = open_file(disk, "slot-b", &disk->files[OC_SLOTS_B]);
    return result;
}

void oc_update_disk_close(oc_update_disk_t *disk) {
    for (unsigned i = 0; i < OC_SLOTS_PLACES; i++) {
        if (disk->files[i] >= 0)
            close(disk->files[i]);
        disk->files[i] = -1;
    }
}

static bool is_record(enum oc_slots_place place) {
    return place == OC_SLOTS_RECORD_0 || place == OC_SLOTS_RECORD_1;
}

static int file_of(const oc_update_disk_t *disk, enum oc_slots_place place) {
    return disk->files[is_record(place) ? OC_SLOTS_RECORD_0 : place];
}

static off_t begin_of(enum oc_slots_place place) {
    return place == OC_SLOTS_RECORD_1 ? RECORD_STEP : 0;
}

static int read_place(void *context, enum oc_slots_place place, uint32_t offset, void *to,
                      size_t size) {
    const oc_update_disk_t *disk = context;
    uint8_t *at = to;
    off_t from = begin_of(place) + offset;
    while (size > 0) {
        ssize_t got = pread(file_of(disk, place), at, size, from);
        if (got < 0 && errno != EINTR)
            return OC_ERR_IO;
        if (got == 0)
            return OC_ERR_TRUNC;
        at += got > 0 ? got : 0;
        from += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return OC_OK;
}

/* The blocks are reserved before anything is written: a disk that is full refuses here. */
static int erase_place(void *context, enum oc_slots_place place, uint32_t size) {
    const oc_update_disk_t *disk = context;
    if (is_record(place))
        return OC_OK;
    if (ftruncate(file_of(disk, place), 0) != 0)
        return oc_posix_error(errno);
    int error = size > 0 ? posix_fallocate(file_of(disk, place), 0, size) : 0;
    if (error != 0 && error != EOPNOTSUPP && error != EINVAL) {
        int result = oc_posix_error(error);
        return ftruncate(file_of(disk, place), 0) == 0 ? result : OC_ERR_IO;
    }
    return OC_OK;
}

static int write_place(void *context, enum oc_slots_place place, uint32_t offset, const void *from,
                       size_t size) {
    const oc_update_disk_t *disk = context;
    const uint8_t *at = from;
    off_t to = begin_of(place) + offset;
    while (size > 0) {
        ssize_t put = pwrite(file_of(disk, place), at, size, to);
        if (put < 0 && errno != EINTR)
            return oc_posix_error(errno);
        at += put > 0 ? put : 0;
        to += put > 0 ? put : 0;
        size -= put > 0 ? (size_t)put : 0;
    }
    return OC_OK;
}

static int flush_place(void *context, enum oc_slots_place place) {
    const oc_update_disk_t *disk = context;
    return fdatasync(file_of(disk, place)) == 0 ? OC_OK : oc_posix_error(errno);
}

oc_slots_io_t oc_update_disk_io(oc_update_disk_t *disk) {
    return (oc_slots_io_t){.context = disk,
                           .read = read_place,
                           .erase = erase_place,
                           .write = write_place,
                           .flush = flush_place};
}
