#include "oc_cli.h"

#include <ctype.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
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
    {"user", required_argument, NULL, VALUE},  {"right", required_argument, NULL, VALUE},
    {"with-secrets", no_argument, NULL, FLAG}, OC_CLI_OPTION_MAP(VALUE_ROW, SWITCH_ROW){0}};

/* Of `ocellus reset`: what it wipes is named like settings that have values elsewhere. */
static const struct option reset_table[] = {{"help", no_argument, NULL, HELP},
                                            {"data", required_argument, NULL, VALUE},
                                            {"settings", no_argument, NULL, FLAG},
                                            {"keys", no_argument, NULL, FLAG},
                                            {"footage", no_argument, NULL, FLAG},
                                            {"yes", no_argument, NULL, FLAG},
                                            {0}};

/* Of `ocellus export`. */
static const struct option export_table[] = {{"help", no_argument, NULL, HELP},
                                             {"data", required_argument, NULL, VALUE},
                                             {"channel", required_argument, NULL, VALUE},
                                             {"from", required_argument, NULL, VALUE},
                                             {"to", required_argument, NULL, VALUE},
                                             {"out", required_argument, NULL, VALUE},
                                             {"format", required_argument, NULL, VALUE},
                                             {"json", no_argument, NULL, FLAG},
                                             {0}};

/* Of `ocellus transcode`. */
static const struct option transcode_table[] = {{"help", no_argument, NULL, HELP},
                                                {"endpoint", required_argument, NULL, VALUE},
                                                {"region", required_argument, NULL, VALUE},
                                                {"path-style", required_argument, NULL, VALUE},
                                                {"keys", required_argument, NULL, VALUE},
                                                {"ca", required_argument, NULL, VALUE},
                                                {"bitrate", required_argument, NULL, VALUE},
                                                {"encoder", required_argument, NULL, VALUE},
                                                {"force", no_argument, NULL, FLAG},
                                                {"json", no_argument, NULL, FLAG},
                                                {0}};

/* Of `ocellus watch`. */
static const struct option watch_table[] = {
    {"help", no_argument, NULL, HELP},  {"record", required_argument, NULL, VALUE},
    {"stats", no_argument, NULL, FLAG}, {"seconds", required_argument, NULL, VALUE},
    {"json", no_argument, NULL, FLAG},  {0}};

static const char reset_help[] =
    "usage: ocellus reset [options]    wipe what a camera keeps; docs/design/cli.md\n"
    "\n"
    "  --settings            settings that were changed at run time\n"
    "  --keys                keys, certificates and the password\n"
    "  --footage             recordings and events\n"
    "  --yes                 do not ask\n"
    "  --data DIR            the data directory\n";
static const char export_help[] =
    "usage: ocellus export --channel NAME --from TIME --out FILE [options]\n"
    "                                  recordings of a span as one MP4; docs/design/cli.md\n"
    "\n"
    "  --channel NAME        whose recordings\n"
    "  --from TIME           as 2026-11-21T02:51:00Z, or milliseconds since 1970\n"
    "  --to TIME             default: now\n"
    "  --out FILE            never over another one\n"
    "  --format NAME         fragmented (default) or plain\n"
    "  --json                objects on stdout\n"
    "  --data DIR            the data directory\n";
static const char transcode_help[] =
    "usage: ocellus transcode IN OUT [options]\n"
    "                                  a file, https:// or s3://bucket/key into an MP4 (H.264,\n"
    "                                  AAC) that is one of those; docs/design/transcode.md\n"
    "\n"
    "  --endpoint URL        address of the store; default: AWS_ENDPOINT_URL, else Amazon's\n"
    "  --region NAME         its region; default: AWS_REGION, else us-east-1\n"
    "  --path-style on|off   default: on with an endpoint\n"
    "  --keys FILE           lines NAME=VALUE, mode 0600; default: AWS_ACCESS_KEY_ID,\n"
    "                        AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN of the environment\n"
    "  --ca FILE             authorities (PEM) for TLS; default: those of the system\n"
    "  --bitrate N           bit/s of pictures that are encoded; default: 4000000\n"
    "  --encoder NAME        x264 or openh264; default: x264 where it is\n"
    "  --force               encode H.264 and AAC again\n"
    "  --json                objects on stdout\n"
    "\n"
    "Exit code: 0 done, 1 failed, 2 the command line, 3 the input is cut, 128 + N signal N.\n";

