/* oc_sim_disk - see the header. Aborts on a test's own mistakes (full tables, wrong order). */
#include "oc_sim_disk.h"

#include <stdlib.h>
#include "oc_err.h"

#define FILES   256
#define FOLDERS 16
#define QUEUE   64
#define SECTOR  512

/* A write that no SYNC has covered yet. */
typedef struct unsynced {
    uint64_t offset;
    size_t len;
    uint8_t *bytes;
    struct unsynced *next;
} unsynced_t;

typedef struct file {
    char path[OC_FILE_PATH_MAX];
    bool there;    /* in the folder */
    bool unlinked; /* taken out of the folder, which was not synced since */
    bool open;
    uint32_t handle;
    uint8_t *data, *durable; /* what a reader sees; what is on the medium for sure */
    size_t len, durable_len, room, durable_room;
    unsynced_t *writes, **writes_end;
} file_t;

typedef struct pending {
    const oc_file_op_t *op;
    int64_t done_us;
} pending_t;

struct oc_sim_disk {
    uint64_t random;
    oc_sim_disk_faults_t faults;
    file_t file[FILES];
    size_t files;
    char folder[FOLDERS][OC_FILE_PATH_MAX];
    size_t folders;
    pending_t queue[QUEUE];
    size_t queue_first, queue_len;
    int64_t busy_until_us;
};

static uint64_t draw(oc_sim_disk_t *disk, uint64_t below) {
    uint64_t z = disk->random += 0x9E3779B97F4A7C15u; /* splitmix64 */
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (z ^ z >> 31) % below;
}

static void grow(uint8_t **data, size_t *room, size_t len) {
    if (len <= *room)
        return;
    size_t more = *room ? *room : 65536;
    while (more < len)
        more *= 2;
    *data = realloc(*data, more);
    if (!*data)
        abort();
    *room = more;
}

static void put_bytes(uint8_t **data, size_t *room, size_t *len, uint64_t offset,
                      const uint8_t *bytes, size_t n) {
    grow(data, room, offset + n);
    if (offset > *len)
        memset(*data + *len, 0, offset - *len);
    if (n > 0) /* a full disk may take none of them: *data may be NULL */
        memcpy(*data + offset, bytes, n);
    if (offset + n > *len)
        *len = offset + n;
}

static void forget_writes(file_t *file) {
    while (file->writes) {
        unsynced_t *next = file->writes->next;
        free(file->writes->bytes);
        free(file->writes);
        file->writes = next;
    }
    file->writes_end = &file->writes;
}

oc_sim_disk_t *oc_sim_disk_create(uint64_t seed) {
    oc_sim_disk_t *disk = calloc(1, sizeof *disk);
    if (!disk)
        abort();
    disk->random = seed;
    for (size_t i = 0; i < FILES; i++)
        disk->file[i].writes_end = &disk->file[i].writes;
    return disk;
}

void oc_sim_disk_destroy(oc_sim_disk_t *disk) {
    for (size_t i = 0; i < FILES; i++) {
        forget_writes(&disk->file[i]);
        free(disk->file[i].data);
        free(disk->file[i].durable);
    }
    free(disk);
}

oc_sim_disk_faults_t *oc_sim_disk_faults(oc_sim_disk_t *disk) {
    return &disk->faults;
}

static file_t *by_path(oc_sim_disk_t *disk, const char *path) {
    for (size_t i = 0; i < disk->files; i++)
        if (disk->file[i].there && strcmp(disk->file[i].path, path) == 0)
            return &disk->file[i];
    return NULL;
}

static file_t *by_handle(oc_sim_disk_t *disk, uint32_t handle) {
    for (size_t i = 0; i < disk->files; i++)
        if (disk->file[i].open && disk->file[i].handle == handle)
            return &disk->file[i];
    return NULL;
}

static bool folder_there(const oc_sim_disk_t *disk, const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        return true;
    for (size_t i = 0; i < disk->folders; i++)
        if (strlen(disk->folder[i]) == (size_t)(slash - path) &&
            memcmp(disk->folder[i], path, (size_t)(slash - path)) == 0)
            return true;
    return false;
}

static void folders_synced(oc_sim_disk_t *disk) {
    for (size_t i = 0; i < disk->files; i++)
        disk->file[i].unlinked = false;
}

static int do_create(oc_sim_disk_t *disk, const oc_file_op_t *op) {
    if (by_path(disk, op->path))
        return OC_ERR_EXIST;
    if (!folder_there(disk, op->path))
        return OC_ERR_NOENT;
    if (disk->files == FILES)
        abort();
    file_t *file = &disk->file[disk->files++];
    memcpy(file->path, op->path, sizeof file->path);
    file->there = file->open = true;
    file->handle = op->handle;
    folders_synced(disk);
    return OC_OK;
}

