/* test_wait - how long a test with threads or sockets waits for what has to come. */
#ifndef TEST_WAIT_H
#define TEST_WAIT_H

#include <stdint.h>

/* Only against hanging: a machine may stand still for seconds at any moment, so that a wait says
 * nothing of how fast something is. Naps of a millisecond or more are counted by TEST_WAIT_MS. */
#define TEST_WAIT_MS 300000
#define TEST_WAIT_US (INT64_C(1000) * TEST_WAIT_MS)

#endif
