#define _GNU_SOURCE
#include "oc_support.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_crash.h"
#include "oc_data_dir.h"
#include "oc_err.h"
#include "oc_log.h"
#include "oc_redact.h"
#include "oc_stderr.h"

enum { DONE = 0, FAILED = 1 };

#define JOURNAL_LINES "5000"
#define FILE_MAX      (1024 * 1024) /* bytes of a file: ours have half */
#define FOLDER_FILES  16            /* of a folder: ours have two */

extern char **environ;

/* One bundle while it is made. */
typedef struct bundle {
    const oc_support_config_t *config;
    char folder[PATH_MAX]; /* of what goes in; flat */
    int fd;                /* the same */
    FILE *facts;
    FILE *journal; /* what journalctl printed; NULL: nothing */
    int journal_code;
} bundle_t;

static int fail(const char *what, const char *name, const char *why) {
    char line[OC_LOG_LINE_MAX];
    snprintf(line, sizeof(line), "support-bundle: %s%.200s: %.150s", what, name, why);
    oc_stderr_report(line);
    return FAILED;
}

static void star(char *from, const char *end) {
    while (from < end)
        *from++ = '*';
}

/* Where an address ends in a line of text. */
static char *end_of(char *address) {
    char *end = address + strcspn(address, " \t\"'<>\n");
    while (end > address && strchr(",;:.)]}", end[-1])) /* of the sentence around it */
        end--;
    return end;
}

void oc_support_scrub(char *line) {
    for (char *at = line, *slashes; (slashes = strstr(at, "://"));) {
        char *begin = slashes, *end = end_of(slashes + 3);
        while (begin > at && (isalnum((unsigned char)begin[-1]) || strchr("+.-", begin[-1])))
            begin--;
        oc_redact_stars(begin, (size_t)(end - begin));
        at = end;
    }
    for (char *at = line; (at = strstr(at, "/w/"));) {
        at += 3;
        char *end = at + strcspn(at, "/ \t\"'<>,;\n");
        star(at, end);
        at = end;
    }
}

/* ---- files of the bundle ---- */

static FILE *create(const bundle_t *bundle, const char *name) {
    int fd = openat(bundle->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (fd >= 0 && !file)
        close(fd);
    return file;
}

/* Line by line, scrubbed. */
static void copy_lines(FILE *from, FILE *to) {
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, from) >= 0) {
        oc_support_scrub(line);
        fputs(line, to);
    }
    free(line);
}

