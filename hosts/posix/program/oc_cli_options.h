/* Made by tools/settings from modules/config/settings-table.ts: do not edit. */
#ifndef OC_CLI_OPTIONS_H
#define OC_CLI_OPTIONS_H
/* clang-format off */

/* Options of `ocellus run`: VALUE(name) is followed by a value, SWITCH(name) is not. */
#define OC_CLI_OPTION_MAP(VALUE, SWITCH) \
    VALUE("input") \
    VALUE("data") \
    VALUE("settings") \
    VALUE("app") \
    VALUE("app-set") \
    SWITCH("app-watch") \
    VALUE("update-key") \
    VALUE("update-trial") \
    VALUE("listen") \
    VALUE("port") \
    VALUE("login") \
    VALUE("host") \
    VALUE("cors-origin") \
    VALUE("trusted-proxy") \
    VALUE("tls-cert") \
    VALUE("tls-key") \
    VALUE("record") \
    VALUE("name") \
    VALUE("segment-minutes") \
    VALUE("record-audio") \
    VALUE("duration") \
    VALUE("log") \
    VALUE("timezone") \
    SWITCH("json") \
    SWITCH("print-settings")

/* Variables of the environment that give settings. */
#define OC_CLI_VARIABLE_MAP(NAME) \
    NAME("AWS_ACCESS_KEY_ID") \
    NAME("AWS_SECRET_ACCESS_KEY") \
    NAME("AWS_SESSION_TOKEN")

/* Their part of --help. */
#define OC_CLI_OPTION_HELP \
    "  --input URL           a source, one channel each; may be repeated: an MP4\n" \
    "                        file, replay:PATH, fake:?..., push:NAME; with\n" \
    "                        ocellus-ffmpeg: test, other files, http(s)://, rtsp://,\n" \
    "                        /dev/video0, alsa:NAME; NAME=URL names the channel,\n" \
    "                        URL,sub=URL or URL,sub=640x360 gives it a second stream\n" \
    "                        (the clip that ships with the program, looped)\n" \
    "  --data DIR            the folder of the recordings ($XDG_DATA_HOME/ocellus,\n" \
    "                        ~/.local/share/ocellus)\n" \
    "  --settings FILE       JSON settings; the command line wins over it\n" \
    "  --app FILE.xsa        the application (app.xsa beside the executable)\n" \
    "  --app-set KEY=VALUE   a setting of the application; may be repeated\n" \
    "  --app-watch           another file in its place replaces it while it runs\n" \
    "  --update-key FILE     a public key (PEM) whose updates of the application are\n" \
    "                        taken; may be repeated (no updates)\n" \
    "  --update-trial S      seconds for which an update is on trial, 1 .. 600 (20)\n" \
    "  --listen ADDR         address of the HTTP server; beyond loopback it is HTTPS\n" \
    "                        with login; may be repeated (127.0.0.1)\n" \
    "  --port N              its port, 0 = any free one (8080)\n" \
    "  --login remote|always always: HTTPS and login on loopback too (remote)\n" \
    "  --host NAME           one more name or address of this machine; may be\n" \
    "                        repeated\n" \
    "  --cors-origin ORIGIN  a site whose pages may read; may be repeated\n" \
    "  --trusted-proxy ADDR  a reverse proxy that names its clients; may be repeated\n" \
    "  --tls-cert FILE       a certificate (PEM) instead of the one that is made\n" \
    "  --tls-key FILE        its key\n" \
    "  --record on|off       recordings are written (on)\n" \
    "  --name NAME           name of the recordings (ocellus)\n" \
    "  --segment-minutes N   split recordings after N minutes, 1 .. 1440 (90)\n" \
    "  --record-audio on|off sound in recordings too (off)\n" \
    "  --duration S          stop by itself after S seconds, 0 = never (0)\n" \
    "  --log LEVEL           lines of the log: error, warn, info or debug (info)\n" \
    "  --timezone ZONE       local time: system, Europe/Berlin, or a POSIX TZ rule\n" \
    "                        (system)\n" \
    "  --json                one JSON object per line on stdout\n" \
    "  --print-settings      print the settings in force and exit\n"

#endif
