#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "oc_capability.h"
#include "oc_err.h"
#include "oc_process_impl.h"
#include "oc_script_impl.h"

#define PROGRAM     "ocellus-script"
#define ENVIRONMENT 16
#define FDS_FROM    32 /* descriptors are moved there before they become the process's own */

int oc_process_memory(const char *name, size_t bytes) {
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && ftruncate(fd, (off_t)bytes) != 0) {
        close(fd);
        return -1;
    }
    (void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
    return fd;
}

/* Where the texts of a boot record go. */
typedef struct boot_text {
    uint8_t *memory;
    uint32_t at;
} boot_text_t;

static uint32_t put(boot_text_t *to, const void *bytes, size_t size) {
    uint32_t at = (to->at + 7) & ~7u;
    if (!bytes)
        return 0;
    if (to->memory)
        memcpy(to->memory + at, bytes, size);
    to->at = at + (uint32_t)size;
    return at;
}

static uint32_t put_text(boot_text_t *to, const char *text) {
    return put(to, text, text ? strlen(text) + 1 : 0);
}

/* Twice: once to count. */
static void fill_boot(const oc_machine_t *machine, boot_text_t *to, oc_script_boot_t *boot) {
    const oc_script_facts_t *facts = &((oc_script_context_t *)machine->config.host)->facts;
    uint32_t pairs[2 * OC_SCRIPT_OPTIONS];
    to->at = sizeof(*boot);
    *boot = (oc_script_boot_t){.version = OC_SCRIPT_WIRE_VERSION,
                               .heap_bytes = (uint32_t)machine->config.heap_bytes,
                               .withheld = machine->config.withheld,
                               .generation = facts->generation,
                               .host = getpid(),
                               .replaced = facts->replaced,
                               .trial = facts->trial,
                               .has_data = (machine->capabilities & OC_CAPABILITY_FILES) != 0,
                               .started_us = facts->started_us,
                               .end_wall_us = facts->end_wall_us};
    boot->archive = put(to, machine->app, machine->app_size);
    boot->archive_bytes = (uint32_t)machine->app_size;
    boot->app_version = put_text(to, facts->version);
    boot->default_input = put_text(to, facts->default_input);
    boot->settings_path = put_text(to, facts->settings_path);
    boot->settings_text = put_text(to, facts->settings_text);
    boot->stored_path = put_text(to, facts->stored_path);
    boot->stored_text = put_text(to, facts->stored_text);
    boot->data_path = put_text(to, facts->data_path);
    boot->end_reason = put_text(to, facts->end_reason);
    boot->end_message = put_text(to, facts->end_message);
    boot->ends = put_text(to, facts->ends);
    boot->handover = put_text(to, facts->handover);
    boot->update_points =
        put(to, facts->update_points, facts->update_point_count * OC_UPDATE_POINT);
    boot->update_point_count = (uint32_t)facts->update_point_count;
    for (size_t i = 0; i < facts->option_count && i < OC_SCRIPT_OPTIONS; i++) {
        pairs[2 * i] = put_text(to, facts->options[i].name);
        pairs[2 * i + 1] = put_text(to, facts->options[i].value);
        boot->option_count++;
    }
    boot->options = put(to, pairs, boot->option_count * 2 * sizeof(uint32_t));
    boot->bytes = to->at;
}

static bool make_boot(oc_machine_t *machine) {
    oc_script_boot_t boot;
    boot_text_t to = {0};
    fill_boot(machine, &to, &boot);
    machine->boot_fd = oc_process_memory("ocellus-boot", boot.bytes);
    void *memory = mmap(NULL, boot.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, machine->boot_fd, 0);
    if (memory == MAP_FAILED)
        return false;
    to.memory = memory;
    fill_boot(machine, &to, &boot);
    memcpy(memory, &boot, sizeof(boot));
    munmap(memory, boot.bytes);
    return true;
}

/* What libraries read: nothing else of the host's environment is a script's. */
static void choose_environment(char *out[ENVIRONMENT]) {
    static const char *const passed[] = {
        "LD_PRELOAD=",   "LD_LIBRARY_PATH=", "ASAN_OPTIONS=",  "UBSAN_OPTIONS=", "LSAN_OPTIONS=",
        "OC_GC_STRESS=", "XSBUG_HOST=",      "SSL_CERT_FILE=", "SSL_CERT_DIR=",  "CURL_CA_BUNDLE=",
        "http_proxy=",   "https_proxy=",     "no_proxy="};
    unsigned count = 0;
    for (char **at = environ; at && *at && count + 1 < ENVIRONMENT; at++)
        for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
            if (strncmp(*at, passed[i], strlen(passed[i])) == 0)
                out[count++] = *at;
    out[count] = NULL;
}

static pid_t spawn_at(const char *path, const int *fds, int count) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    pid_t pid = 0;
    char *argv[] = {(char *)path, NULL}, *environment[ENVIRONMENT];
    sigemptyset(&none);
    sigfillset(&all);
    choose_environment(environment);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions, 0, 1);
#ifndef OC_SANITIZED /* what a sanitizer finds is said there */
    posix_spawn_file_actions_adddup2(&actions, 0, 2);
#endif
    for (int i = 0; i < count; i++)
        posix_spawn_file_actions_adddup2(&actions, fds[i], OC_SCRIPT_FD_SHARE + i);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int result = posix_spawn(&pid, path, &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    errno = result;
    return result == 0 ? pid : -1;
}

static pid_t spawn(oc_machine_t *machine) {
    const oc_script_t *script = oc_process_context(machine)->host;
    const bool files = machine->capabilities & OC_CAPABILITY_FILES;
    char path[PATH_MAX];
    int fds[] = {machine->share_fd, machine->boot_fd, oc_media_thread_rows(script->config.media),
                 machine->up_fd,    machine->down_fd, script->config.data_root};
    int count = (int)(sizeof(fds) / sizeof(*fds)) - (files && fds[5] >= 0 ? 0 : 1);
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - sizeof(PROGRAM) - 1);
    if (len <= 0)
        return -1;
    path[len] = 0;
    snprintf(strrchr(path, '/') + 1, sizeof(PROGRAM), PROGRAM);
    for (int i = 0; i < count; i++)
        fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FDS_FROM);
    pid_t pid = spawn_at(path, fds, count);
    for (int i = 0; i < count; i++)
        close(fds[i]);
    return pid;
}

int oc_process_start(oc_machine_t *machine) {
    if (!make_boot(machine))
        return OC_ERR_NOMEM;
    pid_t pid = spawn(machine);
    machine->pid = pid > 0 ? pid : 0;
    return pid > 0 ? OC_OK : OC_ERR_NOENT;
}