static const char watch_help[] =
    "usage: ocellus watch URL [options]\n"
    "                                  a stream as a viewer gets it, measured and recorded;\n"
    "                                  docs/design/watch.md\n"
    "\n"
    "  URL                   of a camera of ours, over WebRTC: https://HOST/live/CHANNEL[/sub],\n"
    "                        a watch link https://HOST/w/TOKEN/; else HLS (.m3u8), FLV, MP4 over\n"
    "                        HTTP, rtmp:// or rtsp://\n"
    "  --record FILE         an MP4, playable while it grows; never over another one\n"
    "  --stats               a line a second\n"
    "  --seconds N           end so long after the first packet; default: Ctrl-C, or its end\n"
    "  --json                objects on stdout\n"
    "\n"
    "Exit code: 0 ended as wanted, 1 failed, 2 the command line.\n";

/* Commands whose options have a table and a help of their own. */
static const struct {
    const char *name;
    oc_cli_action_t action;
    const struct option *options;
    const char *help;
} own_tables[] = {{"reset", OC_CLI_RESET, reset_table, reset_help},
                  {"export", OC_CLI_EXPORT, export_table, export_help},
                  {"transcode", OC_CLI_TRANSCODE, transcode_table, transcode_help},
                  {"watch", OC_CLI_WATCH, watch_table, watch_help}};

/* A command: the words that may follow it, one of which must when there are any; how many files may
 * follow those; its options. Each in blanks. */
typedef struct command {
    const char *name;
    oc_cli_action_t action;
    const char *words;
    unsigned files; /* 0..2 */
    const char *options; /* NULL: all but those of `others` */
} command_t;

static const command_t commands[] = {
    {"run", OC_CLI_RUN, "", 0, NULL},
    {"password", OC_CLI_PASSWORD, "", 0, " data remove user right "},
    {"privacy", OC_CLI_PRIVACY, " on off status ", 0, " data "},
    {"settings", OC_CLI_SETTINGS, " export import ", 1, " data app log with-secrets "},
    {"reset", OC_CLI_RESET, "", 0, " data settings keys footage yes "},
    {"support-bundle", OC_CLI_SUPPORT, "", 1, " data settings "},
    {"export", OC_CLI_EXPORT, "", 0, " data channel from to out format json "},
    {"transcode", OC_CLI_TRANSCODE, "", 2,
     " endpoint region path-style keys ca bitrate encoder force json "},
    {"watch", OC_CLI_WATCH, "", 1, " record stats seconds json "},
};
static const char others[] = " remove with-secrets user right "; /* no options of `ocellus run` */

static const char help[] =
    "ocellus - camera runtime\n"
    "\n"
    "usage: ocellus run [options]      run the camera\n"
    "       ocellus password [--user NAME [--right watch|operate]] [--data DIR] [--remove]\n"
    "                                  set, change or remove the password of the user admin, or "
    "of\n"
    "                                  one who may watch, or also give commands\n"
    "       ocellus privacy on|off|status [--data DIR]\n"
    "                                  privacy mode: nothing is captured, also after a restart\n"
    "       ocellus settings export [FILE] [--data DIR] [--with-secrets]\n"
    "       ocellus settings import [FILE] [--data DIR]\n"
    "                                  changes made at run time, as JSON; - or no FILE: stdout, "
    "stdin\n"
    "       ocellus reset [--settings] [--keys] [--footage] [--yes] [--data DIR]\n"
    "                                  wipe settings, keys with the password, recordings\n"
    "       ocellus export --channel NAME --from TIME [--to TIME] --out FILE\n"
    "                      [--format fragmented|plain] [--json] [--data DIR]\n"
    "                                  recordings of a span as one MP4; 2026-11-21T02:51:00Z\n"
    "       ocellus transcode IN OUT [--endpoint URL] [--region NAME] [--keys FILE] ...\n"
    "                                  a file, https:// or s3://bucket/key into an MP4 (H.264,\n"
    "                                  AAC) that is one of those; docs/design/transcode.md\n"
    "       ocellus watch URL [--record FILE] [--stats] [--seconds N] [--json]\n"
    "                                  a stream as a viewer gets it: WebRTC, HLS, FLV, RTMP\n"
    "       ocellus recordings|events [--channel NAME] [--from TIME] [--json] ...\n"
    "                                  lists of them: ocellus recordings --help\n"
    "       ocellus snapshot CHANNEL --out FILE|-\n"
    "                                  a JPEG of what a channel shows now\n"
    "       ocellus push start|stop CHANNEL TARGET | status\n"
    "                                  a channel to a live service: ocellus push --help\n"
    "       ocellus support-bundle [FILE] [--data DIR] [--settings FILE]\n"
    "                                  logs, settings without secrets, versions, crashes: a "
    "tar.gz\n"
    "       ocellus app COMMAND        applications of your own: ocellus app --help\n"
    "       ocellus keys COMMAND       keys that sign updates: ocellus keys --help\n"
    "       ocellus bundle COMMAND     signed updates of applications: ocellus bundle --help\n"
    "       ocellus update COMMAND     updates of a camera that runs: ocellus update --help\n"
    "       ocellus publish FILE|COMMAND\n"
    "                                  releases on a web server: ocellus publish --help\n"
    "       ocellus cloud COMMAND      recordings in an object store: ocellus cloud --help\n"
    "       ocellus --help | --version | --licenses\n"
    "\n" OC_CLI_OPTION_HELP;

