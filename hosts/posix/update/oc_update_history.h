/* oc_update_history - what became of updates: the newest attempts and the last failure, kept in
 * update/history.json. One thread. */
#ifndef OC_UPDATE_HISTORY_H
#define OC_UPDATE_HISTORY_H

#include "oc_bundle.h"
#include "oc_json.h"

#define OC_UPDATE_HISTORY_MAX 64
#define OC_UPDATE_STACK_MAX   2048 /* bytes of a message and its stack */

/* An attempt. */
typedef struct oc_update_entry {
    int64_t wall_us; /* 0: the clock was not set */
    char version[OC_SEMVER_MAX + 1], from[OC_SEMVER_MAX + 1];
    char result[16]; /* "committed", "rolled-back", "refused", "revoked", "interrupted" */
    char why[OC_BUNDLE_WHY];
    char by[16]; /* "api", "script", "file", "host" */
    char key[OC_KEY_ID_TEXT];
} oc_update_entry_t;

/* All zero: empty. */
typedef struct oc_update_history {
    oc_update_entry_t entries[OC_UPDATE_HISTORY_MAX]; /* newest first */
    unsigned count;
    oc_update_entry_t failure; /* the last that was rolled back; version "": none */
    char stack[OC_UPDATE_STACK_MAX];
} oc_update_history_t;

/* Reads what is kept; a damaged file is an empty history. */
void oc_update_history_load(oc_update_history_t *history, int root);
/* Adds an attempt, which begins the list. stack: of a failure; NULL: it is none. */
void oc_update_history_add(oc_update_history_t *history, const oc_update_entry_t *entry,
                           const char *stack);
/* Keeps it. OC_OK | OC_ERR_*: the older one is kept. */
int oc_update_history_save(const oc_update_history_t *history, int root);
/* Writes the members `lastFailure` and `history`. */
void oc_update_history_write(const oc_update_history_t *history, oc_json_t *json);

#endif
