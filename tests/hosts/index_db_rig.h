/* index_db_rig - the database of an index in a folder of a test's own. One for a program. */
#ifndef INDEX_DB_RIG_H
#define INDEX_DB_RIG_H

#include <stdlib.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_index_db.h"
#include "test_folder.h"

typedef struct rig {
    char path[64];
    int root;
    oc_index_db_t db;
} rig_t;

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    *state = rig;
    return rig->root < 0 || oc_index_db_open(&rig->db, rig->root) != OC_OK;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    oc_index_db_close(&rig->db);
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

#endif
