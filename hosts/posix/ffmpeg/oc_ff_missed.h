/* oc_ff_missed - what FFmpeg tells its log alone. RTP packets that never arrived. FFmpeg's RTP
 * depacketizer notices them by their sequence numbers and tells nobody but its log, so the log is
 * where they are counted. The reader of a source logs on the thread of that source: counts are of
 * the thread. In a TCP connection FFmpeg looks for holes only when it may reorder (oc_ff_reader).
 * And the lines of an answer's head, for the challenges (oc_ff_digest) and the type in them. */
#ifndef OC_FF_MISSED_H
#define OC_FF_MISSED_H

#include <stdbool.h>
#include <stdint.h>

/* From now on all that FFmpeg logs is looked at, and dropped: its lines may hold addresses with
 * passwords. Of the whole process; before sources begin. */
void oc_ff_missed_begin(void);

/* RTP packets, not frames, that this thread's source missed since the last call. */
uint32_t oc_ff_missed_take(void);

/* True: so many packets in a row have numbers below those before that the sender counts anew, and
 * FFmpeg would leave out up to 32,768 of them: the connection is to be made again. */
bool oc_ff_missed_restarted(void);
/* A frame came, or a connection begins: what is old is counted from here. */
void oc_ff_missed_came(void);

#endif