const char *oc_cli_help_of(oc_cli_action_t action) {
    for (size_t i = 0; i < sizeof(own_tables) / sizeof(own_tables[0]); i++) {
        if (own_tables[i].action == action)
            return own_tables[i].help;
    }
    return help;
}

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

/* The value of a setting of the application: only the application knows whether it is a secret. */
static void hide_own(const char *before, char *word) {
    static const char option[] = "--app-set";
    size_t len = sizeof option - 1;
    bool joined = strncmp(word, option, len) == 0 && word[len] == '=';
    char *value = strchr(joined ? word + len + 1 : word, '=');
    if (value && (joined || strcmp(before, option) == 0))
        memset(value + 1, '*', strlen(value + 1));
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
        hide_own(i > 0 ? argv[i - 1] : "", word);
    }
    return OC_OK;
}

static void wrong(oc_cli_t *cli, const char *what, const char *text) {
    cli->action = OC_CLI_WRONG;
    snprintf(cli->error, sizeof(cli->error), "%.90s%.140s; see ocellus --help", what, text);
}

static void take_update(oc_cli_t *cli, const char *name, const char *value) {
    if (strcmp(name, "update-key") == 0) {
        if (cli->update_key_count == OC_CLI_UPDATE_KEYS)
            wrong(cli, "--update-key: there are too many; at most 8", "");
        else
            cli->update_keys[cli->update_key_count++] = value;
        return;
    }
    size_t digits = strspn(value, "0123456789");
    unsigned long seconds = strtoul(value, NULL, 10);
    if (digits == 0 || digits > 3 || value[digits] || seconds < 1 || seconds > OC_CLI_TRIAL_MAX)
        wrong(cli, "--update-trial: use a whole number from 1 to 600, not ", value);
    cli->update_trial = (unsigned)seconds;
}

static void take_export(oc_cli_t *cli, const char *name, const char *value) {
    const char **into = strcmp(name, "channel") == 0 ? &cli->channel
                        : strcmp(name, "from") == 0  ? &cli->from
                        : strcmp(name, "to") == 0    ? &cli->to
                        : strcmp(name, "out") == 0   ? &cli->out
                                                     : &cli->format;
    *into = value;
}

static void take_transcode(oc_cli_t *cli, const char *name, const char *value) {
    const struct {
        const char *name, **into;
    } values[] = {{"endpoint", &cli->transcode.endpoint},
                  {"region", &cli->transcode.region},
                  {"path-style", &cli->transcode.path_style},
                  {"keys", &cli->transcode.keys},
                  {"ca", &cli->transcode.ca},
                  {"bitrate", &cli->transcode.bitrate},
                  {"encoder", &cli->transcode.encoder}};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (strcmp(values[i].name, name) == 0)
            *values[i].into = value;
    }
    cli->transcode.force |= strcmp(name, "force") == 0;
    cli->json |= strcmp(name, "json") == 0;
}

static void take_watch(oc_cli_t *cli, const char *name, const char *value) {
    if (strcmp(name, "record") == 0)
        cli->watch.record = value;
    if (strcmp(name, "seconds") == 0)
        cli->watch.seconds = value;
    cli->watch.stats |= strcmp(name, "stats") == 0;
    cli->json |= strcmp(name, "json") == 0;
}

