/* oc_ff_interpose - this program's own open, fopen, stat, getaddrinfo, socket, connect, bind,
 * sendto, recvfrom, sendmsg and recvmsg, which every library of the process uses in place of the C
 * library's. */
#ifndef OC_FF_INTERPOSE_H
#define OC_FF_INTERPOSE_H

#include <stdbool.h>

/* From here on files are asked for; before, libraries read their own settings. devices: the
 * process opens devices, and what is needed for them, by itself. Before other threads start. */
void oc_ff_interpose_seal(bool devices);

/* True: the other end of a socket for datagrams said that nobody listens there, and its name has no
 * further address to be tried. */
bool oc_ff_interpose_refused(void);

#endif
