/* oc_capability - what an application may use, as its archive declares it, bits; and the level of
 * the API that it finds. The host enforces both; docs/design/applications.md says what each gives.
 */
#ifndef OC_CAPABILITY_H
#define OC_CAPABILITY_H

/* Of the modules and members in types/api-level.json (a check compares). A host of a level runs
 * every application of that level or a lower one. */
#define OC_API_LEVEL 1u

/* begin protocol: made by tools/protocol */
/* clang-format off */
/* What an application may use. Numbers are part of the archive's format. Bits. */
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

/* X(NAME, "name") of each. */
#define OC_CAPABILITY_MAP(X) \
    X(NETWORK, "network") \
    X(FILES, "files") \
    X(HTTP, "http") \
    X(MEDIA, "media") \
    X(VIEWERS, "viewers") \
    X(SETTINGS, "settings") \
    X(SYSTEM, "system") \
    X(UPDATE, "update")
/* clang-format on */
/* end protocol */

#define OC_CAPABILITY_NONE  0u                              /* nothing is needed */
#define OC_CAPABILITIES_ALL (2u * OC_CAPABILITY_UPDATE - 1) /* the last of them */
#define OC_CAPABILITY_TEXT  80 /* bytes of the names of all of them, with NUL */

/* The names of capabilities ("network, files"), with ", " between them; "none". text:
 * OC_CAPABILITY_TEXT bytes. Bits that are no capability have no name. */
void oc_capability_names(unsigned capabilities, char *text);

#endif
