/* ocellus - the program on Linux: signals and exit code around oc_program. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oc_crash.h"
#include "oc_notice.h"
#include "oc_object_source.h"
#include "oc_posix.h"
#include "oc_program.h"
#include "oc_stderr.h"
#include "oc_transcode_command.h"
#include "oc_watch_command.h"

/* A script that cannot be stopped: the process starts again so long after its end was asked for. */
#define RESTART_NAME  "OCELLUS_SCRIPT_RESTART"
#define RESTART_S     60
#define RESTART_S_MAX 86400

#define FLUSH_US (1000 * 1000) /* what was printed last gets so long to be read */

static oc_program_t program;

/* Of the executable. */
static void find_folder(char *folder, size_t size) {
    ssize_t len = readlink("/proc/self/exe", folder, size - 1);
    folder[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
}

/* Waits for a signal or the host's wish to end. Returns the exit code. */
static int wait_for_end(const oc_host_t *host, int signals) {
    struct pollfd fds[2] = {{.fd = signals, .events = POLLIN},
                            {.fd = oc_host_exit_fd(host), .events = POLLIN}};
    struct signalfd_siginfo info;
    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
    if (!(fds[0].revents & POLLIN))
        return oc_host_exit_code(host);
    (void)!read(signals, &info, sizeof(info));
    oc_log(OC_LOG_INFO, "host", "signal %u: finishing recordings", info.ssi_signo);
    return OC_EXIT_DONE;
}

/* The second signal, while recordings are being finished. */
static void on_second_signal(int number) {
    _exit(OC_EXIT_FAILED);
}

/* Not for SIGHUP: of a terminal that goes it may come from the kernel and from the shell. */
static void allow_second_signal(void) {
    struct sigaction action = {.sa_handler = on_second_signal};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Seconds from the environment, 0 = never; what is no number counts as if it were not there. */
static int64_t restart_us(void) {
    const char *text = getenv(RESTART_NAME);
    char *end;
    long seconds = text ? strtol(text, &end, 10) : RESTART_S;
    bool good = !text || (text[0] && *end == '\0' && seconds >= 0 && seconds <= RESTART_S_MAX);
    if (!good)
        oc_log(OC_LOG_WARN, "host", RESTART_NAME ": \"%.40s\" is not allowed; use 0 to %d s", text,
               RESTART_S_MAX);
    return (good ? seconds : RESTART_S) * INT64_C(1000000);
}

/* The program once more, as the same process: the only way to be rid of a thread that runs. Comes
 * back when that is not possible. argv: with the words that oc_cli_hide has hidden. */
static void start_again(char **argv) {
    sigset_t none;
    oc_stderr_report("starting again");
    oc_stderr_flush(oc_posix_now_us() + FLUSH_US);
    (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execv("/proc/self/exe", argv);
    oc_stderr_report(strerror(errno));
}

static int transcode(const oc_cli_t *cli, const char *folder) {
    return oc_transcode_command_run(
        &(oc_transcode_command_t){.in = cli->file,
                                  .out = cli->second_file,
                                  .endpoint = cli->transcode.endpoint,
                                  .region = cli->transcode.region,
                                  .path_style = cli->transcode.path_style,
                                  .keys = cli->transcode.keys,
                                  .ca = cli->transcode.ca,
                                  .bitrate = cli->transcode.bitrate,
                                  .encoder = cli->transcode.encoder,
                                  .force = cli->transcode.force,
                                  .json = cli->json,
                                  .folder = folder});
}

static int watch(const oc_cli_t *cli, const char *folder) {
    return oc_watch_command_run(&(oc_watch_command_t){.url = cli->file,
                                                      .record = cli->watch.record,
                                                      .seconds = cli->watch.seconds,
                                                      .stats = cli->watch.stats,
                                                      .json = cli->json,
                                                      .folder = folder});
}

static int run(int64_t started_us, char **argv) {
    struct sigaction hangup;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* nohup */
        sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) {
        oc_stderr_report("cannot start: no descriptor for signals");
        return OC_EXIT_FAILED;
    }
    program.restart_us = restart_us();
    int code = oc_program_start(&program, OC_VERSION, started_us);
    if (code != 0)
        return code;
    code = wait_for_end(program.host, signals);
    allow_second_signal();
    bool ended = oc_program_stop(&program);
    if (code == OC_HOST_AGAIN) {
        start_again(argv);
        _exit(OC_EXIT_FAILED); /* the threads that hang are still there */
    }
    if (!ended) {
        oc_program_report_end(&program, OC_EXIT_FAILED);
        oc_stderr_flush(oc_posix_now_us() + FLUSH_US);
        _exit(OC_EXIT_FAILED);
    }
    return code;
}

/* "started, version 0.1.0, process 4711" | "ended, code 0" */
static void note(const char *what, int number) {
    char line[80];
    snprintf(line, sizeof(line), "%s %d", what, number);
    oc_crash_note(line);
}

/* Tools of their own, in JavaScript: beside the program in the folder dev. */
static const struct {
    const char *command, *file;
} tools[] = {
    {"app", "app/app.mjs"},           {"bundle", "update/update.mjs"},
    {"keys", "update/update.mjs"},    {"update", "update/update.mjs"},
    {"publish", "update/update.mjs"}, {"recordings", "update/update.mjs"},
    {"events", "update/update.mjs"},  {"snapshot", "update/update.mjs"},
    {"cloud", "update/update.mjs"},   {"push", "update/update.mjs"},
};

/* Whether `command` is one of them; its file. */
static const char *find_tool(const char *command) {
    for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
        if (strcmp(tools[i].command, command) == 0)
            return tools[i].file;
    }
    return NULL;
}

/* Executes it. It is given the command too, but `app`, which is the only one of its file. Comes
 * back, with the exit code, when it is not there. */
static int run_tool(const char *file, int argc, char **argv) {
    char folder[PATH_MAX], tool[PATH_MAX + 32], line[PATH_MAX + 128];
    char **words = calloc((size_t)argc + 2, sizeof(*words));
    if (!words)
        return OC_EXIT_FAILED;
    find_folder(folder, sizeof(folder));
    snprintf(tool, sizeof(tool), "%s/dev/%s", folder, file);
    if (access(tool, R_OK) != 0) {
        snprintf(line, sizeof(line), "%s: %s is missing: install the package ocellus-dev", argv[1],
                 tool);
        oc_stderr_report(line);
        free(words);
        return OC_EXIT_FAILED;
    }
    int count = 0, first = strcmp(argv[1], "app") == 0 ? 2 : 1;
    words[count++] = "node";
    words[count++] = tool;
    for (int i = first; i < argc; i++)
        words[count++] = argv[i];
    execvp(words[0], words);
    snprintf(line, sizeof(line), "%s: node %s", argv[1],
             errno == ENOENT ? "is missing: install nodejs, 18.17 or newer" : "cannot be started");
    oc_stderr_report(line);
    free(words);
    return OC_EXIT_FAILED;
}

int main(int argc, char **argv) {
    char folder[PATH_MAX];
    int64_t started_us = oc_posix_now_us();
    oc_crash_no_core();
    mallopt(M_ARENA_MAX, 2); /* bodies are made by one thread and freed by another */
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    mallopt(M_TRIM_THRESHOLD, 512 * 1024); /* a picture each 60 ms does not shrink and grow it */
    if (argc > 1 && strcmp(argv[1], "peer") == 0) {
        fputs("ocellus: peer is a program of its own: run ocellus-peer\n", stderr);
        return OC_EXIT_USAGE;
    }
    if (argc > 1 && find_tool(argv[1]))
        return run_tool(find_tool(argv[1]), argc, argv);
    if (oc_cli_hide(argc, argv) != OC_OK)
        return OC_EXIT_FAILED;
    oc_cli_parse(&program.cli, argc, argv);
    switch (program.cli.action) {
    case OC_CLI_HELP:
        fputs(oc_cli_help_of(program.cli.asked), stdout);
        return OC_EXIT_DONE;
    case OC_CLI_VERSION:
        puts("ocellus " OC_VERSION);
        return OC_EXIT_DONE;
    case OC_CLI_LICENSES:
        fwrite(oc_notice, 1, oc_notice_len, stdout);
        return OC_EXIT_DONE;
    case OC_CLI_WRONG:
        oc_stderr_report(program.cli.error);
        return OC_EXIT_USAGE;
    case OC_CLI_PASSWORD:
        return oc_program_password(&program);
    case OC_CLI_PRIVACY:
        return oc_program_privacy(&program);
    case OC_CLI_RESET:
        return oc_program_reset(&program);
    case OC_CLI_EXPORT:
        return oc_program_export(&program);
    case OC_CLI_TRANSCODE:
        find_folder(folder, sizeof(folder));
        return transcode(&program.cli, folder);
    case OC_CLI_WATCH:
        find_folder(folder, sizeof(folder));
        return watch(&program.cli, folder);
    case OC_CLI_SUPPORT:
        find_folder(folder, sizeof(folder));
        return oc_program_support(&program, folder, OC_VERSION);
    case OC_CLI_SETTINGS:
    case OC_CLI_RUN:
        break;
    }
    oc_stderr_log(program.cli.log);
    find_folder(folder, sizeof(folder));
    while (waitpid(-1, NULL, WNOHANG) > 0) /* helpers of this process before it executed itself */
        continue;
    program.version = OC_VERSION;
    oc_object_source_install();
    int code = oc_program_open(&program, folder);
    if (code == 0) {
        note("started, version " OC_VERSION ", process", (int)getpid());
        oc_crash_catch();
        code = oc_program_code(&program, run(started_us, argv));
        note("ended, code", code);
    }
    oc_program_report_end(&program, code);
    oc_stderr_flush(oc_posix_now_us() + FLUSH_US);
    return code;
}
