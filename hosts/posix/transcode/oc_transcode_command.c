#include "oc_transcode_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_ff_url.h"
#include "oc_helper.h"
#include "oc_json.h"
#include "oc_stderr.h"
#include "oc_transcode.h"

enum { DONE = 0, FAILED = 1, USAGE = 2, CUT = 3, SIGNALLED = 128 };

#define WHY_MAX  1024
#define LINE_MAX (WHY_MAX + 256)

/* The command, read. */
typedef struct job {
    const oc_transcode_command_t *command;
    oc_object_place_t in, out;
    oc_object_keys_t keys;
    oc_transcode_t transcode;
    bool begun; /* a line about the codecs was written */
} job_t;

static int fail(int code, const char *what, const char *why) {
    char line[LINE_MAX];
    snprintf(line, sizeof(line), "transcode: %.100s%.1000s", what, why);
    oc_stderr_report(line);
    return code;
}

/* ---- progress ---- */

/* 0..100; -1: not known. */
static int percent_of(const oc_convert_state_t *state) {
    int64_t done = state->done_us, whole = state->duration_us;
    if (whole <= 0)
        return -1;
    return done <= 0 ? 0 : done >= whole ? 100 : (int)(done / (whole / 100 + 1));
}

static void print_json(const job_t *job, const char *event, const oc_transcode_state_t *state,
                       bool last) {
    char text[LINE_MAX];
    oc_json_t json = oc_json(text, sizeof(text) - 1);
    int percent = last && !state->cut ? 100 : percent_of(&state->codec);
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "event", event);
    oc_json_member_string(&json, "out", job->out.shown);
    oc_json_member_int(&json, "bytes", (int64_t)state->bytes);
    oc_json_member_int(&json, "doneMs", state->codec.done_us / 1000);
    if (state->codec.duration_us > 0)
        oc_json_member_int(&json, "durationMs", state->codec.duration_us / 1000);
    if (percent >= 0)
        oc_json_member_int(&json, "percent", percent);
    if (state->codec.video[0])
        oc_json_member_string(&json, "video", state->codec.video);
    if (state->codec.audio[0])
        oc_json_member_string(&json, "audio", state->codec.audio);
    if (last) {
        oc_json_member_int(&json, "broken", state->broken);
        oc_json_member_bool(&json, "cut", state->cut);
        oc_json_member_int(&json, "repeats", state->repeats);
    }
    oc_json_end_object(&json);
    if (json.bad)
        return;
    text[json.len] = '\n';
    fwrite(text, 1, json.len + 1, stdout);
    fflush(stdout);
}

static void show(void *context, const oc_transcode_state_t *state) {
    job_t *job = context;
    int percent = percent_of(&state->codec);
    job->begun = true;
    if (job->command->json)
        print_json(job, "progress", state, false);
    else if (isatty(STDERR_FILENO) && percent >= 0)
        fprintf(stderr, "\rtranscode: %3d %%, %llu MB", percent,
                (unsigned long long)(state->bytes / 1000000));
    else if (isatty(STDERR_FILENO))
        fprintf(stderr, "\rtranscode: %lld s, %llu MB", (long long)(state->codec.done_us / 1000000),
                (unsigned long long)(state->bytes / 1000000));
}

/* ---- the command line ---- */

static int read_places(job_t *job) {
    const oc_transcode_command_t *c = job->command;
    const char *endpoint = c->endpoint, *region = c->region;
    char why[WHY_MAX];
    if (c->path_style && strcmp(c->path_style, "on") != 0 && strcmp(c->path_style, "off") != 0)
        return fail(USAGE, "--path-style: ", "use on or off");
    if (!endpoint)
        endpoint = getenv("AWS_ENDPOINT_URL");
    if (!region)
        region = getenv("AWS_REGION");
    oc_object_store_t store = {.endpoint = endpoint && endpoint[0] ? endpoint : NULL,
                               .region = region && region[0] ? region : "us-east-1",
                               .path_style =
                                   c->path_style ? strcmp(c->path_style, "on") == 0 : -1};
    job->transcode.access.region = store.region;
    job->transcode.access.ca = c->ca;
    if (oc_object_place_parse(c->in, &store, &job->in, why, sizeof(why)) != OC_OK)
        return fail(USAGE, "input: ", why);
    if (oc_object_place_parse(c->out, &store, &job->out, why, sizeof(why)) != OC_OK)
        return fail(USAGE, "output: ", why);
    return DONE;
}

