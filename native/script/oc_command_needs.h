/* oc_command_needs - which capabilities an application needs for what it asks of the media plane
 * and its host. Pure; glue asks before it posts. docs/design/applications.md, ADR 46. */
#ifndef OC_COMMAND_NEEDS_H
#define OC_COMMAND_NEEDS_H

#include <stddef.h>
#include <stdint.h>

/* All of them, oc_capability_t, for a kind of command (enum oc_command_kind); OC_CAPABILITIES_ALL
 * for a number that is none. */
unsigned oc_command_needs(unsigned kind);

/* What STORE_READ and STORE_WRITE need beside `settings`: `system` for the store of the users,
 * whose hashes are in it (ADR 96). text: begins with the name, to a line feed or its end; len
 * bytes. */
unsigned oc_store_needs(const char *text, size_t len);

/* What the address of a source needs beside `media`, as an entry of DESIRED carries it; "" and
 * sizes (640x360): nothing. A device, a test picture, frames that are pushed: nothing. A file below
 * data_path (the data directory), and default_input (the clip of the program): nothing; any other
 * file: settings, because such addresses are the user's. All else: network. Either may be "". */
unsigned oc_source_needs(const char *address, const char *data_path, const char *default_input);

/* All that a command needs: its kind, and the store or the addresses in its parcel. A part of a
 * list that is cut within an entry is nobody's: OC_CAPABILITIES_ALL. */
unsigned oc_command_needs_of(unsigned kind, uint32_t arg0, const void *bytes, size_t size,
                             const char *data_path, const char *default_input);

#endif
