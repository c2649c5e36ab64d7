/* oc_crc32c - the checksum of SCTP (RFC 9260 appendix A) and iSCSI (RFC 3720 B.4): Castagnoli's
 * polynomial, reflected. By the processor's instruction where it has one (x86: looked up at run
 * time; ARM: when compiled for it, or the host has looked), else by tables, 4 KB of constants.
 * Any thread. */
#ifndef OC_CRC32C_H
#define OC_CRC32C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The checksum of what `crc` stands for followed by len bytes; crc is 0 at the start, so that
 * parts are chained: oc_crc32c(oc_crc32c(0, a, n), b, m). In SCTP the result goes out with its
 * lowest byte first. */
uint32_t oc_crc32c(uint32_t crc, const void *data, size_t len);

/* Says whether the processor has the instruction, where only an operating system knows: 64-bit ARM
 * (HWCAP_CRC32). Without a call the tables serve there. No effect on other machines. */
void oc_crc32c_allow(bool has);

/* The same by tables alone; for tests and measurements. */
uint32_t oc_crc32c_table(uint32_t crc, const void *data, size_t len);

#endif
