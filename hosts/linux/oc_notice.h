/* oc_notice - the text of the file NOTICE, embedded by the build. */
#ifndef OC_NOTICE_H
#define OC_NOTICE_H

#include <stddef.h>

/* UTF-8 text. */
extern const unsigned char oc_notice[];
extern const size_t oc_notice_len; /* bytes, no NUL */

#endif
