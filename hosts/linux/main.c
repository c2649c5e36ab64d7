/* ocellus - the program on Linux: command line, signals, exit code. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_cli.h"
#include "oc_data_dir.h"
#include "oc_host.h"
#include "oc_notice.h"
#include "oc_posix.h"
#include "oc_stderr.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

#define APP_MAX  (16 * 1024 * 1024) /* bytes of an application archive */
#define FLUSH_US (1000 * 1000)      /* what was printed last gets so long to be read */

/* What the process keeps for its life. */
static struct {
    oc_cli_t cli;
    char folder[PATH_MAX]; /* of the executable */
    char app_path[PATH_MAX + 16], viewer[PATH_MAX + 16], clip[PATH_MAX + 16], data[PATH_MAX];
    char *app, *settings;
    size_t app_size;
    int root; /* data directory; -1: none */
} process;

static void find_folder(void) {
    ssize_t len = readlink("/proc/self/exe", process.folder, sizeof(process.folder) - 1);
    process.folder[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(process.folder, '/');
    if (slash)
        *slash = '\0';
    snprintf(process.viewer, sizeof(process.viewer), "%s/viewer", process.folder);
    snprintf(process.clip, sizeof(process.clip), "%s/clip.mp4", process.folder);
    if (access(process.clip, R_OK) != 0)
        process.clip[0] = '\0';
    if (process.cli.app)
        snprintf(process.app_path, sizeof(process.app_path), "%s", process.cli.app);
    else
        snprintf(process.app_path, sizeof(process.app_path), "%s/app.xsa", process.folder);
}

/* The folder of recordings by option, XDG or home. False: no home. */
static bool find_data(void) {
    const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (process.cli.data && process.cli.data[0])
        snprintf(process.data, sizeof(process.data), "%s", process.cli.data);
    else if (xdg && xdg[0] == '/')
        snprintf(process.data, sizeof(process.data), "%s/ocellus", xdg);
    else if (home && home[0] == '/')
        snprintf(process.data, sizeof(process.data), "%s/.local/share/ocellus", home);
    return process.data[0] != '\0';
}

/* A whole file of at most `most` bytes, NUL added; NULL: errno says why. */
static char *read_file(const char *path, size_t most, size_t *size) {
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO would wait for its writer */
    FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    char *data = NULL;
    if (!file)
        return NULL;
    if (fstat(fd, &about) == 0 && !S_ISREG(about.st_mode))
        errno = S_ISDIR(about.st_mode) ? EISDIR : ENOTSUP;
    else if ((size_t)about.st_size > most)
        errno = EFBIG;
    else if ((data = malloc((size_t)about.st_size + 1))) {
        *size = fread(data, 1, (size_t)about.st_size, file);
        data[*size] = '\0';
    }
    fclose(file);
    return data;
}

static const char *why_not_read(int error) {
    return error == ENOTSUP ? "not a regular file" : strerror(error);
}

static int say(int code, const char *what, const char *path, const char *why) {
    char line[OC_LOG_LINE_MAX];
    snprintf(line, sizeof(line), "%s%.300s: %.150s", what, path, why);
    oc_stderr_say(line);
    return code;
}

/* Files that must be there before anything runs. 0 or the exit code. */
static int read_files(void) {
    size_t size;
    process.app = read_file(process.app_path, APP_MAX, &process.app_size);
    if (!process.app)
        return say(EXIT_FAILED, "application ", process.app_path, why_not_read(errno));
    if (process.cli.settings) {
        process.settings = read_file(process.cli.settings, OC_PARCEL_MAX, &size);
        if (!process.settings)
            return say(EXIT_USAGE, "--settings ", process.cli.settings, why_not_read(errno));
        if (strlen(process.settings) != size)
            return say(EXIT_USAGE, "--settings ", process.cli.settings, "holds a NUL byte");
        if (oc_cli_too_deep(process.settings))
            return say(EXIT_USAGE, "--settings ", process.cli.settings, "brackets nest too deep");
    }
    return 0;
}

/* Data directory, lock, repair. 0 or the exit code. */
static int open_data(void) {
    char why[PATH_MAX + 128];
    process.root = -1;
    if (!find_data() && !process.cli.print_settings)
        return say(EXIT_USAGE, "--data", "", "neither given nor is there a home directory");
    if (process.cli.print_settings)
        return 0;
    process.root = oc_data_dir_open(process.data, why, sizeof(why));
    if (process.root < 0) {
        oc_stderr_say(why);
        return EXIT_FAILED;
    }
    oc_data_dir_recover(process.root);
    return 0;
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
    return EXIT_DONE;
}

/* The second signal, while recordings are being finished. */
static void on_second_signal(int number) {
    _exit(EXIT_FAILED);
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

/* The last line of standard output with --json. */
static void report_end(int code) {
    char text[48];
    int len = snprintf(text, sizeof(text), "{\"event\":\"ended\",\"code\":%d}", code);
    if (process.cli.json && !process.cli.print_settings)
        oc_stderr_print(text, (size_t)len);
}

static int run(int64_t started_us) {
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
    oc_host_config_t config = {
        .data_root = process.root,
        .viewer = process.viewer,
        .app = (const uint8_t *)process.app,
        .app_size = process.app_size,
        .app_path = process.app_path,
        .facts = {.version = OC_VERSION,
                  .default_input = process.clip,
                  .options = process.cli.options,
                  .option_count = process.cli.option_count,
                  .settings_path = process.settings ? process.cli.settings : NULL,
                  .settings_text = process.settings,
                  .data_path = process.data,
                  .started_us = started_us},
        .log_fixed = process.cli.log_given,
        .json = process.cli.json,
    };
    oc_host_t *host;
    if (signals < 0 || oc_stderr_start() != OC_OK || oc_host_start(&host, &config) != OC_OK)
        return say(EXIT_FAILED, "cannot start", "", "not enough memory or descriptors");
    int code = wait_for_end(host, signals);
    allow_second_signal();
    if (!oc_host_stop(host)) {
        oc_stderr_say("the disk does not answer: the last seconds of recordings may be missing");
        report_end(EXIT_FAILED);
        oc_stderr_flush(oc_posix_now_us() + FLUSH_US);
        _exit(EXIT_FAILED);
    }
    return code;
}

int main(int argc, char **argv) {
    int64_t started_us = oc_posix_now_us();
    mallopt(M_ARENA_MAX, 2); /* bodies are made by one thread and freed by another */
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    oc_cli_parse(&process.cli, argc, argv);
    switch (process.cli.action) {
    case OC_CLI_HELP:
        fputs(oc_cli_help(), stdout);
        return EXIT_DONE;
    case OC_CLI_VERSION:
        puts("ocellus " OC_VERSION);
        return EXIT_DONE;
    case OC_CLI_LICENSES:
        fwrite(oc_notice, 1, oc_notice_len, stdout);
        return EXIT_DONE;
    case OC_CLI_WRONG:
        oc_stderr_say(process.cli.error);
        return EXIT_USAGE;
    case OC_CLI_RUN:
        break;
    }
    oc_stderr_log(process.cli.log);
    find_folder();
    int code = read_files();
    if (code == 0)
        code = open_data();
    if (code == 0)
        code = run(started_us);
    report_end(code);
    oc_stderr_flush(oc_posix_now_us() + FLUSH_US);
    return code;
}
