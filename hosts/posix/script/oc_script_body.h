/* oc_script_body - the files that a script may have as bodies: recordings, and those of the
 * application's own folder. */
#ifndef OC_SCRIPT_BODY_H
#define OC_SCRIPT_BODY_H

#include "oc_body_file.h"
#include "oc_body_memory.h"
#include "oc_file_thread.h"
#include "oc_script_context.h"

#define OC_SCRIPT_PANEL_BYTES (16 * 1024 * 1024) /* of the panel under way */
#define OC_SCRIPT_APP_FOLDER  "app" /* the application's files, in the data directory */

typedef struct oc_script_body {
    int data_root;           /* descriptor of the data directory, -1: none */
    oc_file_thread_t *store; /* knows how far a recording that grows is on the disk */
    oc_body_files_t files;
    oc_body_budget_t panel; /* copies of files of the panel */
} oc_script_body_t;

/* Script thread; waits for the disk. As open_body of oc_script_context_t. */
int oc_script_body_open(oc_script_body_t *bodies, oc_body_root_t root, const char *path,
                        oc_body_ref_t *out);

/* A copy of a resource ("panel/…") of a checked archive. Any thread. As oc_script_panel. */
int oc_script_body_panel(oc_script_body_t *bodies, const uint8_t *archive, size_t size,
                         const char *path, const char *type, oc_body_ref_t *out);

#endif
