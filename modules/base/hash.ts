/** A small hash of texts, to notice a change; not for security. */

/** FNV-1a over UTF-16 code units (low byte, then high byte), 32 bits, never 0. */
export function hashText(text: string): number {
    let hash = 0x811c9dc5;
    for (let index = 0; index < text.length; index++) {
        const unit = text.charCodeAt(index);
        hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
        hash = Math.imul(hash ^ (unit >> 8), 0x01000193);
    }
    return hash >>> 0 || 1;
}
