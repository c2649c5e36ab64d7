/* oc_event_line - lines of the files that keep events: events/<YYYYMM>.ndjson, one JSON object a
 * line, only ever appended (docs/design/recordings-index.md). Written here; read by whoever has a
 * parser of JSON. Pure. */
#ifndef OC_EVENT_LINE_H
#define OC_EVENT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_EVENT_WORD_MAX         24                        /* bytes with NUL of a kind */
#define OC_EVENT_DATA_MAX         4096                      /* bytes of its data as JSON */
#define OC_EVENT_LINE_MAX         (OC_EVENT_DATA_MAX + 512) /* bytes of the longest line */
#define OC_EVENT_LINE_FOLDER      "events"
#define OC_EVENT_LINE_PATH        32           /* bytes with NUL of the path of a file */
#define OC_EVENT_LINE_PICTURE_MAX (512 * 1024) /* bytes of a picture */

/* The beginning of an event. */
typedef struct oc_event_begin {
    uint32_t id;         /* its number, from 1 */
    int64_t start_ms;    /* since 1970, UTC */
    int64_t end_ms;      /* -1: it goes on */
    uint32_t mask;       /* requirement A7; 0: its kind has no bit */
    const char *kind;    /* [a-z][a-z0-9-]* */
    const char *channel; /* ""; of none */
    const char *data;    /* JSON on one line, checked by the caller; "": none */
    bool raised;         /* by the application */
} oc_event_begin_t;

/* What happens to an event later. */
typedef enum oc_event_change {
    OC_EVENT_END,     /* value: ms since 1970 */
    OC_EVENT_PROTECT, /* value: 1 or 0 */
    OC_EVENT_PICTURE, /* value: its bytes; 0: there is none any more */
    OC_EVENT_DELETE,
} oc_event_change_t;

/* Writes a line with its line feed. Bytes | 0: it does not fit. */
size_t oc_event_line_begin(char *out, size_t size, const oc_event_begin_t *event);
size_t oc_event_line_change(char *out, size_t size, uint32_t id, oc_event_change_t change,
                            int64_t value);

/* Bytes of whole lines at the start of `len` bytes: what follows was cut off while it was written.
 */
size_t oc_event_line_whole(const char *bytes, size_t len);

/* The file that has the lines of an event which began at start_ms: "events/202611.ndjson". Instants
 * before 1970 and after 9999 are in the file of the nearest month. */
void oc_event_line_path(int64_t start_ms, char out[OC_EVENT_LINE_PATH]);
/* The picture of an event: "events/202611/12.jpg". */
void oc_event_line_picture(int64_t start_ms, uint32_t id, char out[OC_EVENT_LINE_PATH]);
/* Whether a name in the folder is that of such a file. */
bool oc_event_line_is_file(const char *name);

#endif
