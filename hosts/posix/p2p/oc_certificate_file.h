/* oc_certificate_file - where the certificate that viewers' DTLS sees is kept, below the data
 * directory: folder 0700, file 0600, key and certificate in PEM, replaced as a whole. Any thread.
 */
#ifndef OC_CERTIFICATE_FILE_H
#define OC_CERTIFICATE_FILE_H

#include "oc_certificate.h"

#define OC_CERTIFICATE_FILE "p2p/certificate.pem"

/* Reads it; makes a new one when there is none, or when the file is damaged, which is logged in one
 * line. One that cannot be stored serves until the end of the process, which is logged too. root:
 * descriptor of the data directory. OC_OK, *out is owned by caller after return | OC_ERR_NOMEM |
 * OC_ERR_IO the library fails | OC_ERR_* the file cannot be read for another reason than its
 * content; it stays as it is. */
int oc_certificate_file_open(int root, oc_certificate_t **out);

#endif
