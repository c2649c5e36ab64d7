#define _GNU_SOURCE
#include "oc_transcode.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_helper.h"
#include "oc_object_serve.h"

#define POLL_MS      200 /* a signal is noticed so soon */
#define ENDED_MS     1000 /* a process whose socket ended is reaped by then */
#define ENDED_STEP_MS 10
#define SIGNAL_EXITS 128 /* exit code of a second signal, above its number */

static atomic_bool stop;
static volatile sig_atomic_t came;

/* All that is open. */
typedef struct run {
    oc_transcode_t *transcode;
    oc_transcode_state_t *state;
    oc_helper_t *helper;
    oc_object_reader_t *reader;
    oc_object_writer_t *writer;
    oc_object_serve_t *serve;
    int input, output; /* our ends of the two sockets; -1 */
    oc_convert_end_t end;
    uint8_t bytes[OC_CONVERT_BYTES_MAX];
} run_t;

/* ---- signals ---- */

static void on_signal(int number) {
    if (came)
        _exit(SIGNAL_EXITS + number); /* parts may be left: whoever insists has it so */
    came = number;
    atomic_store(&stop, true);
}

static void catch_signals(void) {
    struct sigaction action = {.sa_handler = on_signal}, before;
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    came = 0;
    atomic_store(&stop, false);
    signal(SIGPIPE, SIG_IGN);
    for (unsigned i = 0; i < 3; i++) {
        bool ignored = sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN;
        if (!ignored) /* nohup */
            sigaction(numbers[i], &action, NULL);
    }
}

/* ---- the process ---- */

static int begin_process(run_t *run, char *why, size_t size) {
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    int rc = OC_ERR_NOMEM;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out) != 0) {
        snprintf(why, size, "no descriptors for the process with the codecs");
    } else {
        int theirs[2] = {in[1], out[1]};
        rc = oc_helper_join(OC_HELPER_CONVERT, 0, theirs, &run->helper, why, size);
    }
    run->input = in[0];
    run->output = out[0];
    if (in[1] >= 0)
        close(in[1]);
    if (out[1] >= 0)
        close(out[1]);
    return rc;
}

