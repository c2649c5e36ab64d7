#define _GNU_SOURCE
#include "oc_program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_app_archives.h"
#include "oc_app_crypto.h"
#include "oc_app_needs.h"
#include "oc_app_watch.h"
#include "oc_cli_options.h"
#include "oc_crash.h"
#include "oc_data_dir.h"
#include "oc_password.h"
#include "oc_helper.h"
#include "oc_privacy_file.h"
#include "oc_reset.h"
#include "oc_stderr.h"
#include "oc_export_command.h"
#include "oc_support.h"
#include "oc_store.h"

static void find_files(oc_program_t *program, const char *folder) {
    snprintf(program->viewer, sizeof(program->viewer), "%s/viewer", folder);
    snprintf(program->clip, sizeof(program->clip), "%s/clip.mp4", folder);
    if (access(program->clip, R_OK) != 0)
        program->clip[0] = '\0';
    if (program->cli.app)
        snprintf(program->app_path, sizeof(program->app_path), "%s", program->cli.app);
    else
        snprintf(program->app_path, sizeof(program->app_path), "%s/app.xsa", folder);
}

/* The folder of recordings by option, XDG or home. False: no home. */
static bool find_data(oc_program_t *program) {
    const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (program->cli.data && program->cli.data[0])
        snprintf(program->data, sizeof(program->data), "%s", program->cli.data);
    else if (xdg && xdg[0] == '/')
        snprintf(program->data, sizeof(program->data), "%s/ocellus", xdg);
    else if (home && home[0] == '/')
        snprintf(program->data, sizeof(program->data), "%s/.local/share/ocellus", home);
    return program->data[0] != '\0';
}

