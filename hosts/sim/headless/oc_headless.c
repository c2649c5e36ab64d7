/* ocellus-lin - runs a build for the Moddable SDK's platform `lin` (mc.so) without a display: the
 * part of mcsim that a program needs, nothing is drawn. Exit codes as on Linux. Compiled by
 * scripts/ against the SDK's own screen.h. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <glib-unix.h>
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "screen.h"

#include "oc_sim.h"

enum { FAILED = 1, USAGE = 2 };

typedef struct loader {
    GMainLoop *loop;
    txScreen screen;
    bool ended;
    int code;
} loader_t;

static loader_t loader;

/* ---- what a screen does for the SDK; without a display: nothing ---- */

static void on_buffer(txScreen *screen) {}
static void on_format(txScreen *screen) {}
static void on_start(txScreen *screen, double interval) {}
static void on_stop(txScreen *screen) {}

/* The SDK's own machine has ended, never that of an application: nothing of it can go on. */
static void on_abort(txScreen *screen, int status) {
    fprintf(stderr, "ocellus: the main machine of the SDK aborted with status %d\n", status);
    _exit(FAILED);
}

/* ---- the end ---- */

/* From oc_sim, on this thread: also from inside fxScreenLaunch. */
static void on_ended(void *context, int code) {
    loader.ended = true;
    loader.code = code;
    g_main_loop_quit(loader.loop);
}

static gboolean on_signal(gpointer data) {
    g_main_loop_quit(loader.loop);
    return G_SOURCE_CONTINUE;
}

static void watch_signals(void) {
    struct sigaction hangup;
    g_unix_signal_add(SIGINT, on_signal, NULL);
    g_unix_signal_add(SIGTERM, on_signal, NULL);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* nohup */
        g_unix_signal_add(SIGHUP, on_signal, NULL);
}

static void on_second_signal(int number) {
    _exit(FAILED);
}

/* While recordings are being finished the loop does not turn. Not for SIGHUP: of a terminal that
 * goes it may come from the kernel and from the shell. */
static void allow_second_signal(void) {
    struct sigaction action = {.sa_handler = on_second_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* ---- the library ---- */

/* Takes --so PATH out of the arguments. path: mc.so beside this program without one. False: said.
 */
static bool take_path(int *argc, char **argv, char *path, size_t size) {
    ssize_t len = readlink("/proc/self/exe", path, size - 1);
    path[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(path, '/');
    snprintf(slash ? slash + 1 : path, size - (size_t)(slash ? slash + 1 - path : 0), "mc.so");
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        const char *value = NULL;
        if (strncmp(argv[i], "--so=", 5) == 0)
            value = argv[i] + 5;
        else if (strcmp(argv[i], "--so") == 0)
            value = i + 1 < *argc ? argv[++i] : "";
        else
            argv[kept++] = argv[i];
        if (value && (!value[0] || !realpath(value, path))) {
            fprintf(stderr, "ocellus: --so %s: %s\n", value,
                    value[0] ? strerror(errno) : "a file is missing");
            return false;
        }
    }
    *argc = kept;
    argv[kept] = NULL;
    return true;
}

/* Loads the library and starts its main machine, which starts the program. False: said. */
static bool launch(const char *path, int argc, char **argv) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "ocellus: %s\n", dlerror());
        return false;
    }
    txScreenLaunchProc start = (txScreenLaunchProc)dlsym(library, "fxScreenLaunch");
    oc_sim_set_arguments_t *set_arguments =
        (oc_sim_set_arguments_t *)dlsym(library, "oc_sim_set_arguments");
    if (!start || !set_arguments) {
        fprintf(stderr, "ocellus: %s: not a build of ocellus for the Moddable SDK\n", path);
        return false;
    }
    set_arguments(argc, argv, on_ended, NULL);
    start(&loader.screen);
    if (!loader.screen.machine)
        fprintf(stderr, "ocellus: no memory for the main machine of the SDK\n");
    return loader.screen.machine != NULL;
}

int main(int argc, char **argv) {
    char path[PATH_MAX + 8];
    txScreen *screen = &loader.screen;
    mallopt(M_ARENA_MAX, 2); /* as hosts/linux/main.c */
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    mallopt(M_TRIM_THRESHOLD, 512 * 1024);
    if (!take_path(&argc, argv, path, sizeof(path)))
        return USAGE;
    loader.loop = g_main_loop_new(NULL, FALSE);
    screen->abort = on_abort;
    screen->bufferChanged = on_buffer;
    screen->formatChanged = on_format;
    screen->start = on_start;
    screen->stop = on_stop;
    mxCreateMutex(&screen->workersMutex);
    watch_signals();
    if (!launch(path, argc, argv))
        return FAILED;
    if (!loader.ended)
        g_main_loop_run(loader.loop);
    allow_second_signal();
    screen->quit(screen); /* ends the program, when that has not ended by itself */
    fflush(NULL);
    _exit(loader.ended ? loader.code : FAILED); /* a thread that hangs at a disk holds nothing up */
}
