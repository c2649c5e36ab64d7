/* oc_claim - the code by which a device without a password is claimed from elsewhere (ADR 94):
 * shown where the program was started, typed into the page once. Pure but for the source of the
 * code. */
#ifndef OC_CLAIM_H
#define OC_CLAIM_H

#include <stdbool.h>

#define OC_CLAIM_CODE  11 /* bytes with NUL: 10 of 32 letters and digits, 50 bits */
#define OC_CLAIM_SHOWN 12 /* with NUL: "ABCDE-FGHJK" */

/* A code from the system's source of random numbers. */
void oc_claim_make(char code[OC_CLAIM_CODE]);

/* The code as it is shown: two groups of five. */
void oc_claim_show(const char code[OC_CLAIM_CODE], char shown[OC_CLAIM_SHOWN]);

/* True when what was typed is the code; case, spaces and hyphens do not count. How many characters
 * are right does not change the time it takes. code "": there is none, nothing is right. */
bool oc_claim_is(const char code[OC_CLAIM_CODE], const char *typed);

#endif