/* All of len bytes. OC_OK | OC_ERR_CLOSED the process is gone, or a signal came. */
static int take(int socket, void *out, size_t len) {
    for (size_t done = 0; done < len;) {
        struct pollfd ready = {.fd = socket, .events = POLLIN};
        int polled = poll(&ready, 1, POLL_MS);
        if (atomic_load(&stop))
            return OC_ERR_CLOSED;
        if (polled <= 0)
            continue;
        ssize_t n = recv(socket, (char *)out + done, len - done, MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return OC_ERR_CLOSED;
        done += (size_t)n;
    }
    return OC_OK;
}

/* A text of a stranger. */
static void make_printable(char *text, size_t size) {
    text[size - 1] = 0;
    for (; *text; text++) {
        if (*text < ' ' || *text >= 0x7F)
            *text = '?';
    }
}

static void take_state(run_t *run) {
    oc_convert_state_t *state = &run->state->codec;
    memcpy(state, run->bytes, sizeof(*state));
    make_printable(state->video, sizeof(state->video));
    make_printable(state->audio, sizeof(state->audio));
    run->transcode->progress(run->transcode->context, run->state);
}

/* Its end is logged once it is seen. */
static void await_end(const run_t *run) {
    for (unsigned ms = 0; ms < ENDED_MS && !oc_helper_ended(run->helper); ms += ENDED_STEP_MS)
        poll(NULL, 0, ENDED_STEP_MS);
}

/* One record. OC_OK | OC_END it was the last | OC_ERR_*; why. */
static int take_record(run_t *run, char *why, size_t size) {
    oc_convert_head_t head;
    int rc = take(run->output, &head, sizeof(head));
    if (rc == OC_OK && (head.len == 0 || head.len > sizeof(run->bytes)))
        rc = OC_ERR_FORMAT;
    if (rc == OC_OK)
        rc = take(run->output, run->bytes, head.len);
    if (rc != OC_OK) {
        if (!came)
            await_end(run);
        snprintf(why, size, "%s",
                 came ? "stopped by a signal" : "the process with the codecs has ended");
        return rc;
    }
    if (head.kind == OC_CONVERT_BYTES) {
        run->state->bytes += head.len;
        rc = oc_object_writer_write(run->writer, run->bytes, head.len);
        if (rc != OC_OK)
            snprintf(why, size, "%s", oc_object_writer_why(run->writer));
        return rc;
    }
    if (head.kind == OC_CONVERT_STATE && head.len == sizeof(oc_convert_state_t)) {
        take_state(run);
        return OC_OK;
    }
    if (head.kind != OC_CONVERT_END || head.len != sizeof(run->end)) {
        snprintf(why, size, "the process with the codecs breaks its rules");
        return OC_ERR_FORMAT;
    }
    memcpy(&run->end, run->bytes, sizeof(run->end));
    make_printable(run->end.why, sizeof(run->end.why));
    return OC_END;
}

/* ---- the whole ---- */

static int open_all(run_t *run, char *why, size_t size) {
    oc_transcode_t *t = run->transcode;
    int rc = begin_process(run, why, size);
    if (rc == OC_OK)
        rc = oc_object_reader_open(&run->reader, t->in, &t->access, why, size);
    if (rc == OC_OK)
        rc = oc_object_writer_open(&run->writer, t->out, &t->access, why, size);
    if (rc == OC_OK) {
        rc = oc_object_serve_begin(&run->serve, run->reader, run->input);
        snprintf(why, size, "%s", oc_err_text(rc));
    }
    if (rc == OC_OK && send(run->output, &t->order, sizeof(t->order), MSG_NOSIGNAL) !=
                           (ssize_t)sizeof(t->order)) {
        snprintf(why, size, "the process with the codecs has ended");
        rc = OC_ERR_CLOSED;
    }
    return rc;
}

static int convert(run_t *run, char *why, size_t size) {
    int rc = OC_OK;
    while (rc == OC_OK)
        rc = take_record(run, why, size);
    if (rc != OC_END)
        return rc;
    /* this side knows better than that one what its input was */
    if (run->end.result != OC_OK) {
        const char *unread = oc_object_reader_why(run->reader);
        bool own = unread[0] != 0;
        snprintf(why, size, "%s%s%s", own ? "" : run->transcode->in->shown, own ? "" : ": ",
                 own ? unread : run->end.why);
        return run->end.result < 0 ? run->end.result : OC_ERR_IO;
    }
    run->state->broken = run->end.broken;
    run->state->cut = run->end.cut != 0;
    rc = oc_object_writer_finish(run->writer);
    if (rc != OC_OK)
        snprintf(why, size, "%s", oc_object_writer_why(run->writer));
    run->state->repeats = oc_object_writer_repeats(run->writer);
    return rc;
}

/* why: gets what may be left at the store, behind the failure. */
static void close_all(run_t *run, char *why, size_t size) {
    char left[OC_OBJECT_WHY_MAX] = "";
    atomic_store(&stop, true); /* requests under way end: what was read ahead is of no use */
    if (run->helper)
        oc_helper_leave(run->helper);
    oc_object_serve_end(run->serve);
    oc_object_reader_close(run->reader);
    if (!oc_object_writer_close(run->writer, left, sizeof(left))) {
        size_t len = strlen(why);
        snprintf(why + len, size - len, "; %s", left);
    }
    if (run->input >= 0)
        close(run->input);
    if (run->output >= 0)
        close(run->output);
}

int oc_transcode_run(oc_transcode_t *transcode, oc_transcode_state_t *state, int *signal_number,
                     char *why, size_t size) {
    run_t *run = calloc(1, sizeof(*run));
    memset(state, 0, sizeof(*state));
    why[0] = 0;
    *signal_number = 0;
    if (!run) {
        snprintf(why, size, "%s", oc_err_text(OC_ERR_NOMEM));
        return OC_ERR_NOMEM;
    }
    run->transcode = transcode;
    run->state = state;
    run->input = run->output = -1;
    transcode->access.stop = &stop;
    catch_signals();
    int rc = open_all(run, why, size);
    if (rc == OC_OK)
        rc = convert(run, why, size);
    close_all(run, why, size);
    *signal_number = rc == OC_OK ? 0 : came;
    free(run);
    return rc != OC_OK && came ? OC_ERR_CLOSED : rc;
}
