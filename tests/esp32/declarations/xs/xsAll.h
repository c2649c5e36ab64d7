/* Test declarations: what hosts/esp32/esp32_archive_xs.c uses of the engine's xsAll.h. Not the real
 * header. */
#ifndef XSALL_H
#define XSALL_H
#include <stddef.h>
typedef struct sxPreparation txPreparation;
typedef struct {
    txPreparation *preparation;
} txMachine;
typedef char *txString;
typedef unsigned char txBoolean;
typedef txBoolean (*txArchiveRead)(void *from, size_t offset, void *buffer, size_t size);
typedef txBoolean (*txArchiveWrite)(void *to, size_t offset, void *buffer, size_t size);
void *fxMapArchive(txMachine *the, txPreparation *preparation, void *archive, size_t buffer_size,
                   txArchiveRead read, txArchiveWrite write);
void *fxGetArchiveCode(txMachine *the, void *archive, txString path, size_t *size);
#endif
