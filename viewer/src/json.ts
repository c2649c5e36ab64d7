/** Checks of what a device answers: nothing that comes in is assumed. */

/** The keys that the device documents, with values that nobody has checked. */
export type Unchecked<T> = { readonly [K in keyof T]?: unknown };

/** The value as an object; undefined: it is none. */
export function fields<T>(value: unknown): Unchecked<T> | undefined {
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Unchecked<T>) : undefined;
}

/** The value as an object with any keys; what is none is empty. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
    return fields<Record<string, unknown>>(value) ?? {};
}

/** A finite number. */
export function number(value: unknown): number | undefined {
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A text. */
export function text(value: unknown): string | undefined {
    return typeof value === 'string' ? value : undefined;
}

/** A list; what is none is empty. */
export function list(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : [];
}

/** Milliseconds since 1970 of a date in ISO 8601. */
export function date(value: unknown): number | undefined {
    return typeof value === 'string' ? number(Date.parse(value)) : undefined;
}

/** Each entry that `parse` takes. */
export function each<T>(value: unknown, parse: (entry: unknown) => T | undefined): T[] {
    return list(value)
        .map(parse)
        .filter((entry) => entry !== undefined);
}
