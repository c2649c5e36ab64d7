#include "oc_cli.h"

#include <ctype.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "oc_cli_options.h"
#include "oc_err.h"
#include "oc_redact.h"

enum { HELP = 1, VERSION, LICENSES, VALUE, FLAG };

#define VALUE_ROW(name)  {name, required_argument, NULL, VALUE},
#define SWITCH_ROW(name) {name, no_argument, NULL, FLAG},

static const struct option table[] = {
    {"help", no_argument, NULL, HELP},         {"version", no_argument, NULL, VERSION},
    {"licenses", no_argument, NULL, LICENSES}, {"remove", no_argument, NULL, FLAG},
    {"with-secrets", no_argument, NULL, FLAG}, OC_CLI_OPTION_MAP(VALUE_ROW, SWITCH_ROW){0}};

/* Of `ocellus reset`: what it wipes is named like settings that have values elsewhere. */
static const struct option reset_table[] = {{"help", no_argument, NULL, HELP},
                                            {"data", required_argument, NULL, VALUE},
                                            {"settings", no_argument, NULL, FLAG},
                                            {"keys", no_argument, NULL, FLAG},
                                            {"footage", no_argument, NULL, FLAG},
                                            {"yes", no_argument, NULL, FLAG},
                                            {0}};

/* A command: the words that may follow it, one of which must when there are any; whether a file may
 * follow those; its options. Each in blanks. */
typedef struct command {
    const char *name;
    oc_cli_action_t action;
    const char *words;
    bool file;
    const char *options; /* NULL: all but those of `others` */
} command_t;

static const command_t commands[] = {
    {"run", OC_CLI_RUN, "", false, NULL},
    {"password", OC_CLI_PASSWORD, "", false, " data remove "},
    {"privacy", OC_CLI_PRIVACY, " on off status ", false, " data "},
    {"settings", OC_CLI_SETTINGS, " export import ", true, " data app log with-secrets "},
    {"reset", OC_CLI_RESET, "", false, " data settings keys footage yes "},
    {"support-bundle", OC_CLI_SUPPORT, "", true, " data settings "},
};
static const char others[] = " remove with-secrets "; /* no options of `ocellus run` */

static const char help[] =
    "ocellus - camera runtime\n"
    "\n"
    "usage: ocellus run [options]      run the camera\n"
    "       ocellus password [--data DIR] [--remove]\n"
    "                                  set, change or remove the password of the user admin\n"
    "       ocellus privacy on|off|status [--data DIR]\n"
    "                                  privacy mode: nothing is captured, also after a restart\n"
    "       ocellus settings export [FILE] [--data DIR] [--with-secrets]\n"
    "       ocellus settings import [FILE] [--data DIR]\n"
    "                                  changes made at run time, as JSON; - or no FILE: stdout, "
    "stdin\n"
    "       ocellus reset [--settings] [--keys] [--footage] [--yes] [--data DIR]\n"
    "                                  wipe settings, keys with the password, recordings\n"
    "       ocellus support-bundle [FILE] [--data DIR] [--settings FILE]\n"
    "                                  logs, settings without secrets, versions, crashes: a "
    "tar.gz\n"
    "       ocellus --help | --version | --licenses\n"
    "\n" OC_CLI_OPTION_HELP;

const char *oc_cli_help(void) {
    return help;
}

bool oc_cli_level(const char *text, oc_log_level_t *level) {
    static const char *const names[] = {"error", "warn", "info", "debug"};
    for (unsigned i = 0; i < 4; i++) {
        if (strcmp(text, names[i]) == 0) {
            *level = (oc_log_level_t)i;
            return true;
        }
    }
    return false;
}

bool oc_cli_too_deep(const char *json) {
    unsigned depth = 0;
    bool quoted = false;
    for (; *json; json++) {
        if (*json == '"')
            quoted = !quoted;
        else if (quoted && *json == '\\' && json[1])
            json++;
        else if (!quoted && (*json == '[' || *json == '{') && ++depth > OC_CLI_DEPTH)
            return true;
        else if (!quoted && (*json == ']' || *json == '}') && depth > 0)
            depth--;
    }
    return false;
}

