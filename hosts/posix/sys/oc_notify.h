/* oc_notify - tells the service manager that the program lives (sd_notify(3): WATCHDOG=1). One
 * thread; never waits. */
#ifndef OC_NOTIFY_H
#define OC_NOTIFY_H

#include <stdint.h>

typedef struct oc_notify {
    int fd;           /* of the manager's socket; -1: nobody wants to know */
    int64_t every_us; /* half of the time after which it takes the program for dead */
    int64_t due_us;
} oc_notify_t;

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment; without the first two, or
 * when they are for another process, nothing is ever sent. */
void oc_notify_open(oc_notify_t *notify);
/* In every turn of the thread that has to live. */
void oc_notify_turn(oc_notify_t *notify, int64_t now_us);
/* Twice is allowed. */
void oc_notify_close(oc_notify_t *notify);

#endif
