/* oc_xml - a small XML document, as servers send them, as a flat list of texts. Linked like
 * oc_app_crypto: hosts/posix/net/oc_xml.c by libexpat, which it loads at the first document; a host
 * without a parser refuses. A document type is refused, so there are no entities to expand. Any
 * thread. */
#ifndef OC_XML_H
#define OC_XML_H

#include <stddef.h>
#include "oc_span.h"

#define OC_XML_BYTES_MAX (1024u * 1024u) /* of a document */
#define OC_XML_DEPTH_MAX 16u             /* elements in each other */
#define OC_XML_NAME_MAX  64u             /* bytes of the name of an element or attribute */
#define OC_XML_TEXT_MAX  4096u           /* bytes of the text of one */
#define OC_XML_COUNT_MAX 4096u           /* elements and attributes of the list */
#define OC_XML_OUT_MAX   (2048u * 1024u) /* bytes of the list, while it is read */
#define OC_XML_BETWEEN   '\x1F'          /* neither it nor the next is allowed in XML */
#define OC_XML_BEHIND    '\x1E'

/* Each element at its end: its path ("Error/Code", without prefixes), OC_XML_BETWEEN, its text, ""
 * when elements are in it, OC_XML_BEHIND; each attribute in the same way where its element begins:
 * "Error/@code". Declarations of name spaces are left out. UTF-8. document: borrowed until return.
 * only: paths that are in the list, a line each; NULL: all; borrowed until return. What is not in
 * the list costs its bytes once. *out: owned by caller after return, ended by free; NULL when there
 * is nothing in it. OC_OK | OC_ERR_FORMAT not well-formed, or it has a document type |
 * OC_ERR_TOO_BIG beyond a limit | OC_ERR_NOMEM | OC_ERR_NOTSUP no parser; *out is NULL then. */
int oc_xml_read(oc_span_t document, const char *only, char **out, size_t *out_len);

#endif
