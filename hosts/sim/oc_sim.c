#define _GNU_SOURCE
#include "oc_sim.h"

#include <dlfcn.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mc.defines.h"
#include "oc_posix.h"
#include "oc_plane.h"
#include "oc_program.h"
#include "oc_sim_help.h"
#include "oc_stderr.h"

#define FLUSH_US (1000 * 1000) /* what was printed last gets so long to be read */

static struct {
    int argc; /* of a loader */
    char **argv;
    void (*ended)(void *context, int code);
    void *context;
    oc_program_t program;
    char **words;       /* owned: argv from the environment */
    char mod[PATH_MAX]; /* the application when mcsim was given one */
    guint exit_source;
    bool privacy_switch;    /* as it stands, whatever runs */
    bool running, unusable; /* unusable: a thread hangs, nothing can be started again */
    int code;
    char message[512];
} sim;

void oc_sim_set_arguments(int argc, char **argv, void (*ended)(void *context, int code),
                          void *context) {
    sim.argc = argc;
    sim.argv = argv;
    sim.ended = ended;
    sim.context = context;
}

bool oc_sim_headless(void) {
    return sim.argv != NULL;
}

/* ---- where files lie ---- */

/* True: app.xsa is there. */
static bool holds_app(const char *folder) {
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/app.xsa", folder);
    return access(path, R_OK) == 0;
}

static void cut_name(char *path) {
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    else
        strcpy(path, ".");
}

/* The first word of mcsim's command line that ends in suffix and that `fits`; it loads copies of
 * those files. */
static bool find_argument(const char *suffix, bool (*fits)(const char *word, const void *data),
                          const void *data, char *path, size_t size) {
    char line[PATH_MAX * 3];
    FILE *file = fopen("/proc/self/cmdline", "re");
    size_t len = file ? fread(line, 1, sizeof(line) - 1, file) : 0;
    if (file)
        fclose(file);
    line[len] = '\0';
    for (char *word = line; word < line + len; word += strlen(word) + 1) {
        if (g_str_has_suffix(word, suffix) && fits(word, data)) {
            snprintf(path, size, "%s", word);
            return true;
        }
    }
    return false;
}

/* The library of a folder that holds an application. */
static bool is_library(const char *word, const void *data) {
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%s", word);
    cut_name(folder);
    return holds_app(folder);
}

/* The file that begins as the mod does. */
static bool is_mod(const char *word, const void *mod) {
    uint8_t head[OC_SIM_MOD_HEAD];
    FILE *file = fopen(word, "re");
    bool same = file && fread(head, 1, sizeof(head), file) == sizeof(head) &&
                memcmp(head, mod, sizeof(head)) == 0;
    if (file)
        fclose(file);
    return same;
}

/* Where app.xsa, clip.mp4 and viewer/ lie. */
static void find_folder(char *folder, size_t size) {
    Dl_info about;
    const char *given = getenv("OCELLUS_FOLDER");
    if (given && given[0]) {
        snprintf(folder, size, "%s", given);
        return;
    }
    folder[0] = '\0';
    if (dladdr((void *)oc_sim_start, &about) && about.dli_fname) {
        snprintf(folder, size, "%s", about.dli_fname);
        cut_name(folder);
    }
    char other[PATH_MAX];
    if (!holds_app(folder) && find_argument(".so", is_library, NULL, other, sizeof(other))) {
        cut_name(other);
        snprintf(folder, size, "%s", other);
    }
}

/* ---- the command line ---- */

/* From the environment: options as after `ocellus run`. False: it cannot be split, said. */
static bool split_options(int *argc, char ***argv) {
    const char *text = getenv("OCELLUS_OPTIONS");
    gchar **words = NULL, *line = g_strconcat("ocellus run ", text ? text : "", NULL);
    GError *error = NULL;
    gboolean ok = g_shell_parse_argv(line, argc, &words, &error);
    g_free(line);
    if (!ok) {
        char why[256];
        snprintf(why, sizeof(why), "OCELLUS_OPTIONS: %s", error->message);
        g_error_free(error);
        oc_stderr_report(why);
        return false;
    }
    sim.words = *argv = words;
    return true;
}

