/* oc_datagram - a UDP socket of a script, on its loop. The system's buffer is the only one: what
 * comes while it is full is lost, as datagrams are. What it reports, it reports from the loop,
 * never from within a function here. */
#ifndef OC_DATAGRAM_H
#define OC_DATAGRAM_H

#include <stddef.h>
#include <stdint.h>

#define OC_DATAGRAM_BYTES   8192u /* of one that is received; longer ones are dropped */
#define OC_DATAGRAM_MAX     16u   /* sockets of a process */
#define OC_DATAGRAM_ADDRESS 64u   /* bytes of an address in text, with NUL */

typedef struct oc_datagram oc_datagram_t; /* opaque */

/* Something came. It is called again for what is left, or comes, when oc_datagram_read has said
 * that there is nothing more. May call anything here. */
typedef void (*oc_datagram_readable_t)(void *context);

/* Binds to a local address (borrowed until return; "0.0.0.0" and "::": to all of the machine) and
 * port; 0: one that is free. loop: of oc_loop_native. OC_OK, *out is closed by oc_datagram_close |
 * OC_ERR_INVAL no address | OC_ERR_NOTSUP the machine has no such family | OC_ERR_EXIST address or
 * port cannot be had | OC_ERR_BUSY too many | OC_ERR_NOMEM. */
int oc_datagram_open(oc_datagram_t **out, void *loop, const char *address, uint16_t port,
                     oc_datagram_readable_t readable, void *context);
void oc_datagram_close(oc_datagram_t *datagram);

/* The local port. */
uint16_t oc_datagram_port(const oc_datagram_t *datagram);
/* Takes the next one, `room` bytes at most, OC_DATAGRAM_BYTES suffice; from: the sender's address
 * and port. Its bytes, 0 or more | -1: there is none, or it was too long; `readable` will tell. */
int oc_datagram_read(oc_datagram_t *datagram, void *out, size_t room,
                     char address[OC_DATAGRAM_ADDRESS], uint16_t *port);
/* Sends one, to a group once by each interface that is up, no loopback, and has an address of the
 * family. Never waits. OC_OK: the system took it, of a group at least one | OC_ERR_INVAL no address
 * of this family | OC_ERR_TOO_BIG | OC_ERR_IO no way there, or the system's buffer is full. */
int oc_datagram_send(oc_datagram_t *datagram, const void *bytes, size_t size, const char *address,
                     uint16_t port);

#endif
