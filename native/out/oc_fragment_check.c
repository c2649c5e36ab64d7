/* oc_fragment_check - see the header. CRC-32 as in ISO 3309 and PNG (polynomial 0xEDB88320). */
#include "oc_fragment_check.h"

#include "oc_err.h"

#define BOX_TYPE  0x66726565u /* 'free' */
#define BOX_MAGIC 0x4F43636Bu /* 'OCck' */

/* The table for a byte that k further bytes follow is linear in the byte's bits: eight constants
 * say it all, and the compiler adds them up. */
#define SUM(i, a, b, c, d, e, f, g, h)                                                             \
    (((i)&1 ? a : 0u) ^ ((i)&2 ? b : 0u) ^ ((i)&4 ? c : 0u) ^ ((i)&8 ? d : 0u) ^                   \
     ((i)&16 ? e : 0u) ^ ((i)&32 ? f : 0u) ^ ((i)&64 ? g : 0u) ^ ((i)&128 ? h : 0u))
#define T0(i)                                                                                      \
    SUM(i, 0x77073096u, 0xEE0E612Cu, 0x076DC419u, 0x0EDB8832u, 0x1DB71064u, 0x3B6E20C8u,           \
        0x76DC4190u, 0xEDB88320u)
#define T1(i)                                                                                      \
    SUM(i, 0x191B3141u, 0x32366282u, 0x646CC504u, 0xC8D98A08u, 0x4AC21251u, 0x958424A2u,           \
        0xF0794F05u, 0x3B83984Bu)
#define T2(i)                                                                                      \
    SUM(i, 0x01C26A37u, 0x0384D46Eu, 0x0709A8DCu, 0x0E1351B8u, 0x1C26A370u, 0x384D46E0u,           \
        0x709A8DC0u, 0xE1351B80u)
#define T3(i)                                                                                      \
    SUM(i, 0xB8BC6765u, 0xAA09C88Bu, 0x8F629757u, 0xC5B428EFu, 0x5019579Fu, 0xA032AF3Eu,           \
        0x9B14583Du, 0xED59B63Bu)
#define T4(i)                                                                                      \
    SUM(i, 0x3D6029B0u, 0x7AC05360u, 0xF580A6C0u, 0x30704BC1u, 0x60E09782u, 0xC1C12F04u,           \
        0x58F35849u, 0xB1E6B092u)
#define T5(i)                                                                                      \
    SUM(i, 0xCB5CD3A5u, 0x4DC8A10Bu, 0x9B914216u, 0xEC53826Du, 0x03D6029Bu, 0x07AC0536u,           \
        0x0F580A6Cu, 0x1EB014D8u)
#define T6(i)                                                                                      \
    SUM(i, 0xA6770BB4u, 0x979F1129u, 0xF44F2413u, 0x33EF4E67u, 0x67DE9CCEu, 0xCFBD399Cu,           \
        0x440B7579u, 0x8816EAF2u)
#define T7(i)                                                                                      \
    SUM(i, 0xCCAA009Eu, 0x4225077Du, 0x844A0EFAu, 0xD3E51BB5u, 0x7CBB312Bu, 0xF9766256u,           \
        0x299DC2EDu, 0x533B85DAu)
#define ROW4(T, i)  T(i), T((i) + 1), T((i) + 2), T((i) + 3)
#define ROW16(T, i) ROW4(T, i), ROW4(T, (i) + 4), ROW4(T, (i) + 8), ROW4(T, (i) + 12)
#define ROW64(T, i) ROW16(T, i), ROW16(T, (i) + 16), ROW16(T, (i) + 32), ROW16(T, (i) + 48)
#define ROW256(T)   ROW64(T, 0), ROW64(T, 64), ROW64(T, 128), ROW64(T, 192)

static const uint32_t table[256] = {ROW256(T0)};

#if UINTPTR_MAX > UINT32_MAX /* a board's flash has no room for 7 KB of tables */
static const uint32_t later[7][256] = {{ROW256(T1)}, {ROW256(T2)}, {ROW256(T3)}, {ROW256(T4)},
                                       {ROW256(T5)}, {ROW256(T6)}, {ROW256(T7)}};

static uint32_t little32(const uint8_t *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Eight bytes at a time: their look-ups do not wait for each other. */
static uint32_t add_eights(uint32_t crc, oc_span_t *bytes) {
    const uint8_t *p = bytes->data;
    size_t left = bytes->len;
    for (; left >= 8; left -= 8, p += 8) {
        uint32_t a = crc ^ little32(p), b = little32(p + 4);
        crc = later[6][a & 0xFF] ^ later[5][a >> 8 & 0xFF] ^ later[4][a >> 16 & 0xFF] ^
              later[3][a >> 24] ^ later[2][b & 0xFF] ^ later[1][b >> 8 & 0xFF] ^
              later[0][b >> 16 & 0xFF] ^ table[b >> 24];
    }
    *bytes = oc_span(p, left);
    return crc;
}
#else
static uint32_t add_eights(uint32_t crc, oc_span_t *bytes) {
    return crc;
}
#endif

uint32_t oc_fragment_check_add(uint32_t crc, oc_span_t bytes) {
    crc = add_eights(~crc, &bytes);
    for (size_t i = 0; i < bytes.len; i++)
        crc = table[(crc ^ bytes.data[i]) & 0xFF] ^ crc >> 8;
    return ~crc;
}

void oc_fragment_check_write(const oc_fragment_check_t *check,
                             uint8_t out[OC_FRAGMENT_CHECK_BYTES]) {
    oc_wr_t w = oc_wr(out, OC_FRAGMENT_CHECK_BYTES);
    oc_wr_u32(&w, OC_FRAGMENT_CHECK_BYTES);
    oc_wr_u32(&w, BOX_TYPE);
    oc_wr_u32(&w, BOX_MAGIC);
    oc_wr_u32(&w, check->crc);
    oc_wr_u32(&w, check->bytes);
    oc_wr_u64(&w, check->synced_bytes);
    uint32_t own = oc_fragment_check_add(0, oc_span(out, oc_wr_len(&w)));
    oc_wr_u32(&w, own);
}

int oc_fragment_check_read(oc_span_t box, oc_fragment_check_t *out) {
    oc_rd_t r = oc_rd(box);
    uint32_t size = oc_rd_u32(&r), type = oc_rd_u32(&r), magic = oc_rd_u32(&r);
    out->crc = oc_rd_u32(&r);
    out->bytes = oc_rd_u32(&r);
    out->synced_bytes = oc_rd_u64(&r);
    uint32_t own = oc_rd_u32(&r);
    if (r.bad || size != OC_FRAGMENT_CHECK_BYTES || type != BOX_TYPE || magic != BOX_MAGIC)
        return OC_ERR_FORMAT;
    oc_span_t covered = oc_span_sub(box, 0, OC_FRAGMENT_CHECK_BYTES - 4);
    return own == oc_fragment_check_add(0, covered) ? OC_OK : OC_ERR_FORMAT;
}
