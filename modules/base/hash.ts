/** A small hash of texts, to notice a change; not for security. */

const prime = 0x01000193;

/** A step of FNV-1a modulo 2^32, in two halves: exact as doubles (the engine's Math.imul relies on signed overflow). */
function step(hash: number, byte: number): number {
    const mixed = (hash ^ byte) >>> 0;
    return ((mixed & 0xffff) * prime + (((mixed >>> 16) * prime) & 0xffff) * 0x10000) >>> 0;
}

/** FNV-1a over UTF-16 code units (low byte, then high byte), 32 bits, never 0. */
export function hashText(text: string): number {
    let hash = 0x811c9dc5;
    for (let index = 0; index < text.length; index++) {
        const unit = text.charCodeAt(index);
        hash = step(step(hash, unit & 0xff), unit >> 8);
    }
    return hash || 1;
}

/** FNV-1a over bytes, 32 bits: quick for long texts, where an engine finds a unit by counting. */
export function hashBytes(bytes: Uint8Array): number {
    return bytes.reduce(step, 0x811c9dc5);
}
