/* oc_index_events - events: lines in files that are only appended to, and the rows that find them
 * (docs/design/recordings-index.md). The files count: rows are made from them when they are missing
 * or behind. A line is on the disk before its row changes. Index thread only. */
#ifndef OC_INDEX_EVENTS_H
#define OC_INDEX_EVENTS_H

#include "oc_command.h"
#include "oc_event_line.h"
#include "oc_index_db.h"

/* Reads what the files have and the rows have not; a line that was cut off is removed. Called by
 * all below. OC_OK | OC_ERR_*. */
int oc_index_events_read(oc_index_db_t *db);
/* The process starts: events that went on at its last end are over. OC_OK | OC_ERR_*. */
int oc_index_events_end_open(oc_index_db_t *db);

/* Keeps an event. event->id is not looked at; its data need not be on one line. One of its kind
 * that goes on at its channel is the same event, unless this is a span of the past (it ends after
 * it begins). *id: its number. OC_OK | OC_ERR_INVAL data is no JSON | OC_ERR_TOO_BIG | other
 * OC_ERR_* of the disk: nothing is kept. */
int oc_index_events_begin(oc_index_db_t *db, const oc_event_begin_t *event, uint32_t *id);
/* One that goes on ends, not before it began. OC_OK also when it has ended before | OC_ERR_NOENT |
 * OC_ERR_*. */
int oc_index_events_end(oc_index_db_t *db, uint32_t id, int64_t at_ms);
/* The event of this kind that goes on at this channel; 0: none does. */
uint32_t oc_index_events_open(oc_index_db_t *db, const char *kind, const char *channel);
/* OC_OK | OC_ERR_NOENT | OC_ERR_*. */
int oc_index_events_protect(oc_index_db_t *db, uint32_t id, bool on);
/* It has a picture of so many bytes, which lies where oc_event_line_picture says; 0: none any more,
 * the file is removed. The same. */
int oc_index_events_picture(oc_index_db_t *db, uint32_t id, uint32_t bytes);
/* The same, and its picture. OC_ERR_STATE: it is protected. */
int oc_index_events_delete(oc_index_db_t *db, uint32_t id);

/* Rows of a query, records of EVENTS_LIST (docs/design/script.md), as many as fit. *more: there are
 * more. OC_OK | OC_ERR_*. */
int oc_index_events_list(oc_index_db_t *db, const oc_event_query_t *query, char *out, size_t size,
                         size_t *len, bool *more);

#endif
