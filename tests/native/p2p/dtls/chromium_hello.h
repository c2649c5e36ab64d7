/* chromium_hello - the two datagrams of a ClientHello as Chromium 156 sends it, from
 * tests/native/p2p/vectors/chromium-156-clienthello.txt: 1,413 bytes in fragments of 1,175 and 238.
 */
#ifndef CHROMIUM_HELLO_H
#define CHROMIUM_HELLO_H

#include "oc_span.h"

#define CHROMIUM_HELLO_LEN   1413
#define CHROMIUM_HELLO_FIRST 1175

/* Reads one of them (0 or 1) into out, 1,500 bytes. Its length; the test ends when it is not there.
 */
size_t chromium_hello(unsigned which, uint8_t *out);

#endif
