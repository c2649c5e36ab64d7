/* oc_program - from a command line to a running host: the files it needs, the data directory, the
 * threads. What differs by host (who calls, how it ends) stays with the caller. One per process. */
#ifndef OC_PROGRAM_H
#define OC_PROGRAM_H

#include <limits.h>

#include "oc_cli.h"
#include "oc_host.h"
#include "oc_journal.h"

/* Exit codes of a process. */
enum { OC_EXIT_DONE = 0, OC_EXIT_FAILED = 1, OC_EXIT_USAGE = 2 };

/* What a process keeps for its life. */
typedef struct oc_program {
    oc_cli_t cli; /* filled by the caller with oc_cli_parse; OC_CLI_RUN or OC_CLI_SETTINGS */
    char app_path[PATH_MAX + 16], viewer[PATH_MAX + 16], clip[PATH_MAX + 16], data[PATH_MAX],
        stored_path[PATH_MAX + 16];
    char *app, *settings, *stored; /* stored: NULL = nothing is */
    const char *settings_path;     /* of settings, for messages */
    bool failed;                   /* what was to be written could not be, said */
    size_t app_size;
    int root, lock;      /* data directory and its lock; -1: none */
    bool privacy;        /* stored: nothing opens (oc_privacy_file) */
    bool privacy_switch; /* set by the caller: a switch that is up from the start */
    int64_t restart_us;  /* set by the caller, as in oc_host_config_t; 0 = never */
    oc_journal_t log;    /* the log file */
    const char *version; /* set by the caller: of this program */
    oc_update_t *update; /* NULL: there are no updates */
    oc_host_t *host;     /* NULL: not started */
} oc_program_t;

/* Reads the application and the settings, locks and repairs the data directory. folder: where
 * app.xsa, clip.mp4 and viewer/ lie. 0 | OC_EXIT_FAILED | OC_EXIT_USAGE, said on stderr. */
int oc_program_open(oc_program_t *program, const char *folder);

/* `ocellus password` (oc_password). cli.action: OC_CLI_PASSWORD. The exit code. */
int oc_program_password(oc_program_t *program);

/* `ocellus privacy`: writes or tells what is stored; a running program follows. cli.action:
 * OC_CLI_PRIVACY. The exit code. */
int oc_program_privacy(oc_program_t *program);

/* `ocellus reset` (oc_reset). cli.action: OC_CLI_RESET. The exit code. */
int oc_program_reset(oc_program_t *program);

/* `ocellus export` (oc_export_command). cli.action: OC_CLI_EXPORT. The exit code. */
int oc_program_export(oc_program_t *program);
/* `ocellus support-bundle` (oc_support). folder: of the executable; version: of it. cli.action:
 * OC_CLI_SUPPORT. The exit code. */
int oc_program_support(oc_program_t *program, const char *folder, const char *version);

/* Starts every thread. version, started_us: facts for the script. 0 | OC_EXIT_FAILED, said. */
int oc_program_start(oc_program_t *program, const char *version, int64_t started_us);

/* Finishes recordings and ends the threads. False: the disk does not answer (said): leave without
 * waiting for anything. */
bool oc_program_stop(oc_program_t *program);

/* The exit code, when the script ended with `code`. After oc_program_stop. */
int oc_program_code(const oc_program_t *program, int code);

/* Frees what oc_program_open took, also after it failed, and gives up the data directory: another
 * oc_program_open may follow. After oc_program_stop was true, or without a start. */
void oc_program_close(oc_program_t *program);

/* The last line of standard output with --json. */
void oc_program_report_end(const oc_program_t *program, int code);

#endif
