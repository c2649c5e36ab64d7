/** Addresses without what must not be seen: for messages, logs and `/api/settings`. */

const secretKeys =
    /^(?:.*(?:password|passwd|pass|pwd|secret|token|auth|credential|signature).*|(?:api[-_]?)?key|sig)$/i;

/** An address up to where its host begins; the second form is a mistake that messages show. */
const start = /^(?:ffmpeg:)?[a-z][a-z0-9+.-]*:(?:\/\/)?/i;

/**
 * Without user name and password. A password may hold what ends a host and should have been percent-encoded: what
 * stands before the last `@` goes then too, unless the host ends in a port.
 */
function userless(url: string): string {
    const scheme = start.exec(url)?.[0] ?? '';
    const rest = url.slice(scheme.length);
    const [host = ''] = rest.split(/[/?#]/);
    const mistaken = scheme.endsWith('//') && /^[^[]*:(?!\d+$)/.test(host);
    const end = (mistaken && !host.includes('@') ? rest : host).lastIndexOf('@');
    return scheme === '' || end < 0 ? url : `${scheme}***${rest.slice(end)}`;
}

/** Replaces user name and password before `@`, and values of parameters that sound secret, with `***`. */
export function redactUrl(address: string): string {
    const url = userless(address);
    const at = url.indexOf('?');
    if (at < 0) {
        return url;
    }
    const [query = '', ...fragment] = url.slice(at + 1).split('#');
    const parameters = query.split('&').map((parameter) => {
        const [key = ''] = parameter.split('=');
        return parameter.length > key.length && secretKeys.test(key) ? `${key}=***` : parameter;
    });
    return `${url.slice(0, at)}?${[parameters.join('&'), ...fragment].join('#')}`;
}
