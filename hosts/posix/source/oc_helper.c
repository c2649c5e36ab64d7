#define _GNU_SOURCE
#include "oc_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_pulse.h"
#include "oc_source_wire.h"

#define FILE_NAME "ocellus-ffmpeg"
#ifdef OC_PACKAGE
#define ABSENT "is not installed: run apt install ocellus-ffmpeg"
#define OTHER  "apt install ocellus ocellus-ffmpeg"
#else
#define ABSENT "was not built: see docs/design/cli.md#inputs for its packages"
#define OTHER  "npm run build"
#endif
#define HELLO_US     (10 * 1000 * 1000) /* loading some 130 libraries on a busy machine */
#define ENDING_MS    500 /* for a killed process; others wait for their turn meanwhile */
#define STACK_BYTES  (2 * 1024 * 1024)
#define KEEPER_STACK (64 * 1024)
#define ENVIRONMENT  16 /* variables that are passed on */
#define EXIT_NO_EXEC 127
#define KEPT_FROM    4 /* descriptors from here on are closed in the helper */

struct oc_helper {
    oc_helper_t *next;
    oc_helper_class_t class;
    uint32_t key;
    unsigned sources;
    pid_t pid;
    int control;
    _Atomic int64_t alive_us; /* time awake: the newest sign of life */
    bool ended;               /* its process is reaped */
    const char *reason;       /* why we ended it; NULL: it ended by itself */
};

static char folder_path[PATH_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the next two; asks the keeper */
static oc_helper_t *helpers;
static bool notified; /* what it is built on was logged */

/* The thread that all helpers are children of: a helper dies with its parent thread. */
static struct {
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t requested, done;
    bool runs, expected;
    char *const *arguments, *const *environment;
    int control;
    pid_t pid;
    int error; /* errno of fork, which is of its thread */
} keeper = {.lock = PTHREAD_MUTEX_INITIALIZER,
            .requested = PTHREAD_COND_INITIALIZER,
            .done = PTHREAD_COND_INITIALIZER};

void oc_helper_folder(const char *folder) {
    snprintf(folder_path, sizeof(folder_path), "%s", folder);
}

/* ---- signs of life ---- */

void oc_helper_alive(oc_helper_t *helper) {
    atomic_store(&helper->alive_us, oc_pulse_us());
}

bool oc_helper_silent(oc_helper_t *helper, int64_t us) {
    return oc_pulse_us() - atomic_load(&helper->alive_us) > us;
}

/* ---- starting ---- */

/* In the child of fork: only what is safe there. */
static void become(pid_t parent) {
    sigset_t none;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct rlimit stack = {STACK_BYTES, STACK_BYTES}; /* of its threads, too */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_STACK, &stack);
    if (getppid() != parent || null < 0)
        _exit(EXIT_NO_EXEC);
    for (int signal_number = 1; signal_number < NSIG; signal_number++)
        signal(signal_number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int control = fcntl(keeper.control, F_DUPFD, KEPT_FROM);
    dup2(null, 0);
    dup2(null, 1);
#ifndef OC_SANITIZED /* what a sanitizer finds is said there */
    dup2(null, 2);
#endif
    dup2(control, OC_SOURCE_CONTROL);
    syscall(SYS_close_range, KEPT_FROM, ~0u, 0);
    execve(keeper.arguments[0], keeper.arguments, keeper.environment);
    _exit(EXIT_NO_EXEC);
}

static void *keep(void *context) {
    pthread_mutex_lock(&keeper.lock);
    for (;;) {
        while (!keeper.expected)
            pthread_cond_wait(&keeper.requested, &keeper.lock);
        pid_t parent = getpid();
        keeper.pid = fork();
        if (keeper.pid == 0)
            become(parent);
        keeper.error = keeper.pid < 0 ? errno : 0;
        keeper.expected = false;
        pthread_cond_signal(&keeper.done);
    }
    return NULL;
}

/* Under lock. The process | -1. */
static pid_t spawn(const char *path, const char *class, int control, char **environment) {
    char *arguments[] = {(char *)path, (char *)class, NULL};
    pthread_t thread;
    if (!keeper.runs) {
        if (oc_posix_thread(&thread, "helpers", KEEPER_STACK, keep, NULL) != OC_OK)
            return -1;
        pthread_detach(thread); /* it lasts as long as the process */
        keeper.runs = true;
    }
    pthread_mutex_lock(&keeper.lock);
    keeper.arguments = arguments;
    keeper.environment = environment;
    keeper.control = control;
    keeper.expected = true;
    pthread_cond_signal(&keeper.requested);
    while (keeper.expected)
        pthread_cond_wait(&keeper.done, &keeper.lock);
    pid_t pid = keeper.pid;
    errno = keeper.error;
    pthread_mutex_unlock(&keeper.lock);
    return pid;
}

/* What libraries and sanitizers read; devices: where ALSA looks for its settings. */
static bool passes_on(const char *variable, oc_helper_class_t class) {
    static const char *const always[] = {
        "LD_PRELOAD=",   "LD_LIBRARY_PATH=", OC_SOURCE_CA_VARIABLE "=",
        "ASAN_OPTIONS=", "UBSAN_OPTIONS=",   "LSAN_OPTIONS="};
    static const char *const devices[] = {"HOME=", "ALSA_CONFIG_PATH=", "OCELLUS_TEST_CAMERA="};
    for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++) {
        if (strncmp(variable, always[i], strlen(always[i])) == 0)
            return true;
    }
    for (size_t i = 0; class == OC_HELPER_DEVICE && i < sizeof(devices) / sizeof(*devices); i++) {
        if (strncmp(variable, devices[i], strlen(devices[i])) == 0)
            return true;
    }
    return false;
}

