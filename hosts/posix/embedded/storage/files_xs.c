/* Glue of files.ts: a descriptor for each object. The record lives as long as the object; what it
 * has open ends with close(), or when the object is collected or its machine deleted. (No
 * oc_xs_handle: an open file gives a script nothing to wait for.)
 * Natives give a number below 0 (OC_ERR_*) for what failed; the module makes an error of it. Every
 * call is a system call on the script's thread. */
#define _GNU_SOURCE
#include "oc_xs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "oc_app_folder.h"
#include "oc_capability.h"
#include "oc_cesu8.h"
#include "oc_err.h"
#include "oc_glue.h"
#include "oc_script_context.h"

/* What one call reads at most into a buffer that it makes. */
#define READ_MAX (4u * 1024 * 1024)

/* A file, a folder or a scan. */
typedef struct {
    oc_app_folder_t *folder;
    DIR *entries; /* of a scan; has the descriptor then */
    int fd;       /* -1: closed, or the application's own folder, which is opened for each call */
    int place;    /* -1: none */
    unsigned depth;
    oc_app_mode_t mode; /* of a file */
    bool root, closed;
} files_record_t;

void xs_app_file_destructor(void *data);
void xs_app_directory_destructor(void *data);
void xs_app_scan_destructor(void *data);
void xs_app_file(xsMachine *the);
void xs_app_file_close(xsMachine *the);
void xs_app_file_mode(xsMachine *the);
void xs_app_file_read(xsMachine *the);
void xs_app_file_read_into(xsMachine *the);
void xs_app_file_write(xsMachine *the);
void xs_app_file_resize(xsMachine *the);
void xs_app_file_flush(xsMachine *the);
void xs_app_file_status(xsMachine *the);
void xs_app_directory(xsMachine *the);
void xs_app_directory_close(xsMachine *the);
void xs_app_directory_make(xsMachine *the);
void xs_app_directory_remove(xsMachine *the);
void xs_app_directory_move(xsMachine *the);
void xs_app_directory_status(xsMachine *the);
void xs_app_scan(xsMachine *the);
void xs_app_scan_next(xsMachine *the);
void xs_app_scan_close(xsMachine *the);

static void end(files_record_t *record) {
    record->closed = true;
    if (record->entries)
        closedir(record->entries);
    else if (record->fd >= 0)
        close(record->fd);
    record->entries = NULL;
    record->fd = -1;
    oc_app_folder_give(record->folder, record->place);
    record->place = -1;
}

static void destroy(files_record_t *record) {
    if (!record)
        return;
    if (!record->closed)
        end(record);
    free(record);
}

void xs_app_file_destructor(void *data) {
    destroy(data);
}
void xs_app_directory_destructor(void *data) {
    destroy(data);
}
void xs_app_scan_destructor(void *data) {
    destroy(data);
}

static void may(xsMachine *the) {
    if (!oc_xs_may(the, OC_CAPABILITY_FILES))
        xsUnknownError("the application does not have the capability files");
}

/* Of the object `this`, which has none yet. */
static files_record_t *begin(xsMachine *the, oc_app_folder_t *folder, xsDestructor destructor) {
    if (xsmcGetHostDataValidate(xsThis, destructor)) /* throws for an object of another kind */
        xsUnknownError("an object is made once");
    files_record_t *record = calloc(1, sizeof *record);
    if (!record)
        xsUnknownError("no memory for a file");
    record->folder = folder;
    record->fd = record->place = -1;
    xsmcSetHostData(xsThis, record);
    return record;
}

/* The record keeps fd, or closes it when too much is open: what nobody can reach any more does not
 * count. file: it is a regular file. */
static int keep(xsMachine *the, files_record_t *record, int fd, bool file) {
    if (fd >= 0)
        record->place = oc_app_folder_take(record->folder, file ? fd : -1);
    if (fd >= 0 && record->place < 0) {
        xsCollectGarbage();
        record->place = oc_app_folder_take(record->folder, file ? fd : -1);
    }
    if (fd >= 0 && record->place < 0) {
        close(fd);
        fd = record->place;
    }
    record->fd = fd < 0 ? -1 : fd;
    record->closed = fd < 0;
    return fd < 0 ? fd : OC_OK;
}

