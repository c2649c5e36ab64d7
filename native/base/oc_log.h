/* oc_log - one line per event, to a sink the host supplies. No sink: silence. Any thread. */
#ifndef OC_LOG_H
#define OC_LOG_H

/* begin protocol: made by tools/protocol */
/* clang-format off */
/* Levels of the log. */
typedef enum oc_log_level {
    OC_LOG_ERROR = 0, /* something a person must act on */
    OC_LOG_WARN = 1, /* something was lost or refused; the program goes on */
    OC_LOG_INFO = 2, /* life: started, opened, closed */
    OC_LOG_DEBUG = 3,
} oc_log_level_t;
/* clang-format on */
/* end protocol */

#define OC_LOG_LINE_MAX 512 /* bytes with NUL; longer lines are cut */

/* room: where it comes from ("ring", "out/file"); line: no newline; borrowed until return. */
typedef void (*oc_log_sink_t)(void *context, oc_log_level_t level, const char *room,
                              const char *line);

/* Set once before other threads start. */
void oc_log_set(oc_log_sink_t sink, void *context, oc_log_level_t threshold);
void oc_log(oc_log_level_t level, const char *room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
