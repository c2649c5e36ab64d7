/** Addresses without what must not be seen: for messages, logs and `/api/settings`. */

const secretKeys =
    /^(?:.*(?:password|passwd|pass|pwd|secret|token|auth|credential|signature).*|(?:api[-_]?)?key|sig)$/i;

/** Replaces user name and password before `@`, and values of parameters that sound secret, with `***`. */
export function redactUrl(url: string): string {
    const userless = url.replace(/^([a-z][a-z0-9+.-]*:(?:\/\/)?)[^/?#]*@/i, '$1***@');
    const at = userless.indexOf('?');
    if (at < 0) {
        return userless;
    }
    const [query = '', ...fragment] = userless.slice(at + 1).split('#');
    const parameters = query.split('&').map((parameter) => {
        const [key = ''] = parameter.split('=');
        return parameter.length > key.length && secretKeys.test(key) ? `${key}=***` : parameter;
    });
    return `${userless.slice(0, at)}?${[parameters.join('&'), ...fragment].join('#')}`;
}
