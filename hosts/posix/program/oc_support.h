/* oc_support - `ocellus support-bundle`: what whoever helps needs to know, in one tar.gz: versions,
 * facts of the machine, settings without secrets, logs, ends. No recording, no key, no password. */
#ifndef OC_SUPPORT_H
#define OC_SUPPORT_H

#include <stddef.h>

/* What the command was told; borrowed until return. */
typedef struct oc_support_config {
    const char *program;  /* path of the executable, which is asked for the settings */
    const char *version;  /* of it */
    const char *data;     /* the data directory; need not be writable */
    const char *settings; /* the file of --settings; NULL: none */
    const char *file;     /* the bundle; must not exist. NULL: ocellus-support-<UTC>.tar.gz here */
} oc_support_config_t;

/* Writes the bundle, 0600, and prints its name. Needs `tar` and `gzip`; what else is missing is
 * left out and named in it. The exit code; a failure is said on stderr. */
int oc_support_run(const oc_support_config_t *config);

/* Overwrites with `*` what an address in a line of a log may hold of secrets (oc_redact.h), and
 * tokens of watch links. The program leaves them out itself: this is for lines of others. */
void oc_support_scrub(char *line);

#endif