static void take(oc_cli_t *cli, const char *name, const char *value) {
    if (cli->action == OC_CLI_TRANSCODE) {
        take_transcode(cli, name, value);
        return;
    }
    if (cli->action == OC_CLI_WATCH) {
        take_watch(cli, name, value);
        return;
    }
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
        wrong(cli,
              value[0] ? "--data: too long a path: " : "--data: \"\" is not allowed; use a folder",
              value);
    else if (cli->action == OC_CLI_EXPORT && strcmp(name, "json") != 0)
        take_export(cli, name, value);
    else if (strcmp(name, "settings") == 0)
        cli->settings = value;
    else if (strcmp(name, "app") == 0)
        cli->app = value;
    else if (strcmp(name, "app-watch") == 0)
        cli->app_watch = true;
    else if (strncmp(name, "update-", 7) == 0)
        take_update(cli, name, value);
    else if (strcmp(name, "print-settings") == 0)
        cli->print_settings = true;
    else if (strcmp(name, "json") == 0)
        cli->json = true;
    else if (strcmp(name, "remove") == 0)
        cli->remove = true;
    else if (strcmp(name, "user") == 0)
        cli->user = value;
    else if (strcmp(name, "right") == 0)
        cli->right = value;
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
                snprintf(line, sizeof(line), "%s: \"%.24s\" is not allowed; use ", command->name,
                         cli->word);
            else
                snprintf(line, sizeof(line), "%s: a word is missing: ", command->name);
            wrong(cli, line, allowed);
            return;
        }
        count--;
        words++;
    }
    for (unsigned i = 0; i < command->files && count > 0; i++) {
        *(i == 0 ? &cli->file : &cli->second_file) = words[0];
        count--;
        words++;
    }
    if (count > 0 && cli->action == OC_CLI_PASSWORD) /* what may be one is not shown */
        wrong(cli, "do not give a password on the command line; type it or pipe it in", "");
    else if (count > 0) {
        snprintf(line, sizeof(line), "unexpected word \"%.24s\"", words[0]);
        wrong(cli, line, "");
    }
}

/* What only some words or options allow. */
static void check_command(oc_cli_t *cli) {
    if (cli->action == OC_CLI_SETTINGS && cli->secrets && strcmp(cli->word, "export") != 0)
        wrong(cli, "ocellus settings import has no option --with-secrets", "");
    if (cli->action == OC_CLI_RESET && !cli->wipe_settings && !cli->wipe_keys && !cli->wipe_footage)
        wrong(cli, "reset: say what to remove: --settings, --keys or --footage", "");
    if (cli->action == OC_CLI_TRANSCODE && !cli->second_file)
        wrong(cli, "transcode: an input and an output are needed", "");
    if (cli->action == OC_CLI_WATCH && !cli->file)
        wrong(cli, "watch: an address is needed", "");
}

static bool has_own_table(oc_cli_action_t action) {
    for (size_t i = 0; i < sizeof(own_tables) / sizeof(own_tables[0]); i++) {
        if (own_tables[i].action == action)
            return true;
    }
    return false;
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
    else if (option == HELP || option == VERSION || option == LICENSES) {
        cli->asked = cli->action;
        cli->action = option == HELP      ? OC_CLI_HELP
                      : option == VERSION ? OC_CLI_VERSION
                                          : OC_CLI_LICENSES;
    } else if (option == VALUE || option == FLAG)
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
    const struct option *options = table;
    for (size_t i = 0; argc > 1 && i < sizeof(own_tables) / sizeof(own_tables[0]); i++) {
        if (strcmp(argv[1], own_tables[i].name) == 0) {
            cli->action = own_tables[i].action;
            options = own_tables[i].options;
        }
    }
    oc_cli_action_t begun = cli->action;
    while (take_option(cli, argc, argv, options)) {
        if (cli->action != begun)
            return;
    }
    const command_t *command = optind < argc ? find_command(argv[optind]) : NULL;
    if (optind >= argc)
        wrong(cli, "no command is given: begin with \"ocellus run\"", "");
    else if (!command)
        wrong(cli, "unknown command ", argv[optind]);
    else if (has_own_table(command->action) && command->action != begun)
        wrong(cli, command->name, ": give its options after it");
    else
        take_words(cli, command, argc - optind - 1, argv + optind + 1);
    if (cli->action != OC_CLI_WRONG)
        check_options(cli, command);
    if (cli->action != OC_CLI_WRONG)
        check_command(cli);
}