int oc_cli_hide(int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        char *word = argv[i];
        argv[i] = strdup(word);
        if (!argv[i])
            return OC_ERR_NOMEM;
        for (char *at = word, *slashes; (slashes = strstr(at, "://"));) {
            char *begin = slashes, *sub = strstr(slashes, ",sub=");
            while (begin > at && (isalnum((unsigned char)begin[-1]) || strchr("+.-", begin[-1])))
                begin--;
            at = sub ? sub + 1 : slashes + strlen(slashes);
            oc_redact_stars(begin, (size_t)((sub ? sub : at) - begin));
        }
    }
    return OC_OK;
}

static void wrong(oc_cli_t *cli, const char *what, const char *text) {
    cli->action = OC_CLI_WRONG;
    snprintf(cli->error, sizeof(cli->error), "%.90s%.140s; see ocellus --help", what, text);
}

static void take(oc_cli_t *cli, const char *name, const char *value) {
    if (cli->action == OC_CLI_RESET && strcmp(name, "data") != 0) {
        cli->wipe_settings |= strcmp(name, "settings") == 0;
        cli->wipe_keys |= strcmp(name, "keys") == 0;
        cli->wipe_footage |= strcmp(name, "footage") == 0;
        cli->yes |= strcmp(name, "yes") == 0;
        return;
    }
    if (cli->option_count == OC_CLI_OPTIONS) {
        wrong(cli, "too many options at --", name);
        return;
    }
    cli->options[cli->option_count++] = (oc_script_option_t){name, value};
    if (strcmp(name, "data") == 0 && value[0] && strlen(value) < PATH_MAX)
        cli->data = value;
    else if (strcmp(name, "data") == 0)
        wrong(cli, value[0] ? "--data: too long a path: " : "--data: \"\" is not allowed: a folder",
              value);
    else if (strcmp(name, "settings") == 0)
        cli->settings = value;
    else if (strcmp(name, "app") == 0)
        cli->app = value;
    else if (strcmp(name, "print-settings") == 0)
        cli->print_settings = true;
    else if (strcmp(name, "json") == 0)
        cli->json = true;
    else if (strcmp(name, "remove") == 0)
        cli->remove = true;
    else if (strcmp(name, "with-secrets") == 0)
        cli->secrets = true;
    else if (strcmp(name, "log") == 0)
        cli->log_given = oc_cli_level(value, &cli->log); /* other words: refused by the script */
}

/* getopt_long takes a beginning for the whole, and the first of several that fit: --d for --data.
 */
static const char *abbreviated(char *const *argv, const char *name) {
    const char *word = argv[optind - 1] == optarg ? argv[optind - 2] : argv[optind - 1];
    return strcspn(word + 2, "=") != strlen(name) ? word : NULL;
}

/* Whether `word` stands in a list in blanks. */
static bool is_in(const char *list, const char *word) {
    size_t len = strlen(word);
    if (len == 0 || strchr(word, ' '))
        return false;
    for (const char *at = list; (at = strstr(at, word)); at++) {
        if (at > list && at[-1] == ' ' && at[len] == ' ')
            return true;
    }
    return false;
}

