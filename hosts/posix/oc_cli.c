#include "oc_cli.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "oc_err.h"

enum { HELP = 1, VERSION, LICENSES, VALUE, FLAG };

static const struct option table[] = {{"help", no_argument, NULL, HELP},
                                      {"version", no_argument, NULL, VERSION},
                                      {"licenses", no_argument, NULL, LICENSES},
                                      {"input", required_argument, NULL, VALUE},
                                      {"listen", required_argument, NULL, VALUE},
                                      {"port", required_argument, NULL, VALUE},
                                      {"login", required_argument, NULL, VALUE},
                                      {"host", required_argument, NULL, VALUE},
                                      {"cors-origin", required_argument, NULL, VALUE},
                                      {"tls-cert", required_argument, NULL, VALUE},
                                      {"tls-key", required_argument, NULL, VALUE},
                                      {"data", required_argument, NULL, VALUE},
                                      {"name", required_argument, NULL, VALUE},
                                      {"settings", required_argument, NULL, VALUE},
                                      {"record", required_argument, NULL, VALUE},
                                      {"segment-minutes", required_argument, NULL, VALUE},
                                      {"duration", required_argument, NULL, VALUE},
                                      {"timezone", required_argument, NULL, VALUE},
                                      {"app", required_argument, NULL, VALUE},
                                      {"log", required_argument, NULL, VALUE},
                                      {"json", no_argument, NULL, FLAG},
                                      {"print-settings", no_argument, NULL, FLAG},
                                      {"remove", no_argument, NULL, FLAG},
                                      {0}};

static const char help[] =
    "ocellus - camera runtime\n"
    "\n"
    "usage: ocellus run [options]      run the camera\n"
    "       ocellus password [--data DIR] [--remove]\n"
    "                                  set, change or remove the password of the user admin\n"
    "       ocellus privacy on|off|status [--data DIR]\n"
    "                                  privacy mode: nothing is captured, also after a restart\n"
    "       ocellus --help | --version | --licenses\n"
    "\n"
    "  --input URL           a source, one channel each; may be repeated: an MP4 file, "
    "replay:PATH,\n"
    "                        fake:?..., push:NAME; with the FFmpeg plug-in: test, other files,\n"
    "                        http(s)://, rtsp://, /dev/video0, alsa:NAME; NAME=URL names the "
    "channel,\n"
    "                        URL,sub=URL or URL,sub=640x360 gives it a second stream\n"
    "                        (default: the clip that comes with the program, looped)\n"
    "  --listen ADDR         address of the HTTP server (127.0.0.1); may be repeated. Beyond\n"
    "                        loopback it is HTTPS with login: \"ocellus password\" first\n"
    "  --port N              its port, 0 = any free one (8080)\n"
    "  --login remote|always always: HTTPS and login on loopback too (remote)\n"
    "  --host NAME           one more name or address of this machine; may be repeated\n"
    "  --cors-origin ORIGIN  a site whose pages may read; may be repeated\n"
    "  --tls-cert FILE, --tls-key FILE\n"
    "                        a certificate (PEM) instead of the one that is made\n"
    "  --data DIR            where recordings live ($XDG_DATA_HOME/ocellus or\n"
    "                        ~/.local/share/ocellus)\n"
    "  --name NAME           name of the recordings (ocellus)\n"
    "  --settings FILE       JSON settings; the command line wins over it\n"
    "  --record on|off       (on)\n"
    "  --segment-minutes N   split recordings after so long, 1 .. 1440 (90)\n"
    "  --duration S          stop by itself after S seconds, 0 = never (0)\n"
    "  --timezone ZONE       local time: system, Europe/Berlin, or a POSIX TZ rule (system)\n"
    "  --app FILE.xsa        the application (app.xsa beside the program)\n"
    "  --log LEVEL           error, warn, info or debug (info)\n"
    "  --json                one JSON object per line on stdout\n"
    "  --print-settings      print the settings in force and exit\n";

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

static void star(char *from, const char *end) {
    while (from < end)
        *from++ = '*';
}

int oc_cli_hide(int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        char *word = argv[i], *slashes = strstr(word, "://"), *end = word + strlen(word);
        argv[i] = strdup(word);
        if (!argv[i])
            return OC_ERR_NOMEM;
        if (!slashes)
            continue;
        char *host = slashes + 3, *query = strchr(host, '?'), *at = strrchr(host, '@');
        if (at)
            star(host, at);
        if (query)
            star(query + 1, end);
    }
    return OC_OK;
}