/* A whole file of at most `maximum` bytes, NUL added; NULL: errno says why. */
static char *read_file(const char *path, size_t maximum, size_t *size) {
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO would wait for its writer */
    FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    char *data = NULL;
    if (!file)
        return NULL;
    if (fstat(fd, &about) == 0 && !S_ISREG(about.st_mode))
        errno = S_ISDIR(about.st_mode) ? EISDIR : ENOTSUP;
    else if ((size_t)about.st_size > maximum)
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

static int report(int code, const char *what, const char *path, const char *why) {
    char line[OC_LOG_LINE_MAX];
    snprintf(line, sizeof(line), "%s%.300s: %.150s", what, path, why);
    oc_stderr_report(line);
    return code;
}

/* Standard input up to its end, at most `maximum` bytes, NUL added; NULL: errno says why. */
static char *read_input(size_t maximum, size_t *size) {
    char *data = malloc(maximum + 2);
    *size = data ? fread(data, 1, maximum + 1, stdin) : 0;
    if (data && *size <= maximum) {
        data[*size] = '\0';
        return data;
    }
    int number = data ? EFBIG : ENOMEM;
    free(data);
    errno = number;
    return NULL;
}

/* A text of settings from a file or standard input ("-"). 0 or the exit code. */
static int read_settings(oc_program_t *program, const char *option, const char *path) {
    size_t size;
    size_t maximum = program->cli.action == OC_CLI_SETTINGS ? OC_STORE_TEXT_MAX : OC_PARCEL_MAX;
    bool file = strcmp(path, "-") != 0;
    program->settings_path = file ? path : "standard input";
    program->settings = file ? read_file(path, maximum, &size) : read_input(maximum, &size);
    if (!program->settings)
        return report(OC_EXIT_USAGE, option, program->settings_path, why_not_read(errno));
    if (strlen(program->settings) != size)
        return report(OC_EXIT_USAGE, option, program->settings_path, "holds a NUL byte");
    if (oc_cli_too_deep(program->settings))
        return report(OC_EXIT_USAGE, option, program->settings_path, "brackets nest too deep");
    return 0;
}

static bool is_settings(const oc_program_t *program, const char *word) {
    return program->cli.action == OC_CLI_SETTINGS && strcmp(program->cli.word, word) == 0;
}

/* Files that must be there before anything runs. 0 or the exit code. */
static int read_files(oc_program_t *program) {
    program->app = read_file(program->app_path, OC_APP_BYTES_MAX, &program->app_size);
    if (!program->app)
        return report(OC_EXIT_FAILED, "application ", program->app_path, why_not_read(errno));
    if (is_settings(program, "import"))
        return read_settings(program,
                             "settings import: ", program->cli.file ? program->cli.file : "-");
    return program->cli.settings ? read_settings(program, "--settings ", program->cli.settings) : 0;
}

/* What scripts stored as settings. What is there but no text is an empty one: they say so. Without
 * what cannot be read just now a camera would do other things than it was told. 0 or the exit code.
 */
static int read_stored(oc_program_t *program, int root) {
    size_t len;
    int result;
    snprintf(program->stored_path, sizeof(program->stored_path), "%s/settings.json", program->data);
    program->stored = oc_store_read(root, "settings", &len, &result);
    if (result == OC_ERR_FORMAT || result == OC_ERR_TOO_BIG)
        program->stored = calloc(1, 1);
    else if (result != OC_OK && result != OC_ERR_NOENT)
        return report(OC_EXIT_FAILED, "cannot read ", program->stored_path,
                      result == OC_ERR_INVAL ? "it is a link" : oc_err_text(result));
    return 0;
}

/* Only to be looked at: nothing is made. 0 or the exit code. */
static int peek_stored(oc_program_t *program) {
    int root = open(program->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 && program->cli.print_settings)
        return 0;
    if (root < 0)
        return report(OC_EXIT_FAILED, "data directory ", program->data, strerror(errno));
    int code = read_stored(program, root);
    close(root);
    return code;
}

static const char *journal_problem(int result) {
    return result == OC_ERR_FORMAT
               ? "it or its file is a link, or of another kind; no link is followed"
               : oc_err_text(result);
}

/* What is written about this run beside the recordings. Without it everything else works. */
static void open_trails(oc_program_t *program) {
    int result = oc_journal_open(&program->log, program->root, OC_LOG_FOLDER, OC_LOG_FOLDER,
                                 OC_LOG_FILE_BYTES);
    if (result == OC_OK)
        oc_stderr_journal(&program->log);
    else
        oc_log(OC_LOG_WARN, "host", "no log file: %s/%s: %s", program->data, OC_LOG_FOLDER,
               journal_problem(result));
    result = oc_crash_open(program->root);
    if (result != OC_OK)
        oc_log(OC_LOG_WARN, "host", "crashes are not recorded: %s/%s: %s", program->data,
               OC_CRASH_FOLDER, journal_problem(result));
}

/* For commands that write there. */
static int open_as_owner(const char *path, int *lock, char *why, size_t why_size) {
    int result = oc_data_dir_as_owner(path);
    if (result == OC_OK)
        return oc_data_dir_open(path, lock, why, why_size);
    snprintf(why, why_size, "data directory %s: cannot act as its owner: %s", path,
             oc_err_text(result));
    return result;
}

_Static_assert(OC_CLI_TRIAL_MAX == OC_TRIAL_SECONDS_MAX, "one limit");

/* Chooses the application, and puts settings back that an interrupted update has changed. 0 or the
 * exit code. */
static int open_update(oc_program_t *program) {
    char why[512] = "not enough memory", unusable[OC_APP_NEEDS_TEXT];
    const oc_cli_t *cli = &program->cli;
    oc_update_config_t config = {.root = program->root,
                                 .version = program->version,
                                 .factory = (const uint8_t *)program->app,
                                 .factory_size = program->app_size,
                                 .keys = cli->update_keys,
                                 .key_count = cli->update_key_count,
                                 .trial_seconds = cli->update_trial};
    if (cli->action != OC_CLI_RUN || oc_app_archives_check(config.factory, config.factory_size,
                                                           unusable, sizeof(unusable)) != OC_OK)
        return 0; /* the supervisor says why */
    int result = oc_update_open(&program->update, &config, why, sizeof(why));
    if (result == OC_OK)
        return 0;
    oc_stderr_report(why);
    return result == OC_ERR_INVAL ? OC_EXIT_USAGE : OC_EXIT_FAILED;
}

/* Data directory, lock, repair. 0 or the exit code. */
static int open_data(oc_program_t *program) {
    char why[PATH_MAX + 128];
    if (!find_data(program) && !program->cli.print_settings)
        return report(OC_EXIT_USAGE, "--data", "", "not given, and there is no home directory");
    if (program->cli.print_settings || is_settings(program, "export"))
        return peek_stored(program);
    program->root = is_settings(program, "import")
                        ? open_as_owner(program->data, &program->lock, why, sizeof(why))
                        : oc_data_dir_open(program->data, &program->lock, why, sizeof(why));
    if (program->root < 0) {
        oc_stderr_report(why);
        return OC_EXIT_FAILED;
    }
    if (is_settings(program, "import")) /* nothing is captured */
        return read_stored(program, program->root);
    open_trails(program);
    oc_privacy_file_t privacy = oc_privacy_file_read(program->root, why, sizeof(why));
    program->privacy = privacy != OC_PRIVACY_FILE_OFF;
    if (why[0])
        oc_log(OC_LOG_WARN, "host", "%s%s", why,
               privacy == OC_PRIVACY_FILE_UNKNOWN ? ": privacy mode is on until it can be" : "");
    oc_data_dir_recover(program->root);
    oc_store_tidy(program->root);
    int code = open_update(program);
    if (code != 0)
        return code;
    return read_stored(program, program->root);
}

int oc_program_open(oc_program_t *program, const char *folder) {
    program->root = program->lock = -1;
    find_files(program, folder);
    oc_helper_folder(folder);
    int code = read_files(program);
    return code ? code : open_data(program);
}

int oc_program_password(oc_program_t *program) {
    char why[PATH_MAX + 128];
    if (!find_data(program))
        return report(OC_EXIT_USAGE, "--data", "", "not given, and there is no home directory");
    int root = open_as_owner(program->data, NULL, why, sizeof(why));
    if (root < 0) {
        oc_stderr_report(why);
        return OC_EXIT_FAILED;
    }
    int code = oc_password_run(root, &(oc_password_options_t){.remove = program->cli.remove,
                                                              .user = program->cli.user,
                                                              .right = program->cli.right});
    close(root);
    return code;
}

int oc_program_privacy(oc_program_t *program) {
    char why[PATH_MAX + 128];
    bool requested = strcmp(program->cli.word, "status") == 0,
         on = strcmp(program->cli.word, "on") == 0;
    if (!find_data(program))
        return report(OC_EXIT_USAGE, "--data", "", "not given, and there is no home directory");
    if (requested && access(program->data, F_OK) != 0) /* or it would be made, and said to be off */
        return report(OC_EXIT_FAILED, "data directory ", program->data, strerror(errno));
    int root = open_as_owner(program->data, NULL, why, sizeof(why));
    if (root < 0) {
        oc_stderr_report(why);
        return OC_EXIT_FAILED;
    }
    int result = requested ? OC_OK : oc_privacy_file_write(root, on);
    oc_privacy_file_t found = oc_privacy_file_read(root, why, sizeof(why));
    close(root);
    if (result != OC_OK)
        return report(OC_EXIT_FAILED, "privacy: ", program->data, oc_err_text(result));
    if (why[0])
        oc_stderr_report(why);
    if (found == OC_PRIVACY_FILE_UNKNOWN)
        return OC_EXIT_FAILED;
    puts(found == OC_PRIVACY_FILE_ON ? "on" : "off");
    return OC_EXIT_DONE;
}

int oc_program_reset(oc_program_t *program) {
    const oc_cli_t *cli = &program->cli;
    oc_reset_what_t what = {cli->wipe_settings, cli->wipe_keys, cli->wipe_footage};
    char why[PATH_MAX + 128];
    int lock = -1;
    if (!find_data(program))
        return report(OC_EXIT_USAGE, "--data", "", "not given, and there is no home directory");
    if (access(program->data, F_OK) != 0) /* or it would be made */
        return report(OC_EXIT_FAILED, "data directory ", program->data, strerror(errno));
    int root = open_as_owner(program->data, &lock, why, sizeof(why));
    if (root < 0) {
        oc_stderr_report(why);
        return OC_EXIT_FAILED;
    }
    int code = oc_reset_run(root, program->data, &what, cli->yes);
    close(root);
    close(lock);
    return code;
}

int oc_program_export(oc_program_t *program) {
    const oc_cli_t *cli = &program->cli;
    if (!find_data(program))
        return report(OC_EXIT_USAGE, "--data", "", "not given, and there is no home directory");
    return oc_export_command_run(&(oc_export_command_t){.data = program->data,
                                                        .channel = cli->channel,
                                                        .from = cli->from,
                                                        .to = cli->to,
                                                        .file = cli->out,
                                                        .format = cli->format,
                                                        .json = cli->json});
}

int oc_program_support(oc_program_t *program, const char *folder, const char *version) {
    char path[PATH_MAX + 16];
    if (!find_data(program))
        return report(OC_EXIT_USAGE, "--data", "", "not given, and there is no home directory");
    snprintf(path, sizeof(path), "%s/ocellus", folder);
    return oc_support_run(&(oc_support_config_t){.program = path,
                                                 .version = version,
                                                 .data = program->data,
                                                 .settings = program->cli.settings,
                                                 .file = program->cli.file});
}

/* What the script prints is the export. Script thread. */
static void print_export(void *context, const char *text, size_t bytes) {
    oc_program_t *program = context;
    const char *path = program->cli.file;
    if (!path || strcmp(path, "-") == 0) {
        oc_stderr_print(text, bytes);
        return;
    }
    int result = oc_store_save(path, text, bytes);
    if (result != OC_OK)
        program->failed = report(OC_EXIT_FAILED, "settings export: ", path,
                                 result == OC_ERR_INVAL   ? "not a regular file"
                                 : result == OC_ERR_NOENT ? "there is no such folder"
                                                          : oc_err_text(result)) != 0;
}

int oc_program_code(const oc_program_t *program, int code) {
    return code == OC_EXIT_DONE && program->failed ? OC_EXIT_FAILED : code;
}

/* The script learns by an option what it is started for. */
static void add_task(oc_program_t *program) {
    oc_cli_t *cli = &program->cli;
    if (cli->action == OC_CLI_SETTINGS && cli->option_count < OC_CLI_OPTIONS)
        cli->options[cli->option_count++] =
            (oc_script_option_t){"settings-task", cli->secrets ? "export-secrets" : cli->word};
}

/* Secrets of the environment, which no list of processes shows. */
static void add_variables(oc_program_t *program) {
#define NAME(name) name,
    static const char *const names[] = {OC_CLI_VARIABLE_MAP(NAME)};
#undef NAME
    oc_cli_t *cli = &program->cli;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && value[0] && cli->option_count < OC_CLI_OPTIONS)
            cli->options[cli->option_count++] = (oc_script_option_t){names[i], value};
    }
}

