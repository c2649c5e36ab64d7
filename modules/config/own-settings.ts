/** Settings of the application's own, below `app` (docs/design/applications.md): checked and shown as ours are. Pure. */
import { type Schema, choice, flag, refuse, text, whole } from 'ocellus/app/config/schema';
import type { Group, Setting } from 'ocellus/app/config/settings-entry';

interface Shown {
    /** What the page calls it. */
    readonly title: string;
    /** One sentence more, below it. */
    readonly hint?: string;
}

/** One setting of an application. */
export type OwnSetting = Shown &
    (
        | {
              readonly type: 'text';
              readonly default: string;
              /** Characters at most; left out: 500. */
              readonly max?: number;
              /** Nobody sees it: neither the API, nor the page, the log, or `--print-settings`. */
              readonly secret?: true;
          }
        | { readonly type: 'whole'; readonly default: number; readonly min: number; readonly max: number }
        | { readonly type: 'flag'; readonly default: boolean }
        | { readonly type: 'choice'; readonly default: string; readonly values: readonly string[] }
    );

/** The settings of an application by their keys, `[a-z][A-Za-z0-9]*`. */
export interface OwnSchema {
    readonly [key: string]: OwnSetting;
}

/** The type of a value, by `type` and `values` of what describes it. */
export type OwnValue<S> = S extends { readonly type: 'choice'; readonly values: readonly (infer W)[] }
    ? W
    : S extends { readonly type: 'whole' }
      ? number
      : S extends { readonly type: 'flag' }
        ? boolean
        : string;

/** The values of such settings. */
export type OwnValues<S extends OwnSchema> = { readonly [K in keyof S]: OwnValue<S[K]> };

/** The same, as the settings know them. */
export interface OwnTree {
    readonly [key: string]: unknown;
}

/** One setting for the page: what was said of it, without a value. */
export type OwnSettingJson = OwnSetting & { readonly key: string };

/** Settings, characters of a text, words of a choice, and characters of a title, at most. */
const [ownMax, textMax, wordsMax, titleMax] = [32, 500, 32, 120];

/** What is shown of a secret. */
export const hiddenText = '***';

class OwnText implements Schema<string> {
    readonly #max: number;
    readonly #secret: boolean;

    constructor(max: number, secret: boolean) {
        this.#max = max;
        this.#secret = secret;
    }

    get allowed(): string {
        return `a line of at most ${this.#max} characters`;
    }

    read(value: unknown, at: string): string {
        const fits = typeof value === 'string' && value.length <= this.#max;
        if (!fits || [...value].some((one) => one < ' ' || one === '\x7f')) {
            throw refuse(at, this.#secret ? hiddenText : value, this.allowed);
        }
        return value;
    }
}

const keySchema = text(/^[a-z][A-Za-z0-9]{0,30}$/, '1 to 31 of A-Z, a-z and 0-9, a small letter first');
const titleSchema = text(/^[^\n]+$/, `a line of 1 to ${titleMax} characters`);

function schemaOf(setting: OwnSetting, at: string): Schema<unknown> {
    switch (setting.type) {
        case 'text':
            return new OwnText(whole(1, 4000).read(setting.max ?? textMax, `${at}.max`), setting.secret === true);
        case 'whole':
            return whole(setting.min, setting.max);
        case 'flag':
            return flag();
        case 'choice':
            if (setting.values.length < 2 || setting.values.length > wordsMax) {
                throw refuse(`${at}.values`, setting.values, `2 to ${wordsMax} words`);
            }
            return choice(setting.values);
        default: {
            const never: never = setting;
            throw refuse(`${at}.type`, (never as { type?: unknown }).type, 'text, whole, flag or choice');
        }
    }
}

/** What an application declares, as the table of settings has it. Throws `SettingsError`: a mistake in the application. */
export function ownGroup(own: OwnSchema = {}): { readonly [key: string]: Setting } {
    const entries = Object.entries(own);
    if (entries.length > ownMax) {
        throw refuse('settings of the application', entries.length, `at most ${ownMax} settings`);
    }
    return Object.fromEntries(
        entries.map(([key, setting]): [string, Setting] => {
            const at = `settings of the application: ${key}`;
            keySchema.read(key, at);
            if (titleSchema.read(setting.title, `${at}.title`).length > titleMax) {
                throw refuse(`${at}.title`, setting.title, titleSchema.allowed);
            }
            const schema = schemaOf(setting, at);
            const fallback = schema.read(setting.default, `${at}.default`);
            const secret = setting.type === 'text' && setting.secret === true;
            return [key, { schema, default: fallback, ...(secret && { secret: true as const }) }];
        }),
    );
}

/** Of the values below `app`, what may be seen: no secret, and no text of an application that is not known. */
export function redactedOwn(own: Group, values: OwnTree): OwnTree {
    const entries = Object.entries(values).map(([key, value]): [string, unknown] => {
        const known = Object.hasOwn(own, key);
        const hides = known ? (own[key] as Setting | undefined)?.secret === true : typeof value !== 'boolean';
        return [key, hides && value !== '' ? hiddenText : value];
    });
    return Object.fromEntries(entries);
}

/** A patch or a document whose secrets come back as they were shown: those stay as they are. */
export function withOwnSecrets<T extends { readonly app?: unknown }>(given: T, before: unknown): T {
    const { app } = given;
    if (typeof app !== 'object' || app === null) {
        return given;
    }
    const kept = (before ?? {}) as OwnTree;
    const entries = Object.entries(app).flatMap(([key, value]): [string, unknown][] =>
        value !== hiddenText ? [[key, value]] : Object.hasOwn(kept, key) ? [[key, kept[key]]] : [],
    );
    return { ...given, app: Object.fromEntries(entries) };
}

/** For the page. */
export function ownJson(own: OwnSchema): readonly OwnSettingJson[] {
    return Object.entries(own).map(([key, setting]) => ({ key, ...setting }));
}
