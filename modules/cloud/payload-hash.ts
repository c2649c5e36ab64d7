/** The hash of what a request sends, for its signature. */
import type { Body } from 'ocellus/body';
import { hex, Sha256 } from 'ocellus/crypto';

/**
 * SHA-256 of a body in hexadecimal. 128 KB at a time, some 0.3 ms on a PC: in between the script does what else there
 * is. Rejects when the bytes of the body are gone.
 */
export async function hashBody(body: Body): Promise<string> {
    const hash = new Sha256();
    for (let at = 0; ; ) {
        const count = hash.updateBody(body, at);
        if (count === 0) {
            return hex(hash.digest());
        }
        at += count;
        await new Promise<void>((resolve) => setTimeout(resolve, 0));
    }
}