/* One regular file of an open folder, as FOLDER-NAME. */
static void add_entry(bundle_t *bundle, int folder, const char *prefix, const char *entry) {
    char name[320];
    struct stat about;
    int fd = openat(folder, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool regular = fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    if (regular && about.st_size > FILE_MAX)
        fprintf(bundle->facts, "%s/%.255s: more than %d bytes\n", prefix, entry, FILE_MAX);
    FILE *from = regular && about.st_size <= FILE_MAX ? fdopen(fd, "r") : NULL;
    snprintf(name, sizeof(name), "%s-%.255s", prefix, entry);
    FILE *to = from ? create(bundle, name) : NULL;
    if (to) {
        copy_lines(from, to);
        fclose(to);
    }
    if (from)
        fclose(from);
    else if (fd >= 0)
        close(fd);
}

/* The regular files of a folder of the data directory; no link is followed on the way. */
static void add_folder(bundle_t *bundle, int data, const char *folder) {
    int fd = oc_beneath_open(data, folder, O_RDONLY | O_DIRECTORY, 0);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    unsigned left = FOLDER_FILES;
    if (!entries)
        fprintf(bundle->facts, "%s: %s\n", folder,
                fd == OC_ERR_NOENT ? "no such folder, or a link" : oc_err_text(fd));
    if (!entries && fd >= 0)
        close(fd);
    for (struct dirent *entry; entries && left > 0 && (entry = readdir(entries));) {
        if (entry->d_name[0] == '.')
            continue;
        add_entry(bundle, dirfd(entries), folder, entry->d_name);
        left--;
    }
    if (entries)
        closedir(entries);
}

/* Runs a program with its standard output and its errors in these descriptors; err -1: errors go
 * where ours go. Its exit code; 127: it could not be run. */
static int run(char *const *argv, int out, int err) {
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (err >= 0)
        posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    int result = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (result != 0)
        return 127;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What a program of ours prints, as a file: JSON without secrets. What it says on stderr is among
 * the facts. */
static void add_output(bundle_t *bundle, const char *name, char *const *argv) {
    FILE *to = create(bundle, name);
    if (!to)
        return;
    fflush(bundle->facts);
    int code = run(argv, fileno(to), fileno(bundle->facts));
    if (code != 0)
        fprintf(bundle->facts, "%s: %s ended with %d\n", name, argv[0], code);
    fclose(to);
}

/* The owner of the data directory may not read it: before anybody else is acted for. */
static void read_journal(bundle_t *bundle) {
    bundle->journal = tmpfile();
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (bundle->journal)
        bundle->journal_code = run((char *[]){"journalctl", "--no-pager", "-q", "-o", "short-iso",
                                              "-n", JOURNAL_LINES, "-u", "ocellus", NULL},
                                   fileno(bundle->journal), nowhere);
    if (nowhere >= 0)
        close(nowhere);
}

static void add_journal(bundle_t *bundle) {
    FILE *to = bundle->journal ? create(bundle, "journal") : NULL;
    if (!to)
        return;
    rewind(bundle->journal);
    copy_lines(bundle->journal, to);
    if (bundle->journal_code != 0)
        fprintf(bundle->facts, "journal: journalctl ended with %d\n", bundle->journal_code);
    fclose(to);
}

static void add_settings(bundle_t *bundle) {
    const oc_support_config_t *config = bundle->config;
    char *program = (char *)config->program, *data = (char *)config->data;
    add_output(bundle, "settings-stored.json",
               (char *[]){program, "settings", "export", "-", "--data", data, NULL});
    if (config->settings)
        add_output(bundle, "settings-in-force.json",
                   (char *[]){program, "run", "--print-settings", "--data", data, "--settings",
                              (char *)config->settings, NULL});
}

/* ---- facts ---- */

static void add_file(FILE *facts, const char *path, unsigned lines) {
    FILE *from = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    while (from && lines-- > 0 && getline(&line, &size, from) >= 0)
        fputs(line, facts);
    free(line);
    if (from)
        fclose(from);
}

/* The libraries in use: their file names carry the versions. */
static void add_libraries(FILE *facts) {
    FILE *maps = fopen("/proc/self/maps", "re");
    char *line = NULL, last[PATH_MAX] = "";
    size_t size = 0;
    while (maps && getline(&line, &size, maps) >= 0) {
        char *path = strchr(line, '/');
        if (!path || !strstr(path, ".so") || strcmp(path, last) == 0)
            continue;
        snprintf(last, sizeof(last), "%s", path);
        fputs(path, facts);
    }
    free(line);
    if (maps)
        fclose(maps);
}

static void add_disk(FILE *facts, const char *data) {
    struct statvfs disk;
    struct stat about;
    if (statvfs(data, &disk) == 0)
        fprintf(facts, "data directory: %llu of %llu MB free, %llu inodes free\n",
                (unsigned long long)disk.f_bavail * disk.f_frsize >> 20,
                (unsigned long long)disk.f_blocks * disk.f_frsize >> 20,
                (unsigned long long)disk.f_favail);
    if (stat(data, &about) == 0)
        fprintf(facts, "data directory: mode %o, user %u, group %u; collected by user %u\n",
                about.st_mode & 07777u, (unsigned)about.st_uid, (unsigned)about.st_gid,
                (unsigned)geteuid());
}

static void add_facts(bundle_t *bundle, const char *when) {
    FILE *facts = bundle->facts;
    struct utsname system;
    fprintf(facts, "ocellus %s\nmade %s\n", bundle->config->version, when);
    if (uname(&system) == 0) /* without the machine's name */
        fprintf(facts, "%s %s %s %s\n", system.sysname, system.release, system.version,
                system.machine);
    fprintf(facts, "processors: %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
    add_disk(facts, bundle->config->data);
    fputs("\n/proc/uptime, loadavg, meminfo:\n", facts);
    add_file(facts, "/proc/uptime", 1);
    add_file(facts, "/proc/loadavg", 1);
    add_file(facts, "/proc/meminfo", 5);
    fputs("\n/etc/os-release:\n", facts);
    add_file(facts, "/etc/os-release", 8);
    fputs("\nlibraries:\n", facts);
    add_libraries(facts);
    fputs("\nleft out:\n", facts); /* what the others add */
}

/* ---- the whole ---- */

static void collect(bundle_t *bundle, const char *when) {
    int data = open(bundle->config->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    add_facts(bundle, when);
    add_settings(bundle);
    add_folder(bundle, data, OC_LOG_FOLDER);
    add_folder(bundle, data, OC_CRASH_FOLDER);
    add_journal(bundle);
    fclose(bundle->facts);
    if (data >= 0)
        close(data);
}

static void discard(const bundle_t *bundle) {
    DIR *entries = fdopendir(bundle->fd);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
    rmdir(bundle->folder);
}

static int pack(const bundle_t *bundle, const char *file, int out) {
    int code = run((char *[]){"tar", "-C", (char *)bundle->folder, "-cz", ".", NULL}, out, -1);
    if (code == 0 && fsync(out) != 0 && errno != EINVAL)
        code = 1;
    if (code == 0)
        return DONE;
    return fail("", file, code == 127 ? "tar is not installed" : "tar could not write it");
}

/* Everything but the journal and the place of the bundle, with the rights of whom the data belongs
 * to: root would read for its owner what only root may. */
static int make(bundle_t *bundle, const char *when, const char *file, int out) {
    const char *temporary = getenv("TMPDIR");
    int result = oc_data_dir_as_owner(bundle->config->data);
    if (result != OC_OK)
        return fail("cannot act as the owner of ", bundle->config->data, oc_err_text(result));
    snprintf(bundle->folder, sizeof(bundle->folder), "%s/ocellus-support-XXXXXX",
             temporary && temporary[0] == '/' ? temporary : "/tmp");
    if (!mkdtemp(bundle->folder))
        return fail("folder ", bundle->folder, strerror(errno));
    bundle->fd = open(bundle->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bundle->facts = bundle->fd >= 0 ? create(bundle, "facts") : NULL;
    if (!bundle->facts) {
        int code = fail("folder ", bundle->folder, strerror(errno));
        rmdir(bundle->folder);
        return code;
    }
    collect(bundle, when);
    int code = pack(bundle, file, out);
    discard(bundle);
    return code;
}

/* The same in a process of its own: the rights are given up for good, and this one has to remove
 * what could not be finished. */
static int make_apart(bundle_t *bundle, const char *when, const char *file, int out) {
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int code = make(bundle, when, file, out);
        fflush(NULL);
        _exit(code);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status)
                                          : fail("", file, "cannot be created");
}

int oc_support_run(const oc_support_config_t *config) {
    char when[32], name[64];
    bundle_t bundle = {.config = config};
    time_t now = time(NULL);
    strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", gmtime(&now));
    snprintf(name, sizeof(name), "ocellus-support-%s.tar.gz", when);
    const char *file = config->file ? config->file : name;
    if (access(config->data, R_OK | X_OK) != 0)
        return fail("data directory ", config->data, strerror(errno));
    int out = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (out < 0)
        return fail("", file, errno == EEXIST ? "exists already" : strerror(errno));
    read_journal(&bundle);
    int code = make_apart(&bundle, when, file, out);
    if (bundle.journal)
        fclose(bundle.journal);
    close(out);
    if (code == DONE)
        puts(file);
    else
        unlink(file);
    return code;
}
