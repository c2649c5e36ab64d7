/* oc_plane_rows - the published rows of a plane as they lie in memory: tables (oc_table.h) of each
 * stream, of the name of its channel, and of why that is not as it should be. No pointers: a host
 * may put them where another process reads them. */
#ifndef OC_PLANE_ROWS_H
#define OC_PLANE_ROWS_H

#include <stdatomic.h>

#include "oc_command.h"
#include "oc_desired_record.h"
#include "oc_limits.h"
#include "oc_stream_row.h"
#include "oc_table.h"

#define OC_PLANE_NAME_WORDS (OC_CHANNEL_NAME_MAX / 4)
#define OC_PLANE_WHY_WORDS  (OC_DESIRED_WHY_MAX / 4)

/* By slot; why: by channel. */
typedef struct oc_plane_rows {
    _Atomic uint32_t row[OC_STREAMS_MAX][OC_TABLE_WORDS(OC_STREAM_ROW_WORDS)];
    _Atomic uint32_t name[OC_STREAMS_MAX][OC_TABLE_WORDS(OC_PLANE_NAME_WORDS)];
    _Atomic uint32_t why[OC_CHANNELS_MAX][OC_TABLE_WORDS(OC_PLANE_WHY_WORDS)];
} oc_plane_rows_t;

#endif