static int read_keys(job_t *job) {
    char why[WHY_MAX];
    if (job->in.kind != OC_OBJECT_S3 && job->out.kind != OC_OBJECT_S3)
        return DONE;
    int rc = oc_object_keys_load(&job->keys, job->command->keys, why, sizeof(why));
    job->transcode.access.keys = &job->keys;
    return rc == OC_OK ? DONE : fail(FAILED, "", why);
}

static int read_order(job_t *job) {
    const oc_transcode_command_t *c = job->command;
    oc_convert_order_t *order = &job->transcode.order;
    order->bitrate_bps = OC_TRANSCODE_BITRATE;
    order->force = c->force;
    if (c->bitrate) {
        size_t digits = strspn(c->bitrate, "0123456789");
        unsigned long bps = strtoul(c->bitrate, NULL, 10);
        if (digits == 0 || digits > 9 || c->bitrate[digits] || bps < OC_CONVERT_BITRATE_MIN ||
            bps > OC_CONVERT_BITRATE_MAX)
            return fail(USAGE, "--bitrate: ", "use a whole number from 32000 to 200000000 (bit/s)");
        order->bitrate_bps = (uint32_t)bps;
    }
    order->encoder = OC_FF_ENCODER_AUTO;
    if (c->encoder && strcmp(c->encoder, "x264") == 0)
        order->encoder = OC_FF_ENCODER_X264;
    else if (c->encoder && strcmp(c->encoder, "openh264") == 0)
        order->encoder = OC_FF_ENCODER_OPENH264;
    else if (c->encoder)
        return fail(USAGE, "--encoder: ", "use x264 or openh264");
    return DONE;
}

/* The result has all that there is of the input. */
static int report_cut(const job_t *job, const oc_convert_state_t *codec) {
    char line[WHY_MAX];
    snprintf(line, sizeof(line),
             "%.800s is cut: of %.1f s it has %.1f s; the result has no more", job->in.shown,
             (double)codec->duration_us / 1e6, (double)codec->done_us / 1e6);
    return fail(CUT, "", line);
}

static int report_end(job_t *job, int rc, const oc_transcode_state_t *state, int number,
                      const char *why) {
    const oc_transcode_command_t *c = job->command;
    char line[96];
    if (!c->json && job->begun && isatty(STDERR_FILENO))
        fputc('\n', stderr);
    if (rc != OC_OK)
        return fail(number ? SIGNALLED + number : FAILED, "", why);
    if (state->broken > 0) {
        snprintf(line, sizeof(line), "%u packets could not be decoded and are left out",
                 (unsigned)state->broken);
        fail(DONE, "", line);
    }
    if (c->json)
        print_json(job, "transcoded", state, true);
    return state->cut ? report_cut(job, &state->codec) : DONE;
}

int oc_transcode_command_run(const oc_transcode_command_t *command) {
    job_t *job = calloc(1, sizeof(*job));
    oc_transcode_state_t state;
    char why[WHY_MAX];
    int number = 0;
    if (!job)
        return fail(FAILED, "", oc_err_text(OC_ERR_NOMEM));
    job->command = command;
    job->transcode.in = &job->in;
    job->transcode.out = &job->out;
    job->transcode.progress = show;
    job->transcode.context = job;
    int code = read_places(job);
    if (code == DONE)
        code = read_order(job);
    if (code == DONE)
        code = read_keys(job);
    if (code == DONE) {
        oc_stderr_log(OC_LOG_WARN);
        oc_helper_folder(command->folder);
        int rc = oc_transcode_run(&job->transcode, &state, &number, why, sizeof(why));
        code = report_end(job, rc, &state, number, why);
    }
    oc_object_keys_wipe(&job->keys);
    free(job);
    return code;
}
