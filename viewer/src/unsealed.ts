/** Objects of the store that are encrypted, in browsers: WebCrypto, so only at https or localhost (docs/formats-cloud.md). */

const ivBytes = 16;

/** An object as it was before. Rejects: another key, a damaged object, or no WebCrypto at this address. `name`: inside of its day. */
export async function unsealed(sealed: ArrayBuffer, key: ArrayBuffer, name: string): Promise<ArrayBuffer> {
    const { subtle } = crypto;
    const mac = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const iv = (await subtle.sign('HMAC', mac, new TextEncoder().encode(name))).slice(0, ivBytes);
    const cipher = await subtle.importKey('raw', key, 'AES-CBC', false, ['decrypt']);
    return subtle.decrypt({ name: 'AES-CBC', iv }, cipher, sealed);
}