static void wrong(oc_cli_t *cli, const char *what, const char *text) {
    cli->action = OC_CLI_WRONG;
    snprintf(cli->error, sizeof(cli->error), "%s%.150s; see ocellus --help", what, text);
}

static void take(oc_cli_t *cli, const char *name, const char *value) {
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
    else if (strcmp(name, "log") == 0)
        cli->log_given = oc_cli_level(value, &cli->log); /* other words: refused by the script */
}

/* getopt_long takes a beginning for the whole, and the first of several that fit: --d for --data.
 */
static const char *abbreviated(char *const *argv, const char *name) {
    const char *word = argv[optind - 1] == optarg ? argv[optind - 2] : argv[optind - 1];
    return strcspn(word + 2, "=") != strlen(name) ? word : NULL;
}

/* Each command has options of its own. */
static void check_options(oc_cli_t *cli) {
    bool password = cli->action == OC_CLI_PASSWORD, run = cli->action == OC_CLI_RUN;
    for (size_t i = 0; i < cli->option_count; i++) {
        const char *name = cli->options[i].name;
        bool removes = strcmp(name, "remove") == 0;
        if (run ? !removes : strcmp(name, "data") == 0 || (password && removes))
            continue;
        wrong(cli,
              run        ? "no option of ocellus run: --"
              : password ? "no option of ocellus password: --"
                         : "no option of ocellus privacy: --",
              name);
        return;
    }
}

/* `ocellus privacy WORD` */
static void take_privacy(oc_cli_t *cli, int count, char *const *words) {
    cli->action = OC_CLI_PRIVACY;
    cli->word = count > 0 ? words[0] : "";
    if (strcmp(cli->word, "on") != 0 && strcmp(cli->word, "off") != 0 &&
        strcmp(cli->word, "status") != 0)
        wrong(cli, "privacy: on, off or status is allowed, not ", count ? cli->word : "nothing");
    else if (count > 1)
        wrong(cli, "unexpected word ", words[1]);
}

void oc_cli_parse(oc_cli_t *cli, int argc, char **argv) {
    memset(cli, 0, sizeof(*cli));
    cli->log = OC_LOG_INFO;
    opterr = 0;
    optind = 1;
    for (;;) {
        int index = 0, before = optind;
        int option = getopt_long(argc, argv, ":", table, &index);
        if (option == -1)
            break;
        const char *part =
            option == '?' || option == ':' ? NULL : abbreviated(argv, table[index].name);
        if (part) {
            wrong(cli, "unknown option ", part);
            return;
        }
        if (option == HELP || option == VERSION || option == LICENSES) {
            cli->action = option == HELP      ? OC_CLI_HELP
                          : option == VERSION ? OC_CLI_VERSION
                                              : OC_CLI_LICENSES;
            return;
        }
        if (option == VALUE || option == FLAG)
            take(cli, table[index].name, option == VALUE ? optarg : "");
        else if (option == ':')
            wrong(cli, "a value is missing after ", argv[optind - 1]);
        else
            wrong(cli, "unknown option ", argv[optind > before ? optind - 1 : before]);
        if (cli->action == OC_CLI_WRONG)
            return;
    }
    if (optind >= argc) {
        wrong(cli, "no command: ", "ocellus run [options]");
        return;
    }
    if (strcmp(argv[optind], "password") == 0)
        cli->action = OC_CLI_PASSWORD;
    else if (strcmp(argv[optind], "privacy") == 0)
        take_privacy(cli, argc - optind - 1, argv + optind + 1);
    else if (strcmp(argv[optind], "run") != 0)
        wrong(cli, "unknown command ", argv[optind]);
    if (optind + 1 < argc && cli->action == OC_CLI_PASSWORD) /* what may be one is not shown */
        wrong(cli, "a password is typed or piped in, never given on the command line", "");
    else if (optind + 1 < argc && cli->action == OC_CLI_RUN)
        wrong(cli, "unexpected word ", argv[optind + 1]);
    if (cli->action != OC_CLI_WRONG)
        check_options(cli);
}
