/* oc_cli - the command line of `ocellus`: split, not judged. Values travel as text to the
 * application, which validates them; only what the host itself needs before a script runs is picked
 * out. */
#ifndef OC_CLI_H
#define OC_CLI_H

#include <stdbool.h>

#include "oc_log.h"
#include "oc_script_context.h"

#define OC_CLI_OPTIONS     64  /* on one command line */
#define OC_CLI_UPDATE_KEYS 8   /* --update-key */
#define OC_CLI_TRIAL_MAX   600 /* seconds of --update-trial; OC_TRIAL_SECONDS_MAX */
#define OC_CLI_DEPTH       32  /* levels of brackets in a settings file; settings need 5 */

typedef enum oc_cli_action {
    OC_CLI_RUN,
    OC_CLI_PASSWORD,
    OC_CLI_PRIVACY,
    OC_CLI_SETTINGS,
    OC_CLI_RESET,
    OC_CLI_SUPPORT,
    OC_CLI_EXPORT,
    OC_CLI_TRANSCODE,
    OC_CLI_WATCH,
    OC_CLI_HELP,
    OC_CLI_VERSION,
    OC_CLI_LICENSES,
    OC_CLI_WRONG, /* `error` says why: exit 2 */
} oc_cli_action_t;

typedef struct oc_cli {
    oc_cli_action_t action;
    oc_cli_action_t asked;                      /* of OC_CLI_HELP: the command it stood behind */
    oc_script_option_t options[OC_CLI_OPTIONS]; /* in the order given; texts borrowed from argv */
    size_t option_count;
    const char *data, *settings, *app; /* NULL = not given */
    const char *word; /* of OC_CLI_PRIVACY: on, off or status; of OC_CLI_SETTINGS: export, import */
    const char *file; /* of OC_CLI_SETTINGS, OC_CLI_SUPPORT, OC_CLI_TRANSCODE, OC_CLI_WATCH; NULL = not given */
    const char *second_file; /* of OC_CLI_TRANSCODE */
    oc_log_level_t log;
    bool log_given;
    bool print_settings, json;
    bool app_watch;
    const char *update_keys[OC_CLI_UPDATE_KEYS]; /* files */
    size_t update_key_count;
    unsigned update_trial;                            /* seconds; 0 = not given */
    bool remove;                                      /* OC_CLI_PASSWORD */
    const char *user, *right;                         /* OC_CLI_PASSWORD; NULL = not given */
    bool secrets;                                     /* OC_CLI_SETTINGS */
    bool wipe_settings, wipe_keys, wipe_footage, yes; /* OC_CLI_RESET */
    const char *channel, *from, *to, *out, *format;   /* OC_CLI_EXPORT; NULL = not given */
    struct {
        const char *endpoint, *region, *path_style, *keys, *ca, *bitrate, *encoder; /* NULL: not */
        bool force;
    } transcode; /* OC_CLI_TRANSCODE */
    struct {
        const char *record, *seconds; /* NULL: not */
        bool stats;
    } watch; /* OC_CLI_WATCH */
    char error[256];
} oc_cli_t;

/* Gives argv copies of its words, for the process's life, and overwrites in the words themselves,
 * which every user of the machine can read, what addresses may hold of secrets: all before @ and
 * behind ?. Before oc_cli_parse. OC_OK | OC_ERR_NOMEM. */
int oc_cli_hide(int argc, char **argv);

/* Splits argv, which is borrowed for *cli's life. */
void oc_cli_parse(oc_cli_t *cli, int argc, char **argv);

/* True: the brackets of a JSON text nest deeper than OC_CLI_DEPTH. The parser of the scripts
 * recurses and would end every script with a stack overflow instead of an error. */
bool oc_cli_too_deep(const char *json);

/* The text of --help; static. Of a command with options of its own, else as oc_cli_help. */
const char *oc_cli_help(void);
const char *oc_cli_help_of(oc_cli_action_t action);

/* "error", "warn", "info", "debug" to the level. False: another word. */
bool oc_cli_level(const char *text, oc_log_level_t *level);

#endif