/* Prints a file that ships with the program. */
static int print_file(const char *folder, const char *name) {
    char path[PATH_MAX + 16], part[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    if (!file) {
        char why[PATH_MAX + 64];
        snprintf(why, sizeof(why), "cannot read %s", path);
        oc_stderr_report(why);
        return OC_EXIT_FAILED;
    }
    for (size_t len; (len = fread(part, 1, sizeof(part), file)) > 0;)
        fwrite(part, 1, len, stdout);
    fclose(file);
    return OC_EXIT_DONE;
}

/* What needs no host. -1: run, else the exit code. */
static int answer_at_once(const oc_cli_t *cli, const char *folder) {
    int code = OC_EXIT_DONE;
    switch (cli->action) {
    case OC_CLI_HELP:
        oc_sim_print_help(stdout);
        break;
    case OC_CLI_VERSION:
        puts("ocellus " MODDEF_OCELLUS_VERSION);
        break;
    case OC_CLI_LICENSES:
        code = print_file(folder, "NOTICE");
        break;
    case OC_CLI_WRONG:
        oc_stderr_report(cli->error);
        return OC_EXIT_USAGE;
    case OC_CLI_PASSWORD:
        return oc_program_password(&sim.program);
    case OC_CLI_PRIVACY:
        code = oc_program_privacy(&sim.program);
        break;
    case OC_CLI_RESET:
        return oc_program_reset(&sim.program);
    case OC_CLI_EXPORT:
        return oc_program_export(&sim.program);
    case OC_CLI_TRANSCODE: /* oc_sim_absent has refused these three */
    case OC_CLI_WATCH:
    case OC_CLI_SUPPORT:
        return OC_EXIT_USAGE;
    case OC_CLI_SETTINGS:
    case OC_CLI_RUN:
        return -1;
    }
    fflush(stdout);
    return code;
}

/* The application is the mod, unless --app names one. False: it cannot be, said. */
static bool take_mod(oc_cli_t *cli, const void *mod) {
    if (!mod)
        return true;
    if (cli->app) {
        oc_stderr_report("the mod is not used: --app names the application; leave one of them out");
        return false;
    }
    if (!find_argument(".xsa", is_mod, mod, sim.mod, sizeof(sim.mod))) {
        oc_stderr_report("the mod is not used: its file is not on the command line of mcsim; run "
                         "mcsim DEVICES mc.so MOD.xsa, or set OCELLUS_OPTIONS='--app MOD.xsa'");
        return false;
    }
    cli->app = sim.mod;
    return true;
}

/* ---- life ---- */

/* Keeps code and data where they are: threads that hang use them. */
static void pin(void) {
    Dl_info about;
    if (dladdr((void *)oc_sim_start, &about) && about.dli_fname)
        (void)dlopen(about.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    sim.unusable = true;
}

/* Everything has ended, or nothing has begun. */
static void note_end(int code) {
    if (sim.program.cli.action == OC_CLI_RUN)
        oc_program_report_end(&sim.program, code);
    oc_stderr_reported(sim.message, sizeof(sim.message));
    if (!oc_stderr_stop(oc_posix_now_us() + FLUSH_US))
        pin();
    if (!sim.unusable) {
        oc_program_close(&sim.program);
        g_strfreev(sim.words);
    }
    sim.words = NULL;
    sim.running = false;
    sim.code = code;
    if (sim.ended)
        sim.ended(sim.context, code);
}

static void stop(int code) {
    g_clear_handle_id(&sim.exit_source, g_source_remove);
    if (!oc_program_stop(&sim.program)) {
        code = OC_EXIT_FAILED;
        pin();
    }
    note_end(oc_program_code(&sim.program, code));
}

/* The host wants to end by itself: --duration, EXIT of a script. */
static gboolean on_exit_requested(gint fd, GIOCondition condition, gpointer data) {
    sim.exit_source = 0;
    stop(oc_host_exit_code(sim.program.host));
    return G_SOURCE_REMOVE;
}

/* 0 | the exit code, said. */
static int launch(const void *mod, int64_t started_us) {
    char folder[PATH_MAX];
    int argc = sim.argc;
    char **argv = sim.argv;
    if (!argv && !split_options(&argc, &argv))
        return OC_EXIT_USAGE;
    oc_cli_parse(&sim.program.cli, argc, argv);
    oc_stderr_log(sim.program.cli.log);
    if (argc > 1 && oc_sim_absent(argv[1])) {
        char why[64];
        snprintf(why, sizeof(why), "%s: in the Linux program only", argv[1]);
        oc_stderr_report(why);
        return OC_EXIT_USAGE;
    }
    find_folder(folder, sizeof(folder));
    int code = answer_at_once(&sim.program.cli, folder);
    if (code >= 0) {
        sim.code = code;
        return -1;
    }
    if (!take_mod(&sim.program.cli, mod))
        return OC_EXIT_USAGE;
    sim.program.version = MODDEF_OCELLUS_VERSION;
    code = oc_program_open(&sim.program, folder);
    if (code == 0 && (code = oc_program_start(&sim.program, MODDEF_OCELLUS_VERSION, started_us)))
        pin();
    return code;
}

void oc_sim_start(const void *mod) {
    if (sim.running || sim.unusable)
        return;
    memset(&sim.program, 0, sizeof(sim.program));
    sim.program.root = sim.program.lock = -1;
    sim.program.privacy_switch = sim.privacy_switch;
    sim.code = 0;
    oc_stderr_log(OC_LOG_INFO);
    signal(SIGPIPE, SIG_IGN);
    int code = launch(mod, oc_posix_now_us());
    if (code != 0) {
        note_end(code < 0 ? sim.code : code);
        return;
    }
    sim.running = true;
    sim.exit_source =
        g_unix_fd_add(oc_host_exit_fd(sim.program.host), G_IO_IN, on_exit_requested, NULL);
}

void oc_sim_stop(void) {
    if (!sim.running)
        return;
    oc_log(OC_LOG_INFO, "host", "asked to end: finishing recordings");
    stop(OC_EXIT_DONE);
}

void oc_sim_status(oc_sim_status_t *out) {
    *out = (oc_sim_status_t){.running = sim.running, .code = sim.code};
    if (!sim.running) {
        snprintf(out->message, sizeof(out->message), "%s", sim.message);
        return;
    }
    (void)oc_host_url(sim.program.host, out->url, sizeof(out->url));
    out->restarts = oc_host_restarts(sim.program.host);
    out->privacy = oc_host_privacy(sim.program.host);
    out->indicator = oc_host_indicator(sim.program.host);
}

bool oc_sim_input(unsigned input, bool raised) {
    struct oc_host *host = oc_sim_host();
    if (input == OC_INPUT_PRIVACY)
        sim.privacy_switch = raised;
    return host && oc_host_input(host, OC_INPUT_DEVICE, input, raised) == OC_OK;
}

struct oc_host *oc_sim_host(void) {
    return sim.running ? sim.program.host : NULL;
}
