/** The settings that the program stores itself (`settings.json` of the data directory). Pure. */
import { fileOthersMax, isObject, type JsonObject, parseObject } from 'ocellus/app/config/json';
import { placeOf, type Schema, SettingsError, unknownKey } from 'ocellus/app/config/schema';

/** A stored text, as far as it is understood. */
export interface Stored<T> {
    /** The whole document, also what is not understood: it is written back. */
    readonly document: JsonObject;
    /** What is understood. */
    readonly value: T | undefined;
    /** One line for each thing that is not. */
    readonly problems: readonly string[];
    /** No JSON object at all: nothing of it can be kept by a change. */
    readonly broken: boolean;
}

/** What of `value` the schema takes; what it does not is left out, with a line. Undefined: nothing. */
function readFitting(schema: Schema<unknown>, value: unknown, at: string, problems: string[]): unknown {
    const { fields, items } = schema;
    if (fields !== undefined && isObject(value)) {
        const fitting = new Map<string, unknown>();
        for (const [key, entry] of Object.entries(value)) {
            const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
            const place = placeOf(at, key);
            const read = field && readFitting(field, entry, place, problems);
            if (field === undefined && schema.others) {
                continue;
            }
            if (field === undefined) {
                problems.push(unknownKey(place, fields).message);
            } else if (read !== undefined) {
                fitting.set(key, read);
            }
        }
        return Object.fromEntries(fitting); // a name: a key of `value`
    }
    if (items !== undefined && !items.whole && Array.isArray(value)) {
        const read = value
            .map((entry, index) => readFitting(items.schema, entry, placeOf(at, index), problems))
            .filter((entry) => entry !== undefined);
        if (read.length > items.max) {
            problems.push(`${at}: ${read.length} entries: only the first ${items.max} are used`);
        }
        return read.length < items.min ? undefined : read.slice(0, items.max);
    }
    try {
        return schema.read(value, at);
    } catch (error) {
        if (!(error instanceof SettingsError)) {
            throw error;
        }
        problems.push(error.message);
        return undefined;
    }
}

/** Reads what was stored: by this program, a newer one, or a person. Never throws for what it says. */
export function readStored<T>(text: string, schema: Schema<T>): Stored<T> {
    const problems: string[] = [];
    try {
        const document = parseObject(text, 'settings.json', fileOthersMax);
        return { document, value: readFitting(schema, document, '', problems) as T, problems, broken: false };
    } catch (error) {
        if (!(error instanceof SettingsError)) {
            throw error;
        }
        return { document: {}, value: undefined, problems: [error.message], broken: true };
    }
}

/** Refuses, key by key, what a merge patch may not say (RFC 7386); null, which removes, is always fine. */
export function checkPatch(schema: Schema<unknown>, patch: unknown, at = ''): void {
    const { fields } = schema;
    if (fields === undefined || !isObject(patch)) {
        if (patch !== null) {
            schema.read(patch, at);
        }
        return;
    }
    for (const [key, entry] of Object.entries(patch)) {
        const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
        const place = placeOf(at, key);
        if (field === undefined) {
            throw unknownKey(place, fields);
        }
        checkPatch(field, entry, place);
    }
}

/** Dotted names of the leaves of an object: "port", "record.name". Lists are leaves. */
export function leaves(value: JsonObject, at = ''): string[] {
    return Object.entries(value).flatMap(([key, entry]) => {
        const place = placeOf(at, key);
        return isObject(entry) && Object.keys(entry).length > 0 ? leaves(entry, place) : [place];
    });
}
