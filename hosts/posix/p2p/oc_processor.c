#include "oc_processor.h"

#include "oc_crc32c.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

#define CRC32_BIT (1ul << 7) /* HWCAP_CRC32, Documentation/arch/arm64/elf_hwcaps.rst */

void oc_processor_look(void) {
    oc_crc32c_allow((getauxval(AT_HWCAP) & CRC32_BIT) != 0);
}
#else
void oc_processor_look(void) {}
#endif
