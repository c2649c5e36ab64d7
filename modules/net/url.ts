/** Addresses of http and https, strictly: what is not one throws. */

/** The parts of an address. */
export interface HttpUrl {
    readonly secure: boolean;
    /** A name, an IPv4 address, or an IPv6 address without brackets. */
    readonly host: string;
    readonly port: number;
    /** With the query, as it was written; at least "/". */
    readonly path: string;
}

/** scheme, host, port, path with query; a fragment is not sent. No user, no password. */
const shape =
    /^(https?):\/\/(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})))(?::(\d{1,5}))?(\/[!"$-~]*|(?=[?#]|$))(\?[!"$-~]*)?(?:#.*)?$/i;

/** Throws TypeError without showing the address, which may have a secret. */
export function parseUrl(url: string): HttpUrl {
    const found = shape.exec(url);
    const [, scheme = '', six, name, digits, path = '', query = ''] = found ?? [];
    const secure = scheme.toLowerCase() === 'https';
    const port = digits === undefined ? (secure ? 443 : 80) : Number(digits);
    if (found === null || port < 1 || port > 65_535) {
        throw new TypeError(
            'no address of http or https: expected like https://example.org/path, in ASCII, without user and password',
        );
    }
    return { secure, host: six ?? name ?? '', port, path: (path === '' ? '/' : path) + query };
}