static void choose_environment(oc_helper_class_t class, char *out[ENVIRONMENT]) {
    unsigned count = 0;
    for (char **at = environ; at && *at && count + 1 < ENVIRONMENT; at++) {
        if (passes_on(*at, class))
            out[count++] = *at;
    }
    out[count] = NULL;
}

/* ---- ending; all under lock ---- */

static void describe(int status, char *out, size_t size) {
    if (WIFSIGNALED(status))
        snprintf(out, size, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(out, size, "exit code %d", WEXITSTATUS(status));
}

/* Looks whether its process has ended, and says how unless we wanted it. */
static void reap(oc_helper_t *helper) {
    char how[64];
    int status = 0;
    if (helper->ended || waitpid(helper->pid, &status, WNOHANG) != helper->pid)
        return;
    helper->ended = true;
    describe(status, how, sizeof(how));
    if (helper->reason && !helper->reason[0])
        return;
    if (helper->class == OC_HELPER_CONVERT || helper->class == OC_HELPER_PUSH)
        oc_log(OC_LOG_WARN, "ffmpeg", FILE_NAME " %d ended: %s", (int)helper->pid,
               helper->reason ? helper->reason : how);
    else
        oc_log(OC_LOG_WARN, "ffmpeg", FILE_NAME " %d with %u inputs ended: %s; restarting them",
               (int)helper->pid, helper->sources, helper->reason ? helper->reason : how);
}

static void end(oc_helper_t *helper, const char *reason) {
    if (helper->ended)
        return;
    helper->reason = reason;
    kill(helper->pid, SIGKILL); /* ours until it is reaped: no other process has that number */
    for (unsigned ms = 0; ms < ENDING_MS && !helper->ended; ms++) {
        if (ms > 0)
            nanosleep(&(struct timespec){0, 1000000}, NULL);
        reap(helper);
    }
}

/* One that does not end yet stays in the list: sweep looks again. */
static void forget(oc_helper_t *helper) {
    if (!helper->ended)
        return;
    oc_helper_t **at = &helpers;
    while (*at && *at != helper)
        at = &(*at)->next;
    if (*at)
        *at = helper->next;
    close(helper->control);
    free(helper);
}

/* Forgets those that took long to end: a device's driver held them in the kernel. */
static void sweep(void) {
    for (oc_helper_t *helper = helpers, *next; helper; helper = next) {
        next = helper->next;
        if (helper->sources > 0 || !helper->reason)
            continue;
        reap(helper);
        forget(helper);
    }
}

/* ---- a helper comes ---- */

/* It says what it is. OC_OK | OC_ERR_*; why. */
static int receive_hello(oc_helper_t *helper, char *why, size_t size) {
    static oc_source_message_t hello; /* under lock; too large for this thread's stack */
    ssize_t n = oc_pulse_readable(helper->control, HELLO_US)
                    ? recv(helper->control, &hello, sizeof(hello), MSG_DONTWAIT)
                    : -1;
    if (n <= 0) {
        snprintf(why, size, FILE_NAME " does not start (are its libraries there?): " OTHER);
        return OC_ERR_NOTSUP;
    }
    if ((size_t)n != oc_source_message_bytes(OC_SOURCE_HELLO) || hello.kind != OC_SOURCE_HELLO ||
        hello.hello.abi != OC_SOURCE_ABI || hello.hello.message_bytes != sizeof(hello) ||
        hello.hello.share_bytes != sizeof(oc_source_share_t)) {
        snprintf(why, size, FILE_NAME ": it belongs to another version of ocellus: " OTHER);
        return OC_ERR_NOTSUP;
    }
    hello.hello.about[sizeof(hello.hello.about) - 1] = 0;
    if (!notified)
        oc_log(OC_LOG_INFO, "ffmpeg", FILE_NAME " %d: %s", (int)helper->pid, hello.hello.about);
    notified = true;
    return OC_OK;
}

#define PATH_BYTES (PATH_MAX + sizeof(FILE_NAME) + 1)

/* Where the program is. False: nowhere, why. */
static bool find_program(oc_helper_class_t class, char path[PATH_BYTES], char *why, size_t size) {
    snprintf(path, PATH_BYTES, "%s/%s", folder_path, FILE_NAME);
    if (folder_path[0] && access(path, X_OK) == 0)
        return true;
    snprintf(why, size, "%s " FILE_NAME ", which " ABSENT,
             class == OC_HELPER_LOOK      ? "motion, sound and snapshots need"
             : class == OC_HELPER_CONVERT ? "transcode needs"
             : class == OC_HELPER_PUSH    ? "live push needs"
                                          : "this input needs");
    return false;
}

static int create(oc_helper_class_t class, uint32_t key, oc_helper_t **out, char *why,
                  size_t size) {
    static const char *const names[] = {"pass", "decode", "device", "look", "convert", "push"};
    char path[PATH_BYTES], *environment[ENVIRONMENT];
    int pair[2] = {-1, -1};
    if (!find_program(class, path, why, size))
        return OC_ERR_NOTSUP;
    oc_helper_t *helper = calloc(1, sizeof(*helper));
    choose_environment(class, environment);
    if (helper && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0)
        helper->pid = spawn(path, names[class], pair[1], environment);
    int error = errno;
    if (pair[1] >= 0)
        close(pair[1]);
    if (!helper || pair[0] < 0 || helper->pid <= 0) {
        snprintf(why, size, FILE_NAME " cannot be started: %s", strerror(error));
        if (pair[0] >= 0)
            close(pair[0]);
        free(helper);
        return OC_ERR_NOMEM;
    }
    *helper = (oc_helper_t){
        .next = helpers, .class = class, .key = key, .pid = helper->pid, .control = pair[0]};
    oc_helper_alive(helper);
    helpers = helper;
    int rc = receive_hello(helper, why, size);
    if (rc != OC_OK) {
        end(helper, "");
        forget(helper);
        return rc;
    }
    *out = helper;
    return OC_OK;
}

static oc_helper_t *find(oc_helper_class_t class, uint32_t key) {
    for (oc_helper_t *helper = helpers; helper; helper = helper->next) {
        bool shared = !key && helper->class == class && class != OC_HELPER_PUSH &&
                      helper->sources < OC_HELPER_SOURCES;
        if (helper->key == key && (key || shared) && !helper->ended && !helper->reason)
            return helper;
    }
    return NULL;
}

/* Sends the two descriptors. False: it has ended. */
static bool send_source(const oc_helper_t *helper, const int fds[2]) {
    uint32_t kind = OC_SOURCE_ADD;
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec part = {&kind, sizeof(kind)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(head), fds, 2 * sizeof(int));
    return sendmsg(helper->control, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(kind);
}

bool oc_helper_exists(oc_helper_class_t class, char *why, size_t size) {
    char path[PATH_BYTES];
    return find_program(class, path, why, size);
}

int oc_helper_join(oc_helper_class_t class, uint32_t key, const int fds[2], oc_helper_t **out,
                   char *why, size_t size) {
    oc_helper_t *helper = NULL;
    int rc = OC_OK;
    pthread_mutex_lock(&lock);
    sweep();
    for (int tries = 0; tries < 3; tries++) { /* one that was found may be dying */
        helper = find(class, key);
        if (!helper && class == OC_HELPER_JOIN)
            rc = OC_ERR_NOENT;
        else if (!helper)
            rc = create(class, key, &helper, why, size);
        if (rc != OC_OK || send_source(helper, fds))
            break;
        end(helper, helper->reason ? helper->reason : "it has no room for more inputs");
        if (helper->sources == 0)
            forget(helper);
        helper = NULL;
    }
    if (rc == OC_OK && !helper) {
        snprintf(why, size, FILE_NAME " ends immediately after its start");
        rc = OC_ERR_IO;
    }
    if (rc == OC_OK) {
        helper->sources++;
        *out = helper;
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

void oc_helper_leave(oc_helper_t *helper) {
    pthread_mutex_lock(&lock);
    reap(helper);
    if (--helper->sources == 0) {
        end(helper, "");
        forget(helper);
    }
    pthread_mutex_unlock(&lock);
}

void oc_helper_kill(oc_helper_t *helper, const char *reason) {
    pthread_mutex_lock(&lock);
    end(helper, reason);
    pthread_mutex_unlock(&lock);
}

bool oc_helper_ended(oc_helper_t *helper) {
    pthread_mutex_lock(&lock);
    reap(helper);
    bool ended = helper->ended;
    pthread_mutex_unlock(&lock);
    return ended;
}
