#include "oc_random.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CHUNK 256 /* getentropy gives no more at a time */

void oc_random(void *out, size_t len) {
    uint8_t *p = out;
    while (len > 0) {
        size_t n = len < CHUNK ? len : CHUNK;
        if (getentropy(p, n) != 0) {
            fputs("ocellus: the system provides no random numbers\n", stderr);
            abort();
        }
        p += n;
        len -= n;
    }
}
