/* The walk over one module's bytecode. */
#include "xsb.h"

#include "xsScript.h"
#include <stdlib.h>

static unsigned read16(const uint8_t *p) {
    return p[0] | (p[1] << 8);
}

/* Forms that the engine uses where they lie in the archive instead of copying them to the heap. */
static uint8_t in_place(uint8_t op) {
    switch (op) {
    case XS_CODE_CODE_1:
        return XS_CODE_CODE_ARCHIVE_1;
    case XS_CODE_CODE_2:
        return XS_CODE_CODE_ARCHIVE_2;
    case XS_CODE_CODE_4:
        return XS_CODE_CODE_ARCHIVE_4;
    case XS_CODE_STRING_1:
        return XS_CODE_STRING_ARCHIVE_1;
    case XS_CODE_STRING_2:
        return XS_CODE_STRING_ARCHIVE_2;
    default:
        return op;
    }
}

/* fxMapArchive cannot step over a literal with a 4-byte length: refuse it, with its place. */
static _Noreturn void too_long(const xsb_archive_t *archive, const char *file, const char *source,
                               unsigned line) {
    if (!archive->lines) { /* compiled without lines: compile again to say where */
        xsb_archive_t again = *archive;
        again.lines = true;
        xsb_script_t script = {0};
        xsb_compile(&script, file, archive->roots, true, archive->host);
        xsb_code_map(&again, &script, file);
    }
    xsb_fail("%s:%u: literal of more than 65535 bytes", source, line);
}

void xsb_code_map(xsb_archive_t *archive, xsb_script_t *script, const char *file) {
    unsigned *global = calloc(script->symbol_count + 1, sizeof *global);
    const char *source = file;
    unsigned line = 0;
    if (!global)
        xsb_fail("out of memory");
    for (unsigned i = 1; i < script->symbol_count; i++)
        global[i] = xsb_archive_symbol(archive, script->symbols[i]);
    for (uint8_t *p = script->code, *end = p + script->code_size; p < end;) {
        uint8_t op = *p;
        int size = gxCodeSizes[op];
        *p = in_place(op);
        if (op == XS_CODE_LINE)
            line = read16(p + 1);
        if (op == XS_CODE_FILE)
            source = script->symbols[read16(p + 1)];
        if (size > 0) {
            p += size;
        } else if (size == 0) { /* an identifier: into MAPS, blank in the code */
            xsb_buffer_put16le(&archive->maps, global[read16(p + 1)]);
            p[1] = p[2] = 0;
            p += 3;
        } else if (size == -1) {
            p += 2 + p[1];
        } else if (size == -2) {
            p += 3 + read16(p + 1);
        } else {
            too_long(archive, file, source, line);
        }
    }
    free(global);
}
