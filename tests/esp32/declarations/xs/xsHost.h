/* Test declarations: what hosts/esp32/esp32_xs.c uses of the SDK's xsHost.h. Not the real header.
 */
#ifndef XSHOST_H
#define XSHOST_H
#include "xsmc.h"
typedef void (*modMessageDeliver)(void *the, void *refcon, uint8_t *message, uint16_t length);
int modMessagePostToMachine(xsMachine *the, uint8_t *message, uint16_t length,
                            modMessageDeliver deliver, void *refcon);
#endif
