/* oc_peer_cmd_args - see the header. */
#include "oc_peer_cmd_args.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "oc_http_rule.h"

static const char help[] =
    "ocellus-peer - an endpoint for WebRTC data channels, for tests\n"
    "\n"
    "usage: ocellus-peer --http ADDR:PORT [options]\n"
    "       ocellus-peer --offer-to URL [options]\n"
    "\n"
    "  --http ADDR:PORT      serve POST /offer (application/sdp) and GET /stats on this loopback\n"
    "                        address; port 0 = any free one\n"
    "  --offer-to URL        offer a connection by POST to http://HOST[:PORT]/PATH\n"
    "  --open LABEL          open a channel on that connection; may be repeated\n"
    "  --early               name these channels with the offer, in ?open=ID:LABEL\n"
    "  --voice FILE          speak the G.711 bytes of FILE, 8 kHz, on channels with action=voice\n"
    "  --stun HOST:PORT      a STUN server; may be repeated\n"
    "  --turn HOST:PORT,USER,PASSWORD\n"
    "                        a TURN server; may be repeated, 4 servers in all\n"
    "  --turn-transport udp|tcp|tls\n"
    "                        how TURN servers are reached (udp)\n"
    "  --udp-port N          port of the transport, 0 = any free one (0)\n"
    "  --ipv6                IPv6 too\n"
    "  --loopback            candidates on loopback too\n"
    "  --relay-only          relayed candidates only\n"
    "  --plain-udp           neither UDP_SEGMENT nor UDP_GRO\n"
    "  --json                one JSON object per line on stdout\n"
    "\n"
    "labels: echo | sink | source?bytes=N&size=S |\n"
    "        video?fps=30&size=8192&key=49152&every=60&seconds=200[&mode=live]\n";

const char *oc_peer_cmd_args_help(void) {
    return help;
}

static void wrong(oc_peer_cmd_args_t *args, const char *option, const char *value,
                  const char *allowed) {
    snprintf(args->error, sizeof args->error, "peer: %s: \"%.80s\" is not allowed; use %s", option,
             value, allowed);
}

/* A decimal number up to `most`, of digits alone. */
static bool number(const char *text, size_t len, uint32_t maximum, uint32_t *out) {
    *out = 0;
    if (len == 0 || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *out = *out * 10 + (uint32_t)(text[i] - '0');
    }
    return *out <= maximum;
}

/* "host:port", "[::1]:port", of len bytes; a port of 0 is left to the caller. otherwise: the port
 * when none is named, 0 = it must be. */
static bool split(const char *text, size_t len, uint16_t otherwise,
                  char host[OC_PEER_CMD_ARGS_NAME], uint16_t *port) {
    const char *colon = NULL, *end = text + len;
    uint32_t n = otherwise;
    bool bracket = len > 0 && text[0] == '[';
    const char *name = text + bracket, *name_end = end;
    if (bracket) {
        name_end = memchr(text, ']', len);
        if (!name_end)
            return false;
        colon = name_end + 1 < end ? name_end + 1 : NULL;
        if (colon && *colon != ':')
            return false;
    } else {
        colon = memchr(text, ':', len);
        name_end = colon ? colon : end;
    }
    size_t name_len = (size_t)(name_end - name);
    if (colon ? !number(colon + 1, (size_t)(end - colon - 1), UINT16_MAX, &n) : otherwise == 0)
        return false;
    if (name_len == 0 || name_len >= OC_PEER_CMD_ARGS_NAME || strcspn(name, " /@,\t") < name_len)
        return false;
    memcpy(host, name, name_len);
    host[name_len] = '\0';
    *port = (uint16_t)n;
    return true;
}

static void take_http(oc_peer_cmd_args_t *args, char *value) {
    args->serve = true;
    if (!split(value, strlen(value), 0, args->address, &args->port) ||
        !oc_http_rule_loopback(args->address))
        wrong(args, "--http", value, "a loopback address and a port, like 127.0.0.1:8090");
}

static oc_peer_cmd_args_server_t *add_server(oc_peer_cmd_args_t *args, const char *option) {
    if (args->servers < OC_PEER_CMD_ARGS_SERVERS)
        return &args->server[args->servers++];
    snprintf(args->error, sizeof args->error, "peer: %s: at most %d servers", option,
             OC_PEER_CMD_ARGS_SERVERS);
    return NULL;
}

static void take_stun(oc_peer_cmd_args_t *args, char *value) {
    oc_peer_cmd_args_server_t *s = add_server(args, "--stun");
    if (s && (!split(value, strlen(value), 0, s->host, &s->port) || s->port == 0))
        wrong(args, "--stun", value, "HOST:PORT");
}

/* "HOST:PORT,USER,PASSWORD"; the password may hold commas. Nothing of it is shown. */
static void take_turn(oc_peer_cmd_args_t *args, char *value) {
    oc_peer_cmd_args_server_t *s = add_server(args, "--turn");
    char *user = strchr(value, ','), *password = user ? strchr(user + 1, ',') : NULL;
    if (!s)
        return;
    s->turn = true;
    size_t user_len = password ? (size_t)(password - user - 1) : 0;
    if (!password || !split(value, (size_t)(user - value), 0, s->host, &s->port) || s->port == 0 ||
        user_len == 0 || user_len >= sizeof s->user || strlen(password + 1) >= sizeof s->password ||
        !password[1]) {
        snprintf(args->error, sizeof args->error,
                 "peer: --turn: not of the form HOST:PORT,USER,PASSWORD");
    } else {
        memcpy(s->user, user + 1, user_len);
        strcpy(s->password, password + 1);
    }
    if (user)
        memset(user + 1, '*', strlen(user + 1));
}

