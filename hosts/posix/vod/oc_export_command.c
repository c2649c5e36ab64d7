#define _GNU_SOURCE
#include "oc_export_command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_export_file.h"
#include "oc_json.h"
#include "oc_posix.h"
#include "oc_stderr.h"
#include "oc_vod_time.h"

enum { DONE = 0, FAILED = 1, USAGE = 2 };

#define PART        (1024 * 1024)         /* bytes copied at a time */
#define PROGRESS_US (500 * INT64_C(1000)) /* between two lines */
#define LINE_MAX    (4096 + 256)          /* with a path in it */

static int fail(int code, const char *what, const char *name, const char *why) {
    char line[LINE_MAX];
    snprintf(line, sizeof(line), "export: %s%.4000s: %.180s", what, name, why);
    oc_stderr_report(line);
    return code;
}

/* {"event":"exported","file":"a.mp4","bytes":1,"total":1,...} */
static void print_json(const oc_export_command_t *command, const char *event, uint64_t bytes,
                       uint64_t total, const oc_export_about_t *about) {
    char text[LINE_MAX], begun[OC_VOD_TIME_TEXT];
    oc_json_t json = oc_json(text, sizeof(text) - 1);
    oc_vod_time_write(about->begun_ms, begun);
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "event", event);
    oc_json_member_string(&json, "file", command->file);
    oc_json_member_int(&json, "bytes", (int64_t)bytes);
    oc_json_member_int(&json, "total", (int64_t)total);
    oc_json_member_string(&json, "start", begun);
    oc_json_member_int(&json, "durationMs", about->duration_ms);
    oc_json_member_int(&json, "leftOut", about->left_outs);
    oc_json_end_object(&json);
    if (json.bad)
        return;
    text[json.len] = '\n';
    fwrite(text, 1, json.len + 1, stdout);
    fflush(stdout);
}

static void show_progress(const oc_export_command_t *command, uint64_t bytes, uint64_t total,
                          const oc_export_about_t *about) {
    if (command->json)
        print_json(command, "progress", bytes, total, about);
    else if (isatty(STDERR_FILENO))
        fprintf(stderr, "\rexport: %3u %% of %llu MB%s", (unsigned)(bytes * 100 / total),
                (unsigned long long)(total / 1000000), bytes == total ? "\n" : "");
}

static int write_all(int fd, const char *data, size_t len) {
    for (size_t done = 0; done < len;) {
        ssize_t n = write(fd, data + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return errno ? errno : EIO;
        done += (size_t)n;
    }
    return 0;
}

static int copy(const oc_export_command_t *command, const oc_body_ref_t *body, int fd,
                const oc_export_about_t *about) {
    char *part = malloc(PART);
    int64_t shown_us = oc_posix_now_us();
    int code = part ? DONE : fail(FAILED, "", command->file, oc_err_text(OC_ERR_NOMEM));
    for (uint64_t at = 0; at < body->bytes && code == DONE;) {
        int64_t got = oc_body_read(body, at, part, PART);
        int error = got > 0 ? write_all(fd, part, (size_t)got) : 0;
        if (got <= 0)
            code = fail(FAILED, "recordings of ", command->channel, oc_err_text((int)got));
        else if (error)
            code = fail(FAILED, "", command->file, strerror(error));
        at += got > 0 ? (uint64_t)got : 0;
        if (code == DONE && oc_posix_now_us() - shown_us >= PROGRESS_US && at < body->bytes) {
            show_progress(command, at, body->bytes, about);
            shown_us = oc_posix_now_us();
        }
    }
    free(part);
    return code;
}

/* The file is there when it is whole. */
static int save(const oc_export_command_t *command, const oc_body_ref_t *body,
                const oc_export_about_t *about) {
    char part[LINE_MAX];
    int len = snprintf(part, sizeof part, "%s.part", command->file);
    if (len >= (int)sizeof part || access(command->file, F_OK) == 0)
        return fail(FAILED, "", command->file, "exists already; name another file");
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(FAILED, "", part, strerror(errno));
    int code = copy(command, body, fd, about);
    if (close(fd) != 0 && code == DONE)
        code = fail(FAILED, "", part, strerror(errno));
    if (code == DONE && link(part, command->file) != 0 && errno == EEXIST)
        code = fail(FAILED, "", command->file, "exists already; name another file");
    else if (code == DONE && access(command->file, F_OK) != 0 &&
             rename(part, command->file) != 0) /* a file system without links */
        code = fail(FAILED, "", command->file, strerror(errno));
    (void)unlink(part);
    if (code == DONE)
        show_progress(command, body->bytes, body->bytes, about);
    if (code == DONE && command->json)
        print_json(command, "exported", body->bytes, body->bytes, about);
    return code;
}

static void name_left_out(const oc_export_about_t *about) {
    char line[LINE_MAX];
    snprintf(line, sizeof line,
             "export: %u recordings of this span are damaged and left out: %.640s",
             (unsigned)about->left_outs, about->left_out);
    oc_stderr_report(line);
}

static int fail_plan(const oc_export_command_t *command, int result,
                     const oc_export_about_t *about) {
    char line[160], at[OC_VOD_TIME_TEXT];
    if (result == OC_ERR_STATE) {
        oc_vod_time_write(about->changed_ms, at);
        snprintf(line, sizeof line, "the coding changes at %s: export up to it, and from it on",
                 at);
        return fail(FAILED, "channel ", command->channel, line);
    }
    return fail(FAILED, "channel ", command->channel,
                result == OC_ERR_NOENT ? "nothing was recorded in this span; see ocellus export "
                                         "--help for times"
                                       : oc_err_text(result));
}

static int read_request(const oc_export_command_t *command, oc_export_request_t *request) {
    oc_clock_t clock;
    oc_posix_clock(&clock);
    request->channel = command->channel;
    request->to_ms = oc_clock_wall_us(&clock, oc_posix_now_us()) / 1000;
    if (!command->channel || !command->from || !command->file)
        return fail(USAGE, "", "", "--channel, --from and --out are needed; see ocellus --help");
    if (oc_vod_time_read(command->from, &request->from_ms) != OC_OK)
        return fail(USAGE, "--from: ", command->from, "use a time as 2026-11-21T02:51:00Z");
    if (command->to && oc_vod_time_read(command->to, &request->to_ms) != OC_OK)
        return fail(USAGE, "--to: ", command->to, "use a time as 2026-11-21T02:51:00Z");
    if (request->to_ms <= request->from_ms)
        return fail(USAGE, "--to: ", command->to ? command->to : "now", "lies before --from");
    if (command->format && strcmp(command->format, "plain") == 0)
        request->format = OC_EXPORT_PLAIN;
    else if (command->format && strcmp(command->format, "fragmented") != 0)
        return fail(USAGE, "--format: ", command->format, "use fragmented or plain");
    return DONE;
}

int oc_export_command_run(const oc_export_command_t *command) {
    oc_export_request_t request = {0};
    oc_export_about_t about = {0};
    oc_body_ref_t body;
    int code = read_request(command, &request);
    if (code != DONE)
        return code;
    request.place.root = open(command->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (request.place.root < 0)
        return fail(FAILED, "data directory ", command->data, strerror(errno));
    request.keys = oc_key_cache_create(request.place.root);
    request.spool = command->file;
    int result = oc_export_file_open(&request, &body, &about);
    oc_key_cache_free(request.keys);
    if (about.left_outs > 0)
        name_left_out(&about);
    if (result == OC_OK) {
        code = save(command, &body, &about);
        oc_body_drop(&body);
    } else {
        code = fail_plan(command, result, &about);
    }
    close(request.place.root);
    return code;
}
