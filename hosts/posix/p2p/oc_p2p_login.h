/* oc_p2p_login - viewers by UDP end with the login by which they came (docs/design/access.md). */
#ifndef OC_P2P_LOGIN_H
#define OC_P2P_LOGIN_H

#include "oc_p2p_host.h"

/* Any thread; host: the oc_p2p_host_t *. Ends the viewers for whose login (oc_session_row_t)
 * `holds` is false, soon; one that is there by another login by then stays. */
void oc_p2p_login_judge(void *host, bool (*holds)(void *asker, uint32_t login), void *asker);

/* Any thread; host: as above. How many viewers are there by this login. */
unsigned oc_p2p_login_count(void *host, uint32_t login);

#endif
