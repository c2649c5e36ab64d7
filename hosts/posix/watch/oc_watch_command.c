#define _GNU_SOURCE
#include "oc_watch_command.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_helper.h"
#include "oc_posix.h"
#include "oc_redact.h"
#include "oc_stderr.h"
#include "oc_watch.h"
#include "oc_watch_report.h"
#include "oc_watch_url.h"

enum { DONE = 0, FAILED = 1, USAGE = 2 };

#define LOOK_MS  100
#define US_PER_S 1000000
#define FIRST_US (20 * US_PER_S) /* a source that said nothing by then has failed */
#define BUSY_US                                                                                    \
    (8 * US_PER_S) /* one that answers with an error: as HLS before its first segment              \
                    */

/* The run. */
typedef struct run {
    const oc_watch_command_t *command;
    oc_watch_t *watch;
    int signals;
    unsigned seconds;                     /* 0: until a signal, or the stream's end */
    int64_t began_us, packet_us, line_us; /* packet: when the first was seen; 0: none */
    oc_stream_row_t row;
    char why[OC_WATCH_WHY_MAX];
} run_t;

static int fail(int code, const char *what, const char *why) {
    char line[OC_WATCH_WHY_MAX + 64];
    snprintf(line, sizeof(line), "watch: %.60s%.480s", what, why);
    oc_stderr_report(line);
    return code;
}

static int read_seconds(run_t *run) {
    const char *text = run->command->seconds;
    size_t digits = text ? strspn(text, "0123456789") : 0;
    unsigned long seconds = text ? strtoul(text, NULL, 10) : 0;
    if (!text)
        return DONE;
    if (digits == 0 || digits > 6 || text[digits] || seconds < 1 || seconds > OC_WATCH_SECONDS_MAX)
        return fail(USAGE, "--seconds: ", "use a whole number from 1 to 604800");
    run->seconds = (unsigned)seconds;
    return DONE;
}

/* Of all threads: the media thread and those of inputs are made with it. */
static int open_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A signal came within LOOK_MS. */
static bool signalled(const run_t *run) {
    struct pollfd ready = {.fd = run->signals, .events = POLLIN};
    return poll(&ready, 1, LOOK_MS) > 0;
}

static void print(const run_t *run, const oc_watch_state_t *state,
                  const oc_watch_end_report_t *end) {
    char line[OC_WATCH_LINE_MAX];
    if (run->command->json) {
        oc_stderr_print(line, oc_watch_report_json(state, end, line));
    } else {
        oc_watch_report_text(state, line);
        oc_stderr_print(line, strlen(line));
    }
}

/* Why the source does not deliver: in words of its own where there are some. */
static void find_why(run_t *run) {
    char shown[OC_WATCH_URL_MAX];
    oc_watch_why(run->watch, run->why, sizeof(run->why));
    if (run->why[0] || !run->row.failure)
        return;
    oc_redact_url(run->command->url, shown, sizeof(shown));
    snprintf(run->why, sizeof(run->why), "%.300s: %s", shown, oc_err_text(-(int)run->row.failure));
}

/* Before the first packet: true when none will come. */
static bool has_failed(run_t *run, int64_t now_us) {
    int64_t past_us = now_us - run->began_us;
    bool busy = run->row.failure == (uint32_t)-OC_ERR_IO && past_us < BUSY_US;
    bool lost = run->row.state == OC_STREAM_LOST && !busy;
    bool late = past_us > FIRST_US;
    if (run->row.state == OC_STREAM_FAILED || lost || late)
        find_why(run);
    if (late && !run->why[0])
        snprintf(run->why, sizeof(run->why), "nothing came within %d s", FIRST_US / US_PER_S);
    return run->why[0] != '\0';
}

/* One look. True: it is over; *code is set. */
static bool look(run_t *run, int *code) {
    int64_t now_us = oc_posix_now_us();
    run->row = oc_watch_row(run->watch);
    bool any = run->row.packets_lo || run->row.packets_hi;
    if (any && run->packet_us == 0)
        run->packet_us = now_us;
    *code = DONE;
    if (run->row.state == OC_STREAM_ENDED)
        return true;
    if (any)
        return run->seconds && now_us - run->packet_us >= (int64_t)run->seconds * US_PER_S;
    if (!has_failed(run, now_us))
        return false;
    *code = FAILED;
    return true;
}

/* Until it is over. The exit code. */
static int follow(run_t *run) {
    oc_watch_state_t state;
    int code = DONE;
    while (!look(run, &code) && !signalled(run)) {
        if (!run->command->stats || oc_posix_now_us() < run->line_us)
            continue;
        run->line_us += US_PER_S;
        oc_watch_look(run->watch, &state);
        print(run, &state, NULL);
    }
    if (code == DONE && run->packet_us == 0) {
        snprintf(run->why, sizeof(run->why), "ended before anything came");
        code = FAILED;
    }
    return code;
}

static int end(run_t *run, int code) {
    oc_watch_state_t state;
    char why[OC_WATCH_WHY_MAX];
    oc_watch_look(run->watch, &state);
    bool failing = state.row.record_failing;
    bool ended = oc_watch_end(run->watch, why, sizeof(why));
    if (code == DONE && (why[0] || failing)) {
        snprintf(run->why, sizeof(run->why), "%s",
                 why[0] ? why : "the recording: disk write error");
        code = FAILED;
    }
    if (run->command->json || run->packet_us)
        print(run, &state, &(oc_watch_end_report_t){code, run->why});
    if (code != DONE)
        fail(code, "", run->why);
    if (!ended)
        _exit(code);
    return code;
}

int oc_watch_command_run(const oc_watch_command_t *command) {
    run_t run = {.command = command};
    char url[OC_WATCH_URL_MAX];
    int code = read_seconds(&run);
    if (code != DONE)
        return code;
    if (oc_watch_url(command->url, url, run.why, sizeof(run.why)) != OC_OK)
        return fail(USAGE, "", run.why);
    oc_stderr_log(OC_LOG_ERROR);
    oc_helper_folder(command->folder);
    run.signals = open_signals();
    if (run.signals < 0)
        return fail(FAILED, "", "no descriptor for signals");
    int rc = oc_watch_begin(&run.watch, url, command->record, run.why, sizeof(run.why));
    if (rc != OC_OK)
        return fail(FAILED, "", run.why);
    run.began_us = oc_posix_now_us();
    run.line_us = run.began_us + US_PER_S;
    code = end(&run, follow(&run));
    close(run.signals);
    return code;
}
