/* oc_index_db - the database of the index: found, made, and made again when it is damaged or of
 * another version (docs/design/recordings-index.md). It only finds what the files say: it may be
 * lost at any time. While it cannot be kept on the disk it is in memory. Index thread only. */
#ifndef OC_INDEX_DB_H
#define OC_INDEX_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "oc_file_op.h"

#define OC_INDEX_FOLDER     "index"
#define OC_INDEX_FILE       OC_INDEX_FOLDER "/index.sqlite"
#define OC_INDEX_VERSION    2  /* of the tables: PRAGMA user_version */
#define OC_INDEX_STATEMENTS 96 /* prepared, kept; about 4 KB each */
#define OC_INDEX_PREROLL    20 /* parameter that every statement has bound, when it has it */

/* Who is to know of events that begin. */
typedef struct oc_index_begun {
    /* Index thread, after it was kept: an event of its own, not one that goes on already. channel:
     * borrowed until return, "": of the device. */
    void (*begun)(void *context, uint32_t id, const char *channel, int64_t start_ms);
    void *context;
} oc_index_begun_t;

typedef struct oc_index_db {
    int root; /* descriptor of the data directory, borrowed */
    sqlite3 *sql;
    struct oc_index_rows *rows;    /* what is written just now, borrowed; NULL: nothing is known */
    const oc_index_begun_t *begun; /* borrowed; NULL: nobody */
    int64_t preroll_ms;            /* kept before a protected event */
    bool in_memory;                /* no file could be used */
    bool fresh;   /* it was made just now: what the tables are made from has to be read */
    bool damaged; /* a statement found it malformed: oc_index_db_again */
    int failed;   /* OC_ERR_* of the last write that failed, OC_OK: none since the last success */
    struct {
        const char *text;
        sqlite3_stmt *statement;
    } prepared[OC_INDEX_STATEMENTS];
    unsigned prepared_count;
} oc_index_db_t;

/* Opens what is there, or makes it; db is zero but `rows`, `begun` and `preroll_ms`. root: borrowed
 * until closed; -1: in memory. OC_OK | OC_ERR_NOMEM. */
int oc_index_db_open(oc_index_db_t *db, int root);
void oc_index_db_close(oc_index_db_t *db);
/* Throws it away and makes it again, empty. OC_OK | OC_ERR_NOMEM: closed. */
int oc_index_db_again(oc_index_db_t *db);
/* Goes on in memory, empty: the disk takes nothing. OC_OK | OC_ERR_NOMEM: closed. */
int oc_index_db_leave(oc_index_db_t *db);

/* A statement without values, ready for them. text: static, it is known by its address. NULL: it
 * cannot be made (damaged, no memory). Borrowed until the database is closed; one use at a time. */
sqlite3_stmt *oc_index_db_statement(oc_index_db_t *db, const char *text);
/* The next row: OC_OK there is one | OC_END no more | OC_ERR_*; after the last two the statement is
 * reset. NULL statement: OC_ERR_IO. */
int oc_index_db_step(oc_index_db_t *db, sqlite3_stmt *statement);
/* Runs a statement that has no rows. OC_OK | OC_ERR_*. */
int oc_index_db_run(oc_index_db_t *db, sqlite3_stmt *statement);
/* The same for a text without values. */
int oc_index_db_execute(oc_index_db_t *db, const char *text);

#endif
