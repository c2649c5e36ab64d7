/* oc_sdk_signature - what the SDK's linker writes into the SIGN atom of an archive. */
#ifndef OC_SDK_SIGNATURE_H
#define OC_SDK_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

/* The signature (16 bytes) over the atoms behind SIGN. atoms: borrowed until return, may be
 * damaged. */
void oc_sdk_signature(uint8_t signature[16], const uint8_t *atoms, size_t size);

#endif