static uint64_t used_bytes(const oc_sim_disk_t *disk) {
    uint64_t sum = 0;
    for (size_t i = 0; i < disk->files; i++)
        if (disk->file[i].there)
            sum += disk->file[i].len;
    return sum;
}

/* Writes the first `limit` bytes of the operation. */
static void write_spans(file_t *file, const oc_file_op_t *op, size_t limit) {
    unsynced_t *write = calloc(1, sizeof *write);
    for (uint32_t i = 0; i < op->spans_len; i++)
        write->len += op->spans[i].len;
    if (write->len > limit)
        write->len = limit;
    write->offset = op->offset;
    write->bytes = malloc(write->len + 1);
    if (!write->bytes)
        abort();
    for (size_t i = 0, at = 0; at < write->len; i++) {
        size_t n = op->spans[i].len < write->len - at ? op->spans[i].len : write->len - at;
        memcpy(write->bytes + at, op->spans[i].data, n);
        at += n;
    }
    put_bytes(&file->data, &file->room, &file->len, write->offset, write->bytes, write->len);
    *file->writes_end = write;
    file->writes_end = &write->next;
}

static size_t op_bytes(const oc_file_op_t *op) {
    size_t sum = 0;
    for (uint32_t i = 0; i < op->spans_len; i++)
        sum += op->spans[i].len;
    return sum;
}

static int do_write(oc_sim_disk_t *disk, const oc_file_op_t *op) {
    file_t *file = by_handle(disk, op->handle);
    if (!file)
        return OC_ERR_NOENT;
    uint64_t used = used_bytes(disk), capacity = disk->faults.capacity_bytes;
    size_t len = op_bytes(op);
    if (capacity && used + len > capacity) {
        write_spans(file, op, capacity > used ? (size_t)(capacity - used) : 0);
        return OC_ERR_DISK_FULL;
    }
    write_spans(file, op, SIZE_MAX);
    return OC_OK;
}

static void make_durable(file_t *file) {
    for (unsynced_t *w = file->writes; w; w = w->next)
        put_bytes(&file->durable, &file->durable_room, &file->durable_len, w->offset, w->bytes,
                  w->len);
    forget_writes(file);
}

static int do_truncate(oc_sim_disk_t *disk, const oc_file_op_t *op) {
    file_t *file = by_path(disk, op->path);
    if (!file)
        return OC_ERR_NOENT;
    if (file->open)
        abort(); /* the contract says: no handle open */
    make_durable(file);
    if (op->offset < file->len)
        file->len = (size_t)op->offset;
    if (op->offset < file->durable_len)
        file->durable_len = (size_t)op->offset;
    return OC_OK;
}

/* synced: false when the power goes in the middle of it. */
static int do_patch(oc_sim_disk_t *disk, const oc_file_op_t *op, bool synced) {
    file_t *file = by_path(disk, op->path);
    if (!file)
        return OC_ERR_NOENT;
    if (file->open)
        abort(); /* the contract says: no handle open */
    uint64_t used = used_bytes(disk), capacity = disk->faults.capacity_bytes;
    uint64_t end = op->offset + op_bytes(op), more = end > file->len ? end - file->len : 0;
    bool full = capacity && used + more > capacity;
    write_spans(file, op, full ? op_bytes(op) / 2 : SIZE_MAX);
    if (synced && !full)
        make_durable(file);
    return full ? OC_ERR_DISK_FULL : OC_OK;
}

static int do_rename(oc_sim_disk_t *disk, const oc_file_op_t *op) {
    file_t *file = by_path(disk, op->path);
    if (!file || !folder_there(disk, op->to))
        return OC_ERR_NOENT;
    if (by_path(disk, op->to))
        return OC_ERR_EXIST;
    memcpy(file->path, op->to, sizeof file->path);
    folders_synced(disk);
    return OC_OK;
}

static int do_mkdir(oc_sim_disk_t *disk, const oc_file_op_t *op) {
    char below[OC_FILE_PATH_MAX + 2];
    size_t len = strlen(op->path);
    memcpy(below, op->path, len);
    memcpy(below + len, "/x", 3);
    if (folder_there(disk, below))
        return OC_OK;
    if (disk->folders == FOLDERS)
        abort();
    memcpy(disk->folder[disk->folders++], op->path, sizeof op->path);
    return OC_OK;
}

