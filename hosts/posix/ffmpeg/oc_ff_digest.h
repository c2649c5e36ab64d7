/* oc_ff_digest - which Digest a camera asks for (RFC 7616). FFmpeg knows MD5 alone
 * (libavformat/httpauth.c, to 8.0), takes the last of several challenges, and says nothing when it
 * cannot answer one. So each line of an answer's head is looked at before FFmpeg reads it: it logs
 * the line first. Pure. */
#ifndef OC_FF_DIGEST_H
#define OC_FF_DIGEST_H

#include <stdbool.h>

#define OC_FF_DIGEST_NAME 16 /* bytes with NUL of an algorithm */

/* What a source was asked for; zeroed at first. */
typedef struct oc_ff_digest {
    char other[OC_FF_DIGEST_NAME]; /* an algorithm that FFmpeg does not know; "" = none */
    bool known;                    /* Digest with MD5, or Basic */
} oc_ff_digest_t;

/* A line of an answer's head, without its end. A challenge that FFmpeg cannot answer is made one
 * that it does not see, in place; md5 is written as FFmpeg wants it. */
void oc_ff_digest_look(oc_ff_digest_t *digest, char *line);

/* True: all that was asked for is what FFmpeg cannot do. */
static inline bool oc_ff_digest_foreign(const oc_ff_digest_t *digest) {
    return digest->other[0] && !digest->known;
}

#endif
