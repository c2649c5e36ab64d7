/** JSON from outside: bounded in depth, merged as RFC 7386 says. Pure. */
import { SettingsError } from 'ocellus/app/config/schema';

/** Levels of brackets; settings need 5. The parser recurses: a deeper text would end the script. */
const depthMax = 32;

/** An object of a JSON text. */
export type JsonObject = { readonly [key: string]: unknown };

/** Neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const [quote, backslash, square, brace] = [0x22, 0x5c, 0x5b, 0x7b] as const;

/** Bytes, since indexing is quick there. */
function isTooDeep(text: string): boolean {
    let [depth, quoted, escaped] = [0, false, false];
    for (const byte of new TextEncoder().encode(text)) {
        if (quoted) {
            quoted = escaped || byte !== quote;
            escaped = !escaped && byte === backslash;
        } else if (byte === quote) {
            quoted = true;
        } else if (byte === square || byte === brace) {
            depth++;
        } else if (byte === square + 2 || byte === brace + 2) {
            depth--;
        }
        if (depth > depthMax) {
            return true;
        }
    }
    return false;
}

/** The value of a JSON text. `at`: what it is, for the message. Throws `SettingsError`. */
export function parseJson(text: string, at: string): unknown {
    if (isTooDeep(text)) {
        throw new SettingsError(`${at}: brackets nest too deep: at most ${depthMax} levels`);
    }
    try {
        return JSON.parse(text);
    } catch (error) {
        throw new SettingsError(`${at}: not JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
}

/** As `parseJson`; anything but an object is refused. */
export function parseObject(text: string, at: string): JsonObject {
    const value = parseJson(text, at);
    if (!isObject(value)) {
        throw new SettingsError(`${at}: not a JSON object`);
    }
    return value;
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
    return Object.fromEntries(merged);
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
    return Object.fromEntries(merged);
}
