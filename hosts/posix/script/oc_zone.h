/* oc_zone - time zones of the machine: a name (Europe/Berlin) to the POSIX TZ rule that ends its
 * file in the zone database (RFC 9636, 3.3), so that whoever knows rules needs no database. That
 * rule tells the present and the future; what a rule cannot tell (Ramadan in Morocco) is left out.
 * Reads the environment (TZ, TZDIR) and files, nothing is kept: a change is seen by the next call.
 * Any thread that may wait for a disk. */
#ifndef OC_ZONE_H
#define OC_ZONE_H

#include <stdbool.h>

#include "oc_script_context.h"

/* name: of the database, or "" for the zone of the machine: TZ, else /etc/localtime, else UTC; TZ
 * may be a rule itself. Borrowed until return. false: no such zone, or no file of version 2 or
 * later with a rule; never for "". */
bool oc_zone_read(const char *name, oc_zone_t *zone);

#endif
