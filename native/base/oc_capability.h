/* oc_capability - what an application may use, as its archive declares it, bits; and the level of
 * the API that it finds. The host enforces both; docs/design/applications.md says what each gives.
 * Numbers are part of the archive's format. */
#ifndef OC_CAPABILITY_H
#define OC_CAPABILITY_H

/* Of the modules and members in types/api-level.json (a check compares). A host of a level runs
 * every application of that level or a lower one. */
#define OC_API_LEVEL 1u

/* One of them. */
typedef enum oc_capability {
    OC_CAPABILITY_NETWORK = 1,
    OC_CAPABILITY_FILES = 2,
    OC_CAPABILITY_HTTP = 4,
    OC_CAPABILITY_MEDIA = 8,
    OC_CAPABILITY_VIEWERS = 16,
    OC_CAPABILITY_SETTINGS = 32,
    OC_CAPABILITY_SYSTEM = 64,
    OC_CAPABILITY_UPDATE = 128,
} oc_capability_t;

#define OC_CAPABILITY_NONE  0u /* nothing is needed */
#define OC_CAPABILITIES_ALL 255u
#define OC_CAPABILITY_TEXT  80 /* bytes of the names of all of them, with NUL */

/* The names of capabilities ("network, files"), with ", " between them; "none". text:
 * OC_CAPABILITY_TEXT bytes. Bits that are no capability have no name. */
void oc_capability_names(unsigned capabilities, char *text);

#endif
