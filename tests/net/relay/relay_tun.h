/* relay_tun - a TUN device in a network namespace. Ends the program with one line when it cannot.
 */
#ifndef RELAY_TUN_H
#define RELAY_TUN_H

#include <stddef.h>
#include <stdint.h>

/* Makes the device `name` in the namespace /run/netns/`space` with this MTU, up; it is gone when
 * the program ends. Returns its file, non-blocking: one IP packet per read and write. */
int relay_tun_open(const char *space, const char *name, unsigned mtu);

/* A line on standard error, then exit 2. */
_Noreturn void relay_die(const char *what, const char *which);

#endif