static int carry_out(oc_sim_disk_t *disk, const oc_file_op_t *op) {
    oc_sim_disk_faults_t *faults = &disk->faults;
    file_t *file;
    if (faults->code[op->kind] < 0 && faults->passes[op->kind]-- == 0) {
        faults->passes[op->kind] = 0;
        file = by_handle(disk, op->handle);
        if (op->kind == OC_FILE_WRITE && faults->tear_writes && file)
            write_spans(file, op, op_bytes(op) / 2);
        if (op->kind == OC_FILE_PATCH && faults->tear_writes && by_path(disk, op->path))
            write_spans(by_path(disk, op->path), op, op_bytes(op) / 2);
        if (op->kind == OC_FILE_CLOSE && file)
            file->open = false; /* as close(2): the handle is gone also when it fails */
        return faults->code[op->kind];
    }
    switch (op->kind) {
    case OC_FILE_MKDIR:
        return do_mkdir(disk, op);
    case OC_FILE_CREATE:
        return do_create(disk, op);
    case OC_FILE_WRITE:
        return do_write(disk, op);
    case OC_FILE_SYNC:
    case OC_FILE_CLOSE:
        file = by_handle(disk, op->handle);
        if (!file)
            return OC_ERR_NOENT;
        if (op->kind == OC_FILE_SYNC)
            make_durable(file);
        else
            file->open = false;
        return OC_OK;
    case OC_FILE_TRUNCATE:
        return do_truncate(disk, op);
    case OC_FILE_PATCH:
        return do_patch(disk, op, true);
    case OC_FILE_RENAME:
        return do_rename(disk, op);
    case OC_FILE_UNLINK:
        file = by_path(disk, op->path);
        if (file) {
            file->there = false;
            file->unlinked = true;
        }
        return OC_OK;
    }
    abort();
}

void oc_sim_disk_submit(oc_sim_disk_t *disk, const oc_file_op_t *op, int64_t now_us) {
    if (disk->queue_len == QUEUE)
        abort();
    if (disk->busy_until_us < now_us)
        disk->busy_until_us = now_us;
    disk->busy_until_us += disk->faults.delay_us[op->kind];
    disk->queue[(disk->queue_first + disk->queue_len++) % QUEUE] =
        (pending_t){op, disk->busy_until_us};
}

int64_t oc_sim_disk_due(const oc_sim_disk_t *disk) {
    return disk->queue_len ? disk->queue[disk->queue_first].done_us : INT64_MAX;
}

bool oc_sim_disk_done(oc_sim_disk_t *disk, int64_t now_us, uint32_t *id, int *result) {
    if (oc_sim_disk_due(disk) > now_us)
        return false;
    const oc_file_op_t *op = disk->queue[disk->queue_first].op;
    disk->queue_first = (disk->queue_first + 1) % QUEUE;
    disk->queue_len--;
    *id = op->id;
    *result = carry_out(disk, op);
    return true;
}

int oc_sim_disk_do(oc_sim_disk_t *disk, const oc_file_op_t *op) {
    return carry_out(disk, op);
}

/* Keeps [from, to) of a write; returns the end of it in the file. */
static size_t keep(file_t *file, const unsynced_t *w, size_t from, size_t to) {
    if (from >= to)
        return 0;
    memcpy(file->durable + w->offset + from, w->bytes + from, to - from);
    return (size_t)w->offset + to;
}

/* What one unsynced write leaves on the medium; returns the end of it in the file. */
static size_t leave(oc_sim_disk_t *disk, file_t *file, const unsynced_t *w) {
    size_t end = 0;
    switch (draw(disk, 6)) {
    case 0: /* lost */
        return 0;
    case 1: /* cut */
        return keep(file, w, 0, (size_t)draw(disk, w->len + 1));
    case 2: /* only its end */
        return keep(file, w, (size_t)draw(disk, w->len + 1), w->len);
    case 3: /* sectors */
        for (size_t at = 0; at < w->len; at += SECTOR) {
            size_t to = w->len - at < SECTOR ? w->len : at + SECTOR;
            size_t kept = draw(disk, 2) ? keep(file, w, at, to) : 0;
            end = kept > end ? kept : end;
        }
        return end;
    default:
        return keep(file, w, 0, w->len);
    }
}

static void cut_file(oc_sim_disk_t *disk, file_t *file) {
    size_t synced = file->durable_len, end = synced;
    for (const unsynced_t *w = file->writes; w; w = w->next)
        if (w->len && w->offset + w->len > end)
            end = (size_t)w->offset + w->len;
    bool garbage = draw(disk, 2), full_length = draw(disk, 2);
    grow(&file->durable, &file->durable_room, end);
    for (size_t i = synced; i < end; i++)
        file->durable[i] = garbage ? (uint8_t)draw(disk, 256) : 0;
    file->durable_len = full_length ? end : synced;
    for (const unsynced_t *w = file->writes; w; w = w->next) {
        size_t kept = leave(disk, file, w);
        file->durable_len = kept > file->durable_len ? kept : file->durable_len;
    }
    forget_writes(file);
    grow(&file->data, &file->room, file->durable_len);
    if (file->durable_len)
        memcpy(file->data, file->durable, file->durable_len);
    file->len = file->durable_len;
    file->open = false;
}

