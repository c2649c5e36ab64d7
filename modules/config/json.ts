/** JSON from outside: bounded in depth and in names, merged as RFC 7386 says. Pure. */
import { isKnownName } from 'ocellus/app/config/known-names';
import { SettingsError } from 'ocellus/app/config/schema';

/** Levels of brackets; settings need 5. The parser recurses: a deeper text would end the script. */
const depthMax = 32;

/** Unknown names in a file of settings: newer versions and people leave some. */
export const fileOthersMax = 256;

const none: ReadonlySet<string> = new Set();

/** An object of a JSON text. */
export type JsonObject = { readonly [key: string]: unknown };

/** Neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const [quote, backslash, square, brace, colon] = [0x22, 0x5c, 0x5b, 0x7b, 0x3a] as const;
const spaces: readonly number[] = [0x20, 0x09, 0x0a, 0x0d];

/** A name as JSON has it between its quotation marks. */
function nameOf(raw: Uint8Array): string {
    const text = new TextDecoder().decode(raw);
    try {
        return raw.includes(backslash) ? String(JSON.parse(`"${text}"`)) : text;
    } catch {
        return text; // malformed: no known name is like this
    }
}

/**
 * Looks at a JSON text before it is parsed. XS keeps every name of a property until the script ends, 16,384 of them
 * (docs/adr/0025-names-in-json.md), and its parser recurses; so a text that would bring more than `othersMax` unknown
 * names, or nests too deep, is refused. A string before a colon is a name, whatever else is wrong with the text.
 */
function checkText(text: string, at: string, othersMax: number, known: ReadonlySet<string>): void {
    const bytes = new TextEncoder().encode(text);
    const others = new Set<string>();
    let [depth, quoted, escaped, begin, end] = [0, false, false, 0, -1];
    for (let index = 0; index < bytes.length; index++) {
        const byte = bytes[index] ?? 0;
        if (quoted) {
            quoted = escaped || byte !== quote;
            escaped = !escaped && byte === backslash;
            end = quoted ? -1 : index;
            continue;
        }
        if (byte === quote) {
            quoted = true;
            begin = index + 1;
        } else if (byte === square || byte === brace) {
            depth++;
        } else if (byte === square + 2 || byte === brace + 2) {
            depth--;
        } else if (byte === colon && end >= 0) {
            const name = nameOf(bytes.subarray(begin, end));
            if (!isKnownName(name) && !known.has(name) && others.add(name).size > othersMax) {
                throw new SettingsError(`${at}: ${name.slice(0, 40)}: unknown key`, name.slice(0, 40));
            }
        }
        if (depth > depthMax) {
            throw new SettingsError(`${at}: brackets nest too deep: at most ${depthMax} levels`);
        }
        end = spaces.includes(byte) ? end : -1;
    }
}

/**
 * The value of a JSON text. `at`: what it is, for the message; `othersMax`: different names that it may bring and no
 * part of the program knows, 0 for whatever comes by network; `known`: names that are known beside. Throws
 * `SettingsError`.
 */
export function parseJson(text: string, at: string, othersMax = 0, known: ReadonlySet<string> = none): unknown {
    checkText(text, at, othersMax, known);
    try {
        return JSON.parse(text);
    } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new SettingsError(
            `${at}: not JSON: ${why.replace(/^(?:JSON\.parse: )?(\d+): /, 'line $1: ').replace(/missing name$/, 'a key in double quotes is expected')}`,
        );
    }
}

/** As `parseJson`; anything but an object is refused. */
export function parseObject(text: string, at: string, othersMax = 0, known: ReadonlySet<string> = none): JsonObject {
    const value = parseJson(text, at, othersMax, known);
    if (!isObject(value)) {
        throw new SettingsError(`${at}: not a JSON object`);
    }
    return value;
}

/** The value of a key, which may be any text: to look it up like this makes no name of the engine. */
export function entryOf<T>(object: { readonly [key: string]: T }, key: string): T | undefined {
    return Object.entries(object).find(([name]) => name === key)?.[1];
}

/** The value at a place ("http.login"); undefined: there is none. */
export function valueAt(values: unknown, place: string): unknown {
    return place
        .split('.')
        .reduce<unknown>((inner, key) => (isObject(inner) ? entryOf(inner, key) : undefined), values);
}

/** One value at its place, a known one, as a patch. */
export function patchAt(place: string, value: unknown): JsonObject {
    const [first = '', ...rest] = place.split('.');
    // a name: of a setting
    return { [first]: rest.length === 0 ? value : patchAt(rest.join('.'), value) };
}

/** `target` as `patch` changes it (RFC 7386): null removes a key, a list replaces a list. Neither is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
    if (!isObject(patch)) {
        return patch;
    }
    const merged = new Map(isObject(target) ? Object.entries(target) : []);
    for (const [key, value] of Object.entries(patch)) {
        if (value === null) {
            merged.delete(key);
        } else {
            merged.set(key, mergePatch(merged.get(key), value));
        }
    }
    return Object.fromEntries(merged); // a name: a key of one of both
}

/** `over` laid over `under`: objects key by key, everything else as a whole. */
export function overlay(under: unknown, over: unknown): unknown {
    if (over === undefined || !isObject(under) || !isObject(over)) {
        return over ?? under;
    }
    const merged = new Map(Object.entries(under));
    for (const [key, value] of Object.entries(over)) {
        merged.set(key, overlay(merged.get(key), value));
    }
    return Object.fromEntries(merged); // a name: a key of one of both
}
