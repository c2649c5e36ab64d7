/** Schemas of settings: each says what is allowed, in the words of its error message. */

/** A setting that is not allowed; the message names key, value and what is allowed. */
export class SettingsError extends Error {
    override readonly name = 'SettingsError';
    /** Where it stands ("record.name"); '': not at one place. */
    readonly at: string;
    /** What may have been meant; '': nobody knows. */
    readonly proposal: string;

    constructor(message: string, at = '', proposal = '') {
        super(message);
        this.at = at;
        this.proposal = proposal;
    }
}

/** Checks one value. */
export interface Schema<T> {
    /** What it takes; left out: text or an object. */
    readonly kind?: 'flag' | 'whole' | 'choice' | 'list';
    /** "a whole number from 1 to 1440" */
    readonly allowed: string;
    /** The value as its type; throws `SettingsError`. `at`: where it stands ("--port", "s.json: record.name"). */
    read(value: unknown, at: string): T;
    /** From the command line: turns text into what `read` takes; left out: text as it is. */
    fromText?(text: string): unknown;
    /** An object's keys. */
    readonly fields?: { readonly [key: string]: Schema<unknown> };
    /** Of an object: keys that are none of `fields` are left alone, for another application knows them. */
    readonly others?: true;
    /** A list's items, and how many of them. `whole`: one that is wrong spoils the list. */
    readonly items?: {
        readonly schema: Schema<unknown>;
        readonly min: number;
        readonly max: number;
        readonly whole?: true;
    };
    /** Of a whole number. `zero`: 0 is allowed too. */
    readonly range?: { readonly min: number; readonly max: number; readonly zero: boolean };
    /** Of a choice. */
    readonly words?: readonly string[];
}

/** The type that a schema yields. */
export type TypeOf<S> = S extends Schema<infer T> ? T : never;

/** `at: value is not allowed; use ALLOWED`; long values are cut. */
export function refuse(at: string, value: unknown, allowed: string): SettingsError {
    const text = JSON.stringify(value) ?? String(value);
    const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text;
    return new SettingsError(`${at}: ${shown} is not allowed; use ${allowed}`, at);
}

/** The place of a key or an index: "record.name", "channels[0]". */
export function placeOf(at: string, key: string | number, separator = '.'): string {
    return typeof key === 'number' ? `${at}[${key}]` : at === '' ? key : `${at}${separator}${key}`;
}

