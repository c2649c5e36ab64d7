/** The query of an API request: bounded, checked, no surprises. */
import { OcellusError } from 'ocellus/error';

const longest = 1024;

function decode(part: string): string {
    try {
        return decodeURIComponent(part.replaceAll('+', ' '));
    } catch {
        throw new OcellusError('INVAL', 'query: malformed percent-encoding');
    }
}

/** Its parameters. Throws INVAL (400) for a name that is not in `known`, one given twice, or a malformed query. */
export function parseQuery<const K extends string>(query: string, known: readonly K[]): { readonly [N in K]?: string } {
    if (query.length > longest) {
        throw new OcellusError('INVAL', `query: longer than ${longest} characters`);
    }
    const found: { [N in K]?: string } = {};
    for (const parameter of query.split('&')) {
        if (parameter === '') {
            continue;
        }
        const at = parameter.indexOf('=');
        const given = decode(at < 0 ? parameter : parameter.slice(0, at));
        const name = known.find((candidate) => candidate === given);
        if (name === undefined) {
            const list = known.length > 0 ? `known are ${known.join(', ')}` : 'none is known here';
            throw new OcellusError('INVAL', `query: unknown parameter "${given.slice(0, 40)}"; ${list}`);
        }
        // a name: one of `known`, twice
        if (found[name] !== undefined) {
            throw new OcellusError('INVAL', `query: ${name} is given twice`);
        }
        // a name: one of `known`
        found[name] = at < 0 ? '' : decode(parameter.slice(at + 1));
    }
    return found;
}

/** An instant of the query, ISO 8601 in UTC or milliseconds since 1970, as the latter; left out: 0. Throws RANGE (400). */
export function instantParameter(name: string, value: string | undefined): number {
    if (value === undefined || value === '') {
        return 0;
    }
    const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(value);
    const ms = iso ? Date.parse(value) : /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (!(ms > 0)) {
        throw new OcellusError(
            'RANGE',
            `query: ${name}: "${value.slice(0, 40)}" is not allowed; use 2026-11-21T02:51:00Z or milliseconds since 1970`,
        );
    }
    return ms;
}

/** A whole number of the query, or `fallback` when it was left out. Throws RANGE (400). */
export function wholeParameter(
    name: string,
    value: string | undefined,
    least: number,
    most: number,
    fallback: number,
): number {
    if (value === undefined) {
        return fallback;
    }
    const number = /^\d{1,10}$/.test(value) ? Number(value) : -1;
    if (number < least || number > most) {
        throw new OcellusError(
            'RANGE',
            `query: ${name}: "${value.slice(0, 40)}" is not allowed; use a whole number from ${least} to ${most}`,
        );
    }
    return number;
}