static const command_t *find_command(const char *name) {
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

/* Each command has options of its own. */
static void check_options(oc_cli_t *cli, const command_t *command) {
    char line[64];
    for (size_t i = 0; i < cli->option_count; i++) {
        const char *name = cli->options[i].name;
        if (command->options ? is_in(command->options, name) : !is_in(others, name))
            continue;
        snprintf(line, sizeof(line), "ocellus %s has no option --", command->name);
        wrong(cli, line, name);
        return;
    }
}

/* " on off status " as "on, off or status". */
static void list_words(const char *words, char *out, size_t size) {
    size_t used = 0;
    for (const char *at = words + 1; *at && used < size;) {
        size_t len = strcspn(at, " ");
        bool last = at[len + 1] == '\0';
        const char *before = at == words + 1 ? "" : last ? " or " : ", ";
        used += (size_t)snprintf(out + used, size - used, "%s%.*s", before, (int)len, at);
        at += len + 1;
    }
}

/* What follows the name of a command. */
static void take_words(oc_cli_t *cli, const command_t *command, int count, char *const *words) {
    char line[96], allowed[64];
    cli->action = command->action;
    if (command->words[0]) {
        cli->word = count > 0 ? words[0] : "";
        if (!is_in(command->words, cli->word)) {
            list_words(command->words, allowed, sizeof(allowed));
            if (count > 0)
                snprintf(line, sizeof(line), "%s: \"%.24s\" is not allowed: ", command->name,
                         cli->word);
            else
                snprintf(line, sizeof(line), "%s: a word is missing: ", command->name);
            wrong(cli, line, allowed);
            return;
        }
        count--;
        words++;
    }
    if (command->file && count > 0) {
        cli->file = words[0];
        count--;
        words++;
    }
    if (count > 0 && cli->action == OC_CLI_PASSWORD) /* what may be one is not shown */
        wrong(cli, "do not give a password on the command line; type it or pipe it in", "");
    else if (count > 0)
        wrong(cli, "unexpected word ", words[0]);
}

/* What only some words or options allow. */
static void check_command(oc_cli_t *cli) {
    if (cli->action == OC_CLI_SETTINGS && cli->secrets && strcmp(cli->word, "export") != 0)
        wrong(cli, "ocellus settings import has no option --with-secrets", "");
    if (cli->action == OC_CLI_RESET && !cli->wipe_settings && !cli->wipe_keys && !cli->wipe_footage)
        wrong(cli, "reset: nothing to remove; give --settings, --keys or --footage", "");
}

/* One option of getopt_long. False: the command line is done with. */
static bool take_option(oc_cli_t *cli, int argc, char **argv, const struct option *options) {
    int index = 0, before = optind;
    int option = getopt_long(argc, argv, ":", options, &index);
    if (option == -1)
        return false;
    const char *part =
        option == '?' || option == ':' ? NULL : abbreviated(argv, options[index].name);
    if (part)
        wrong(cli, "unknown option ", part);
    else if (option == HELP || option == VERSION || option == LICENSES)
        cli->action = option == HELP      ? OC_CLI_HELP
                      : option == VERSION ? OC_CLI_VERSION
                                          : OC_CLI_LICENSES;
    else if (option == VALUE || option == FLAG)
        take(cli, options[index].name, option == VALUE ? optarg : "");
    else if (option == ':')
        wrong(cli, "missing value after ", argv[optind - 1]);
    else
        wrong(cli, "unknown option ", argv[optind > before ? optind - 1 : before]);
    return true;
}

void oc_cli_parse(oc_cli_t *cli, int argc, char **argv) {
    memset(cli, 0, sizeof(*cli));
    cli->log = OC_LOG_INFO;
    opterr = 0;
    optind = 1;
    bool reset = argc > 1 && strcmp(argv[1], "reset") == 0;
    oc_cli_action_t begun = cli->action = reset ? OC_CLI_RESET : OC_CLI_RUN;
    while (take_option(cli, argc, argv, reset ? reset_table : table)) {
        if (cli->action != begun)
            return;
    }
    const command_t *command = optind < argc ? find_command(argv[optind]) : NULL;
    if (optind >= argc)
        wrong(cli, "no command is given: begin with \"ocellus run\"", "");
    else if (!command)
        wrong(cli, "unknown command ", argv[optind]);
    else if (command->action == OC_CLI_RESET && !reset)
        wrong(cli, "reset: give its options after it", "");
    else
        take_words(cli, command, argc - optind - 1, argv + optind + 1);
    if (cli->action != OC_CLI_WRONG)
        check_options(cli, command);
    if (cli->action != OC_CLI_WRONG)
        check_command(cli);
}
