/** Arguments of commands: what is declared, checked, and shown in the list. Pure. */
import { isObject, type JsonObject } from 'ocellus/app/config/json';
import type { OwnValue } from 'ocellus/app/config/own-settings';
import { choice, flag, placeOf, type Schema, SettingsError, text, unknownKey, whole } from 'ocellus/app/config/schema';
import { OcellusError } from 'ocellus/error';

interface Common {
    /** Left out: the command works without it. */
    readonly required?: true;
}

/** One argument of a command. `text`: a line of at most `max` characters, 200 when left out. */
export type CommandArgument = Common &
    (
        | { readonly type: 'text'; readonly max?: number }
        | { readonly type: 'whole'; readonly min: number; readonly max: number }
        | { readonly type: 'flag' }
        | { readonly type: 'choice'; readonly values: readonly string[] }
    );

/** An argument of a command of the program: a merge patch of settings too. */
export type AnyArgument = CommandArgument | (Common & { readonly type: 'patch' });

/** Arguments by their names, `[a-z][A-Za-z0-9]*`, at most 8. */
export interface CommandArguments {
    readonly [name: string]: CommandArgument;
}

/** What a handler gets: those that are required are there. */
export type CommandValues<A extends CommandArguments> = {
    readonly [K in keyof A as A[K] extends { readonly required: true } ? K : never]: OwnValue<A[K]>;
} & {
    readonly [K in keyof A as A[K] extends { readonly required: true } ? never : K]?: OwnValue<A[K]>;
};

/** Arguments of a command, characters of a text, and words of a choice, at most. */
const [argumentsMax, textMax, wordsMax] = [8, 2000, 32];
/** Characters of a text when nothing is declared. */
const textUsual = 200;

const nameSchema = text(/^[a-z][A-Za-z0-9]{0,30}$/, '1 to 31 of A-Z, a-z and 0-9, a small letter first');

const patch: Schema<unknown> = {
    allowed: 'an object',
    read(value, at) {
        if (!isObject(value)) {
            throw new SettingsError(`${at}: an object is needed`, at);
        }
        return value;
    },
};

function lineOf(max: number): Schema<string> {
    const line = text(new RegExp(`^[^\\x01-\\x1f\\x7f]{0,${max}}$`), `a line of at most ${max} characters`);
    return line;
}

function schemaOf(argument: AnyArgument, at: string): Schema<unknown> {
    switch (argument.type) {
        case 'text':
            return lineOf(whole(1, textMax).read(argument.max ?? textUsual, `${at}.max`));
        case 'whole':
            if (!Number.isSafeInteger(argument.min) || !Number.isSafeInteger(argument.max)) {
                throw new SettingsError(`${at}: min and max are whole numbers`, at);
            }
            return whole(argument.min, argument.max);
        case 'flag':
            return flag();
        case 'choice':
            if (argument.values.length < 2 || argument.values.length > wordsMax) {
                throw new SettingsError(`${at}.values: 2 to ${wordsMax} words are needed`, at);
            }
            return choice(argument.values);
        case 'patch':
            return patch;
        default: {
            const never: never = argument;
            throw new SettingsError(`${at}.type: ${String(never)} is not known: text, whole, flag or choice`, at);
        }
    }
}

/** Arguments that were checked once, when their command was added. */
export class ArgumentSet {
    readonly #declared: { readonly [name: string]: AnyArgument };
    readonly #schemas: { readonly [name: string]: Schema<unknown> };

    /** `at`: the command, for messages. Throws `SettingsError`: a mistake of whoever declares them. */
    constructor(declared: { readonly [name: string]: AnyArgument }, at: string) {
        const entries = Object.entries(declared);
        if (entries.length > argumentsMax) {
            throw new SettingsError(`${at}: ${entries.length} arguments are too many: at most ${argumentsMax}`, at);
        }
        this.#declared = declared;
        this.#schemas = Object.fromEntries(
            entries.map(([name, argument]): [string, Schema<unknown>] => {
                const place = placeOf(at, nameSchema.read(name, at));
                if (name === 'command') {
                    throw new SettingsError(`${place}: this name is that of the command itself`, place);
                }
                return [name, schemaOf(argument, place)];
            }),
        );
    }

    /** Their names. */
    get names(): readonly string[] {
        return Object.keys(this.#declared);
    }

    /** Of a request, with nothing that is not declared. Throws `SettingsError`, or `OcellusError` for a missing one. */
    read(given: JsonObject): JsonObject {
        const values: Record<string, unknown> = {};
        for (const [name, value] of Object.entries(given)) {
            const schema = Object.hasOwn(this.#schemas, name) ? this.#schemas[name] : undefined;
            if (schema === undefined) {
                throw unknownKey(name.slice(0, 40), this.#schemas);
            }
            values[name] = schema.read(value, name);
        }
        for (const [name, argument] of Object.entries(this.#declared)) {
            if (argument.required === true && values[name] === undefined) {
                throw new OcellusError('INVAL', `${name} is missing: ${this.#schemas[name]?.allowed ?? ''}`);
            }
        }
        return values;
    }

    /** For the list: each with what is allowed, in words. */
    json(): readonly { readonly name: string; readonly required: boolean; readonly allowed: string }[] {
        return Object.entries(this.#declared).map(([name, { required = false }]) => ({
            name,
            required,
            allowed: this.#schemas[name]?.allowed ?? '',
        }));
    }
}