void oc_sim_disk_power_cut(oc_sim_disk_t *disk) {
    while (disk->queue_len) { /* what was handed in may have been done, up to some point */
        const oc_file_op_t *op = disk->queue[disk->queue_first].op;
        disk->queue_first = (disk->queue_first + 1) % QUEUE;
        disk->queue_len--;
        if (draw(disk, 2)) {
            if (op->kind == OC_FILE_PATCH)
                (void)do_patch(disk, op, false);
            break;
        }
        if (op->kind != OC_FILE_SYNC || draw(disk, 2))
            (void)carry_out(disk, op);
    }
    disk->queue_len = 0;
    disk->busy_until_us = 0;
    for (size_t i = 0; i < disk->files; i++) {
        file_t *file = &disk->file[i];
        if (file->unlinked && draw(disk, 2) && !by_path(disk, file->path))
            file->there = true;
        file->unlinked = false;
        cut_file(disk, file);
    }
}

static int compare(const void *a, const void *b) {
    return strcmp(((const file_t *)a)->path, ((const file_t *)b)->path);
}

/* Files that are there come first, sorted. */
static size_t sorted(const oc_sim_disk_t *const_disk) {
    oc_sim_disk_t *disk = (oc_sim_disk_t *)const_disk;
    size_t there = 0;
    for (size_t i = 0; i < disk->files; i++) {
        if (!disk->file[i].there)
            continue;
        file_t swap = disk->file[there];
        disk->file[there] = disk->file[i];
        disk->file[i] = swap;
        there++;
    }
    qsort(disk->file, there, sizeof disk->file[0], compare);
    for (size_t i = 0; i < disk->files; i++) {
        file_t *file = &disk->file[i];
        file->writes_end = &file->writes;
        while (*file->writes_end)
            file->writes_end = &(*file->writes_end)->next;
    }
    return there;
}

size_t oc_sim_disk_files(const oc_sim_disk_t *disk) {
    return sorted(disk);
}
const char *oc_sim_disk_path(const oc_sim_disk_t *disk, size_t file) {
    return file < sorted(disk) ? disk->file[file].path : NULL;
}
oc_span_t oc_sim_disk_bytes(const oc_sim_disk_t *disk, size_t file) {
    return file < sorted(disk) ? oc_span(disk->file[file].data, disk->file[file].len)
                               : oc_span(NULL, 0);
}
int oc_sim_disk_find(const oc_sim_disk_t *disk, const char *path) {
    size_t n = sorted(disk);
    for (size_t i = 0; i < n; i++)
        if (strcmp(disk->file[i].path, path) == 0)
            return (int)i;
    return -1;
}

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    const file_t *file = context;
    if (offset > file->len || len > file->len - offset)
        return OC_ERR_TRUNC;
    memcpy(buffer, file->data + offset, len);
    return OC_OK;
}

void oc_sim_disk_source(const oc_sim_disk_t *disk, size_t file, oc_mp4_source_t *source) {
    if (file >= sorted(disk))
        abort();
    *source = (oc_mp4_source_t){read_at, (void *)&disk->file[file], disk->file[file].len};
}

void oc_sim_disk_put(oc_sim_disk_t *disk, const char *path, oc_span_t bytes) {
    if (disk->files == FILES)
        abort();
    file_t *file = &disk->file[disk->files++];
    size_t len = strlen(path);
    memcpy(file->path, path, len + 1);
    file->there = true;
    put_bytes(&file->data, &file->room, &file->len, 0, bytes.data, bytes.len);
    put_bytes(&file->durable, &file->durable_room, &file->durable_len, 0, bytes.data, bytes.len);
}

void oc_sim_disk_remove_folder(oc_sim_disk_t *disk, const char *path) {
    size_t len = strlen(path);
    for (size_t i = 0; i < disk->files; i++)
        if (disk->file[i].there && strncmp(disk->file[i].path, path, len) == 0 &&
            disk->file[i].path[len] == '/')
            disk->file[i].there = false;
    for (size_t i = 0; i < disk->folders; i++)
        if (strcmp(disk->folder[i], path) == 0) {
            memmove(disk->folder[i], disk->folder[i + 1],
                    (disk->folders - i - 1) * sizeof disk->folder[0]);
            disk->folders--;
            break;
        }
}