static files_record_t *record_of(xsMachine *the, xsSlot *slot, xsDestructor destructor) {
    may(the);
    files_record_t *record = xsmcGetHostDataValidate(*slot, destructor);
    if (!record || record->closed)
        xsSyntaxError("closed");
    return record;
}

static files_record_t *file_of(xsMachine *the) {
    return record_of(the, &xsThis, xs_app_file_destructor);
}

/* Argument `index`, UTF-8 bytes, as a path. OC_OK | OC_ERR_INVAL. */
static int path_of(xsMachine *the, int index, char path[OC_FILE_PATH_MAX]) {
    const void *bytes;
    size_t size;
    oc_glue_bytes(the, index, &bytes, &size);
    if (size >= OC_FILE_PATH_MAX)
        return OC_ERR_TOO_BIG;
    if (size && memchr(bytes, 0, size))
        return OC_ERR_INVAL;
    if (size)
        memcpy(path, bytes, size);
    path[size] = '\0';
    return OC_OK;
}

/* The folder's descriptor for one call: leave_folder after it. */
static int enter_folder(const files_record_t *record) {
    return record->root ? oc_app_folder_root(record->folder) : record->fd;
}

static void leave_folder(const files_record_t *record, int at) {
    if (record->root && at >= 0)
        close(at);
}

/* A whole number of a script, 0 or more; negative: none. */
static int64_t number_of(xsMachine *the, int index) {
    double number = xsmcToNumber(xsArg(index));
    return number >= 0 && number <= 9007199254740991.0 && floor(number) == number ? (int64_t)number
                                                                                  : OC_ERR_RANGE;
}

static void set_result(xsMachine *the, int result) {
    xsmcSetInteger(xsResult, result);
}

/* [size, mode] */
static void set_status(xsMachine *the, int result, const oc_app_status_t *status) {
    set_result(the, result);
    if (result != OC_OK)
        return;
    xsmcVars(1);
    xsmcSetNewArray(xsResult, 2);
    xsmcSetNumber(xsVar(0), (double)status->size);
    xsmcSetIndex(xsResult, 0, xsVar(0));
    xsmcSetNumber(xsVar(0), status->mode);
    xsmcSetIndex(xsResult, 1, xsVar(0));
}

/* ---- files ---- */

/* file(directory, path, mode): a number */
void xs_app_file(xsMachine *the) {
    char path[OC_FILE_PATH_MAX];
    files_record_t *at = record_of(the, &xsArg(0), xs_app_directory_destructor);
    int mode = (int)xsmcToInteger(xsArg(2)), result = path_of(the, 1, path);
    if (mode < OC_APP_READ || mode > OC_APP_REWRITE)
        xsRangeError("no such mode");
    files_record_t *record = begin(the, at->folder, xs_app_file_destructor);
    record->mode = (oc_app_mode_t)mode;
    if (result == OC_OK) {
        int folder = result = enter_folder(at);
        if (folder >= 0)
            result = oc_app_file_open(at->folder, folder, path, record->mode);
        leave_folder(at, folder);
    }
    set_result(the, keep(the, record, result, true));
}

static void close_this(xsMachine *the, xsDestructor destructor) {
    files_record_t *record = xsmcGetHostDataValidate(xsThis, destructor);
    if (record && !record->closed && !record->root)
        end(record);
}

/* close() */
void xs_app_file_close(xsMachine *the) {
    close_this(the, xs_app_file_destructor);
}

/* mode(): how it was opened */
void xs_app_file_mode(xsMachine *the) {
    set_result(the, (int)file_of(the)->mode);
}

static int read_at(int fd, void *data, size_t size, int64_t at) {
    size_t used = 0;
    ssize_t got = 1;
    while (used < size && got != 0) {
        got = pread(fd, (char *)data + used, size - used, (off_t)(at + (int64_t)used));
        if (got < 0)
            return OC_ERR_IO;
        used += (size_t)got;
    }
    return (int)used;
}

