/* oc_helper - the processes ocellus-ffmpeg: started when a source needs one, shared where that is
 * harmless, ended with their last source or by a reason (ADR 21). A helper holds nothing of ours
 * but its socket and what is sent there: no other descriptor, no environment but what its libraries
 * and the sanitizers read. Any thread. */
#ifndef OC_HELPER_H
#define OC_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_HELPER_SOURCES 16 /* that one process passes through */

/* What a helper may do; its limits follow from it (hosts/posix/ffmpeg/process/oc_ff_sandbox.h). */
typedef enum oc_helper_class {
    OC_HELPER_PASS,    /* reads streams and passes them through: up to OC_HELPER_SOURCES */
    OC_HELPER_DECODE,  /* has codecs: one source, and the sub stream that is made of it */
    OC_HELPER_DEVICE,  /* reads devices of this machine */
    OC_HELPER_LOOK,    /* decodes single packets for pictures and levels (oc_look_wire): up to
                          OC_HELPER_SOURCES */
    OC_HELPER_CONVERT, /* has codecs: one conversion of `ocellus transcode` (oc_convert_wire) */
    OC_HELPER_PUSH,    /* one connection to a server that a stream is pushed to (oc_push_link) */
    OC_HELPER_JOIN,    /* that of its key, whatever it is: none is started for it */
} oc_helper_class_t;

/* One process; opaque. */
typedef struct oc_helper oc_helper_t;

/* Where the program ocellus-ffmpeg is; copied. Before other threads start; without it there is
 * none. */
void oc_helper_folder(const char *folder);

/* Whether that program is there; starts none. False: why says what is to be done. */
bool oc_helper_exists(oc_helper_class_t class, char *why, size_t size);

/* Brings a source to a helper of its class, a new one when none has room. key: sources with the
 * same key other than 0 share one; 0: any with room. fds: the source's socket and memory, borrowed
 * until return. OC_OK, *out to be left | OC_ERR_NOENT of OC_HELPER_JOIN: there is none | OC_ERR_*,
 * why says what is to be done. */
int oc_helper_join(oc_helper_class_t class, uint32_t key, const int fds[2], oc_helper_t **out,
                   char *why, size_t size);

/* The source is gone; with the last one its process is ended. */
void oc_helper_leave(oc_helper_t *helper);

/* A source of it has shown a sign of life. */
void oc_helper_alive(oc_helper_t *helper);
/* True: none of its sources has for so long. */
bool oc_helper_silent(oc_helper_t *helper, int64_t us);

/* Ends the process at once: reason (static) goes to the log. */
void oc_helper_kill(oc_helper_t *helper, const char *reason);

/* True when its process has ended; the first to ask logs how. */
bool oc_helper_ended(oc_helper_t *helper);

#endif
