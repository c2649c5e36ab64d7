#include "oc_sim_help.h"

#include <stdbool.h>
#include <string.h>

#include "oc_cli.h"

#define PROGRAM "ocellus "

/* Commands of the Linux program: tools of Node in its packages, what needs ocellus-ffmpeg, and what
 * reads the program by its name for the settings. */
static const char *const absent[] = {
    "app",      "bundle",         "cloud",     "events", "keys", "publish", "recordings",
    "snapshot", "support-bundle", "transcode", "update", "watch",
};

static const char own[] =
    "  --so FILE             the library to run (mc.so beside the program)\n"
    "\n"
    "There is no ocellus-ffmpeg: no input test, http(s)://, rtsp://, s3://, /dev/video0 or\n"
    "alsa:NAME, no file that is not MP4, no second stream made of the first, no pictures of\n"
    "recordings and events.\n";

/* Where the command stands when this line of the text is the first of one; else NULL. */
static const char *command_in(const char *line) {
    const char *at = line + (strncmp(line, "usage: ", 7) == 0 ? 7 : strspn(line, " "));
    return at - line == 7 && strncmp(at, PROGRAM, strlen(PROGRAM)) == 0 ? at + strlen(PROGRAM)
                                                                        : NULL;
}

/* command: its first `len` bytes are the name. */
static bool is_absent(const char *command, size_t len) {
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
        if (strlen(absent[i]) == len && memcmp(command, absent[i], len) == 0)
            return true;
    }
    return false;
}

bool oc_sim_absent(const char *command) {
    return is_absent(command, strlen(command));
}

void oc_sim_print_help(FILE *out) {
    bool skipped = false;
    for (const char *line = oc_cli_help(); *line;) {
        size_t len = strcspn(line, "\n") + 1;
        const char *command = command_in(line);
        if (command)
            skipped = is_absent(command, strcspn(command, " |"));
        else if (line[0] == '\n')
            skipped = false;
        if (command && !skipped)
            fprintf(out, "%.7socellus-lin %.*s", line, (int)(line + len - command), command);
        else if (!skipped)
            fwrite(line, 1, len, out);
        line += len;
    }
    fputs(own, out);
}