/* read(count, position): ArrayBuffer, shorter at the end of the file; or a number */
void xs_app_file_read(xsMachine *the) {
    files_record_t *record = file_of(the);
    int64_t count = number_of(the, 0), at = number_of(the, 1);
    oc_app_status_t status;
    int result = count < 0 || at < 0 ? OC_ERR_RANGE : oc_app_file_status(record->fd, &status);
    if (result == OC_OK && record->mode == OC_APP_WRITE)
        result = OC_ERR_STATE;
    set_result(the, result);
    if (result != OC_OK)
        return;
    int64_t left = (int64_t)status.size > at ? (int64_t)status.size - at : 0;
    if (count > left)
        count = left;
    if (count > READ_MAX) {
        set_result(the, OC_ERR_TOO_BIG);
        return;
    }
    xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)count);
    result = read_at(record->fd, xsmcToArrayBuffer(xsResult), (size_t)count, at);
    if (result < 0)
        set_result(the, result);
    else if (result < count) /* it became shorter */
        xsmcSetArrayBufferLength(xsResult, result);
}

/* readInto(buffer, position): bytes read; or a number below 0 */
void xs_app_file_read_into(xsMachine *the) {
    files_record_t *record = file_of(the);
    int64_t at = number_of(the, 1);
    void *data;
    xsUnsignedValue size;
    xsmcGetBufferWritable(xsArg(0), &data, &size);
    set_result(the, at < 0                         ? OC_ERR_RANGE
                    : record->mode == OC_APP_WRITE ? OC_ERR_STATE
                                                   : read_at(record->fd, data, size, at));
}

/* write(buffer, position): a number */
void xs_app_file_write(xsMachine *the) {
    files_record_t *record = file_of(the);
    int64_t at = number_of(the, 1);
    const void *data;
    size_t size;
    oc_glue_bytes(the, 0, &data, &size);
    set_result(the, at < 0 ? OC_ERR_RANGE
                    : record->mode == OC_APP_READ
                        ? OC_ERR_STATE
                        : oc_app_file_write(record->folder, record->fd, data, size, (uint64_t)at));
}

/* resize(size): a number */
void xs_app_file_resize(xsMachine *the) {
    files_record_t *record = file_of(the);
    int64_t size = number_of(the, 0);
    set_result(the, size < 0 ? OC_ERR_RANGE
                    : record->mode == OC_APP_READ
                        ? OC_ERR_STATE
                        : oc_app_file_resize(record->folder, record->fd, (uint64_t)size));
}

/* flush(): a number */
void xs_app_file_flush(xsMachine *the) {
    set_result(the, oc_app_file_flush(file_of(the)->fd));
}

/* status(): [size, mode], or a number */
void xs_app_file_status(xsMachine *the) {
    oc_app_status_t status;
    set_status(the, oc_app_file_status(file_of(the)->fd, &status), &status);
}

/* ---- folders ---- */

/* directory(): that of the application. directory(directory, path): a number */
void xs_app_directory(xsMachine *the) {
    char path[OC_FILE_PATH_MAX];
    may(the);
    if (xsmcTypeOf(xsArg(0)) == xsUndefinedType) {
        oc_script_context_t *context = oc_xs_host(the);
        if (!context || !context->app_folder)
            xsUnknownError("this host has no folder of the application");
        begin(the, context->app_folder, xs_app_directory_destructor)->root = true;
        set_result(the, OC_OK);
        return;
    }
    files_record_t *at = record_of(the, &xsArg(0), xs_app_directory_destructor);
    int result = path_of(the, 1, path);
    files_record_t *record = begin(the, at->folder, xs_app_directory_destructor);
    if (result == OC_OK) {
        int folder = result = enter_folder(at);
        if (folder >= 0)
            result = oc_app_folder_open(folder, path);
        leave_folder(at, folder);
        record->depth = at->depth + oc_app_path_depth(path);
    }
    set_result(the, keep(the, record, result, false));
}

/* close() */
void xs_app_directory_close(xsMachine *the) {
    close_this(the, xs_app_directory_destructor);
}

typedef int (*folder_call_t)(files_record_t *record, int at, const char *path, void *data);