static void take_transport(oc_peer_cmd_args_t *args, char *value) {
    static const char *const names[] = {"udp", "tcp", "tls"};
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(value, names[i]) != 0)
            continue;
        args->transport = (oc_peer_cmd_transport_t)i;
        return;
    }
    wrong(args, "--turn-transport", value, "udp, tcp or tls");
}

static void take_offer(oc_peer_cmd_args_t *args, char *value) {
    static const char scheme[] = "http://";
    const char *host = value + sizeof scheme - 1;
    size_t len = strncmp(value, scheme, sizeof scheme - 1) == 0 ? strcspn(host, "/?#") : 0;
    const char *path = len ? host + len : "";
    args->offer = true;
    if (len == 0 || !split(host, len, 80, args->offer_host, &args->offer_port) ||
        args->offer_port == 0 || strlen(path) >= sizeof args->offer_path ||
        strpbrk(path, " \t\r\n#") || (path[0] && path[0] != '/')) {
        wrong(args, "--offer-to", value, "http://HOST:PORT/PATH");
        return;
    }
    strcpy(args->offer_path, path[0] ? path : "/");
}

static void take_open(oc_peer_cmd_args_t *args, char *value) {
    if (args->opens == OC_PEER_CMD_ARGS_OPEN)
        snprintf(args->error, sizeof args->error, "peer: --open: at most %d channels",
                 OC_PEER_CMD_ARGS_OPEN);
    else
        args->open[args->opens++] = value;
}

static void take_voice(oc_peer_cmd_args_t *args, char *value) {
    args->voice = value;
}

static void take_udp_port(oc_peer_cmd_args_t *args, char *value) {
    uint32_t port;
    if (!number(value, strlen(value), UINT16_MAX, &port))
        wrong(args, "--udp-port", value, "0 to 65535");
    else
        args->udp_port = (uint16_t)port;
}

typedef void (*take_t)(oc_peer_cmd_args_t *args, char *value);
/* By their number in `options`; those with a value come first. */
static const take_t takes[] = {take_http,     take_stun,  take_turn, take_transport,
                               take_udp_port, take_offer, take_open, take_voice};
#define TAKES (int)(sizeof takes / sizeof takes[0])

static const struct option options[] = {
    {"http", required_argument, NULL, 0},     {"stun", required_argument, NULL, 0},
    {"turn", required_argument, NULL, 0},     {"turn-transport", required_argument, NULL, 0},
    {"udp-port", required_argument, NULL, 0}, {"offer-to", required_argument, NULL, 0},
    {"open", required_argument, NULL, 0},     {"voice", required_argument, NULL, 0},
    {"ipv6", no_argument, NULL, 0},           {"relay-only", no_argument, NULL, 0},
    {"loopback", no_argument, NULL, 0},       {"json", no_argument, NULL, 0},
    {"plain-udp", no_argument, NULL, 0},      {"early", no_argument, NULL, 0},
    {"help", no_argument, NULL, 0},           {NULL, 0, NULL, 0}};

static void take_flag(oc_peer_cmd_args_t *args, int index) {
    bool *const flags[] = {&args->ipv6,  &args->relay_only, &args->loopback, &args->json,
                           &args->plain, &args->early,      &args->help};
    *flags[index - TAKES] = true;
}

static void unknown(oc_peer_cmd_args_t *args, const char *what, const char *word) {
    snprintf(args->error, sizeof args->error, "peer: unknown %s %.80s; see ocellus-peer --help",
             what, word);
}

/* The library takes the beginning of a name for it. */
static bool is_option(const char *word) {
    size_t len = strcspn(word + 2, "=");
    for (unsigned i = 0; options[i].name; i++)
        if (strlen(options[i].name) == len && strncmp(options[i].name, word + 2, len) == 0)
            return true;
    return false;
}

/* One option. False: there is none left. */
static bool take_option(oc_peer_cmd_args_t *args, int argc, char **argv) {
    int index = 0, before = optind > 0 ? optind : 1;
    int result = getopt_long(argc, argv, "+:", options, &index);
    if (result == -1)
        return false;
    if (result == '?') {
        unknown(args, "option", argv[optind > before ? optind - 1 : before]);
        return true;
    }
    if (!is_option(argv[before])) /* an abbreviation */
        unknown(args, "option", argv[before]);
    else if (result == ':')
        snprintf(args->error, sizeof args->error, "peer: missing value after %s", argv[before]);
    else if (index < TAKES)
        takes[index](args, optarg);
    else
        take_flag(args, index);
    return true;
}

/* What only the whole shows. */
static void judge(oc_peer_cmd_args_t *args) {
    unsigned turns = 0;
    for (unsigned i = 0; i < args->servers; i++)
        turns += args->server[i].turn;
    const char *what = !args->serve && !args->offer
                           ? "--http ADDR:PORT or --offer-to URL is missing"
                       : args->relay_only && !turns  ? "--relay-only: no --turn server is named"
                       : args->opens && !args->offer ? "--open: only with --offer-to"
                       : args->early && !args->opens ? "--early: no --open is there"
                       : args->voice && !args->opens ? "--voice: no --open is there"
                                                     : NULL;
    if (what)
        snprintf(args->error, sizeof args->error, "peer: %s; see ocellus-peer --help", what);
}

void oc_peer_cmd_args_parse(oc_peer_cmd_args_t *args, int argc, char **argv) {
    memset(args, 0, sizeof *args);
    opterr = 0;
    optind = 0; /* from the beginning, whatever was read before */
    while (!args->error[0] && take_option(args, argc, argv))
        ;
    if (!args->error[0] && optind < argc)
        unknown(args, "word", argv[optind]);
    if (!args->error[0] && !args->help)
        judge(args);
}