function grouped(number: number): string {
    return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** There are many of them: what they share is on the prototype, for the heap of a board is small. */
class Whole implements Schema<number> {
    readonly #min: number;
    readonly #max: number;
    readonly #zero: boolean;

    constructor(min: number, max: number, zero: boolean) {
        this.#min = min;
        this.#max = max;
        this.#zero = zero;
    }

    get kind(): 'whole' {
        return 'whole';
    }

    get range(): { readonly min: number; readonly max: number; readonly zero: boolean } {
        return { min: this.#min, max: this.#max, zero: this.#zero };
    }

    get allowed(): string {
        const shown = (number: number): string => (number > 99_999 ? grouped(number) : String(number));
        const range = `a whole number from ${shown(this.#min)} to ${shown(this.#max)}`;
        return this.#zero ? `0, or ${range}` : range;
    }

    read(value: unknown, at: string): number {
        const zero = this.#zero && value === 0;
        const fits = typeof value === 'number' && Number.isInteger(value) && value >= this.#min && value <= this.#max;
        if (!zero && !fits) {
            throw refuse(at, value, this.allowed);
        }
        return value as number;
    }

    fromText(text: string): unknown {
        return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    }
}

/** A whole number in a range, both ends included. */
export function whole(min: number, max: number): Schema<number> {
    return new Whole(min, max, false);
}

/** 0, or a whole number in a range. */
export function zeroOr(min: number, max: number): Schema<number> {
    return new Whole(min, max, true);
}

const trueOrFalse: Schema<boolean> = {
    kind: 'flag',
    allowed: 'true or false',
    read(value, at) {
        if (typeof value !== 'boolean') {
            throw refuse(at, value, 'true or false');
        }
        return value;
    },
};

/** true or false; on or off on the command line. */
export function flag(): Schema<boolean> {
    return trueOrFalse;
}

class Choice<T extends string> implements Schema<T> {
    readonly words: readonly T[];

    constructor(words: readonly T[]) {
        this.words = words;
    }

    get kind(): 'choice' {
        return 'choice';
    }

    get allowed(): string {
        return `${this.words.slice(0, -1).join(', ')} or ${this.words[this.words.length - 1] ?? ''}`;
    }

    read(value: unknown, at: string): T {
        const found = this.words.find((word) => word === value);
        if (found === undefined) {
            throw refuse(at, value, this.allowed);
        }
        return found;
    }
}

/** One of these words. */
export function choice<const T extends string>(words: readonly T[]): Schema<T> {
    return new Choice(words);
}

class Text implements Schema<string> {
    readonly allowed: string;
    readonly #pattern: RegExp;
    readonly #show: ((value: string) => string) | undefined;

    constructor(pattern: RegExp, allowed: string, show: ((value: string) => string) | undefined) {
        this.#pattern = pattern;
        this.allowed = allowed;
        this.#show = show;
    }

    read(value: unknown, at: string): string {
        // A pattern that excludes a zero byte does not on XS, which keeps it as two bytes.
        if (typeof value !== 'string' || value.includes('\0') || !this.#pattern.test(value)) {
            throw refuse(at, typeof value === 'string' ? (this.#show?.(value) ?? value) : value, this.allowed);
        }
        return value;
    }
}

/** A text that matches. `show`: how it may appear in messages (secrets removed). */
export function text(pattern: RegExp, allowed: string, show?: (value: string) => string): Schema<string> {
    return new Text(pattern, allowed, show);
}

class List<T> implements Schema<readonly T[]> {
    readonly items: { readonly schema: Schema<T>; readonly min: number; readonly max: number };

    constructor(schema: Schema<T>, min: number, max: number) {
        this.items = { schema, min, max };
    }

    get kind(): 'list' {
        return 'list';
    }

    get allowed(): string {
        return `a list of ${this.items.min} to ${this.items.max} entries`;
    }

    read(value: unknown, at: string): readonly T[] {
        const { schema, min, max } = this.items;
        if (!Array.isArray(value)) {
            throw refuse(at, value, this.allowed);
        }
        if (value.length < min || value.length > max) {
            throw new SettingsError(`${at}: ${value.length} entries are not allowed; use ${this.allowed}`, at);
        }
        return value.map((entry: unknown, index) => schema.read(entry, placeOf(at, index)));
    }
}

/** A list of `min` to `max` items. */
export function list<T>(item: Schema<T>, max: number, min = 1): Schema<readonly T[]> {
    return new List(item, min, max);
}

/** One item, or a list of them: always a list. */
export function oneOrList<T>(item: Schema<T>, max: number): Schema<readonly T[]> {
    const many = list(item, max);
    return {
        kind: 'list',
        items: { schema: item, min: 1, max, whole: true },
        allowed: `${item.allowed}, or a list of 1 to ${max}`,
        read: (value, at) => (Array.isArray(value) ? many.read(value, at) : [item.read(value, at)]),
    };
}

/** The refusal of a key that is none of these. */
export function unknownKey(place: string, shape: object): SettingsError {
    const known = Object.keys(shape).join(', ');
    return new SettingsError(`${place}: unknown key; ${known === '' ? 'none is known' : `known are ${known}`}`, place);
}

/** What an object schema yields: every key may be left out. */
export type Fields<S> = { readonly [K in keyof S]?: TypeOf<S[K]> };

class ObjectOf<S extends { readonly [key: string]: Schema<unknown> }> implements Schema<Fields<S>> {
    readonly fields: S;
    readonly others?: true;
    readonly #separator: string;

    constructor(shape: S, separator: string, others: boolean) {
        this.fields = shape;
        this.#separator = separator;
        if (others) {
            this.others = true;
        }
    }

    get allowed(): string {
        return `an object with the keys ${Object.keys(this.fields).join(', ')}`;
    }

    read(value: unknown, at: string): Fields<S> {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) {
            throw refuse(at, value, this.allowed);
        }
        const result: Record<string, unknown> = {};
        for (const [key, entry] of Object.entries(value)) {
            const schema = Object.hasOwn(this.fields, key) ? this.fields[key] : undefined;
            const place = placeOf(at, key, this.#separator);
            if (schema !== undefined) {
                result[key] = schema.read(entry, place);
            } else if (this.others !== true) {
                throw unknownKey(place, this.fields);
            }
        }
        return result as Fields<S>;
    }
}

/**
 * An object with these keys and no other; each may be left out. `separator`: between its place and a key. `others`: more
 * keys may be there, and are left alone.
 */
export function object<S extends { readonly [key: string]: Schema<unknown> }>(
    shape: S,
    separator = '.',
    others = false,
): Schema<Fields<S>> {
    return new ObjectOf(shape, separator, others);
}