/* One call on the folder `this` with the path of argument 0. */
static int with_path(xsMachine *the, folder_call_t call, void *data) {
    char path[OC_FILE_PATH_MAX];
    files_record_t *record = record_of(the, &xsThis, xs_app_directory_destructor);
    int result = path_of(the, 0, path);
    if (result != OC_OK)
        return result;
    int at = enter_folder(record);
    result = at < 0 ? at : call(record, at, path, data);
    leave_folder(record, at);
    return result;
}

/* Once more when a file is open that nobody can reach any more. */
static int with_path_again(xsMachine *the, folder_call_t call, void *data) {
    int result = with_path(the, call, data);
    if (result != OC_ERR_BUSY)
        return result;
    xsCollectGarbage();
    return with_path(the, call, data);
}

static int make(files_record_t *record, int at, const char *path, void *data) {
    return oc_app_folder_make(record->folder, at, record->depth, path);
}

/* make(path): 0, 1 it is there, or a number below 0 */
void xs_app_directory_make(xsMachine *the) {
    set_result(the, with_path(the, make, NULL));
}

static int remove_path(files_record_t *record, int at, const char *path, void *data) {
    return oc_app_folder_remove(record->folder, at, path);
}

/* remove(path): 0, 1 it is not there, or a number below 0 */
void xs_app_directory_remove(xsMachine *the) {
    set_result(the, with_path_again(the, remove_path, NULL));
}

static int status_of(files_record_t *record, int at, const char *path, void *data) {
    return oc_app_folder_status(at, path, data);
}

/* status(path): [size, mode], or a number */
void xs_app_directory_status(xsMachine *the) {
    oc_app_status_t status = {0};
    set_status(the, with_path(the, status_of, &status), &status);
}

/* Where something is moved to. */
typedef struct {
    files_record_t *folder;
    char path[OC_FILE_PATH_MAX];
} target_t;

static int move(files_record_t *record, int at, const char *path, void *data) {
    const target_t *target = data;
    int to = enter_folder(target->folder);
    int result = to < 0 ? to
                        : oc_app_folder_move(record->folder, at, path, to, target->folder->depth,
                                             target->path);
    leave_folder(target->folder, to);
    return result;
}

/* move(from, to, directory): a number */
void xs_app_directory_move(xsMachine *the) {
    target_t target = {.folder = record_of(the, &xsArg(2), xs_app_directory_destructor)};
    int result = path_of(the, 1, target.path);
    set_result(the, result == OC_OK ? with_path_again(the, move, &target) : result);
}

/* ---- scans ---- */

/* scan(directory, path): a number */
void xs_app_scan(xsMachine *the) {
    char path[OC_FILE_PATH_MAX];
    files_record_t *at = record_of(the, &xsArg(0), xs_app_directory_destructor);
    int result = path_of(the, 1, path);
    files_record_t *record = begin(the, at->folder, xs_app_scan_destructor);
    if (result == OC_OK) {
        int folder = result = enter_folder(at);
        if (folder >= 0)
            result = oc_app_folder_open(folder, path);
        leave_folder(at, folder);
    }
    result = keep(the, record, result, false);
    if (result == OC_OK && !(record->entries = fdopendir(record->fd))) {
        end(record);
        result = OC_ERR_NOMEM;
    }
    set_result(the, result);
}

/* next(): the name, undefined when there is none. Names that are not UTF-8 are left out. */
void xs_app_scan_next(xsMachine *the) {
    files_record_t *record = xsmcGetHostDataValidate(xsThis, xs_app_scan_destructor);
    const char *name = NULL;
    bool malformed = false;
    size_t length = 0;
    while (record && record->entries && (name = oc_app_folder_next(record->entries))) {
        length = oc_cesu8_from_utf8(NULL, (const uint8_t *)name, strlen(name), &malformed);
        if (!malformed)
            break;
    }
    if (!name) {
        if (record && !record->closed)
            end(record);
        return;
    }
    xsmcSetStringBuffer(xsResult, NULL, (xsIntegerValue)length);
    oc_cesu8_from_utf8(xsmcToString(xsResult), (const uint8_t *)name, strlen(name), &malformed);
}

/* close() */
void xs_app_scan_close(xsMachine *the) {
    close_this(the, xs_app_scan_destructor);
}