static void add(oc_sha256_t *hash, const char *text) {
    const char *given = text ? text : "";
    (void)oc_sha256_update(hash, oc_span((const uint8_t *)given, strlen(given) + 1));
}

/* A digest of everything, beside what is stored, that decides which cameras a person wants: a start
 * with other options opens none of those of the start before. False: no memory. */
static bool digest_options(const oc_program_t *program, uint8_t digest[OC_CRYPTO_HASH]) {
    oc_sha256_t *hash;
    if (oc_sha256_create(&hash) != OC_OK)
        return false;
    add(hash, program->app_path);
    add(hash, program->settings);
    for (size_t i = 0; i < program->cli.option_count; i++) {
        add(hash, program->cli.options[i].name);
        add(hash, program->cli.options[i].value);
    }
    bool done = oc_sha256_finish(hash, digest) == OC_OK;
    oc_sha256_destroy(hash);
    return done;
}

int oc_program_start(oc_program_t *program, const char *version, int64_t started_us) {
    uint8_t options[OC_CRYPTO_HASH];
    oc_span_t app = oc_span(program->app, program->app_size);
    oc_span_t points = {0};
    if (program->update) {
        app = oc_update_application(program->update);
        points = oc_update_points(program->update);
    }
    add_task(program);
    add_variables(program);
    bool records = program->cli.action == OC_CLI_RUN && program->root >= 0;
    oc_host_config_t config = {
        .kept = records && digest_options(program, options) ? options : NULL,
        .print = is_settings(program, "export") ? print_export : NULL,
        .print_context = program,
        .data_root = program->root,
        .data_lock = program->lock,
        .viewer = program->viewer,
        .app = app.data,
        .app_size = app.len,
        .app_path = program->app_path,
        .app_watch = program->cli.app_watch,
        .update = program->update,
        .facts = {.version = version,
                  .default_input = program->clip,
                  .options = program->cli.options,
                  .option_count = program->cli.option_count,
                  .settings_path = program->settings ? program->settings_path : NULL,
                  .settings_text = program->settings,
                  .stored_path = program->stored ? program->stored_path : NULL,
                  .stored_text = program->stored,
                  .data_path = program->data,
                  .started_us = started_us,
                  .update_points = points.data,
                  .update_point_count = points.len / OC_UPDATE_POINT},
        .privacy = program->privacy,
        .privacy_switch = program->privacy_switch,
        .log_fixed = program->cli.log_given,
        .restart_us = program->restart_us,
        .json = program->cli.json,
    };
    if (oc_stderr_start() != OC_OK || oc_host_start(&program->host, &config) != OC_OK)
        return report(OC_EXIT_FAILED, "cannot start", "", "not enough memory or descriptors");
    return 0;
}

bool oc_program_stop(oc_program_t *program) {
    bool ended = oc_host_stop(program->host);
    program->host = NULL;
    return ended;
}

void oc_program_close(oc_program_t *program) {
    oc_update_close(program->update);
    program->update = NULL;
    free(program->app);
    free(program->settings);
    free(program->stored);
    if (program->root >= 0)
        close(program->root);
    if (program->lock >= 0)
        close(program->lock);
    oc_stderr_journal(NULL);
    oc_journal_close(&program->log);
    oc_crash_close();
    program->app = program->settings = program->stored = NULL;
    program->root = program->lock = -1;
}

void oc_program_report_end(const oc_program_t *program, int code) {
    char text[48];
    int len = snprintf(text, sizeof(text), "{\"event\":\"ended\",\"code\":%d}", code);
    if (program->cli.json && !program->cli.print_settings)
        oc_stderr_print(text, (size_t)len);
}
