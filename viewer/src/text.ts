/**
 * Words in the language of the reader. Those that the first picture needs come with the page, in English; the others, and
 * other languages, are loaded when they are wanted.
 */
import { preference, setPreference } from './preferences.js';
import { en } from './text/en-first.js';

/** Names of all texts. */
export type Key = keyof typeof en;
/** Every text in one language; `{name}` stands for a value. tools/checks/strings.mjs compares the languages. */
export type Catalogue = { readonly [K in Key]: string };

/** Names in braces of a text. */
type Holes<S> = S extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never;
/** Names of texts without values. */
export type PlainKey = { [K in Key]: [Holes<(typeof en)[K]>] extends [never] ? K : never }[Key];
type Values<K extends Key> = [Holes<(typeof en)[K]>] extends [never] ? [] : [values: Record<Holes<(typeof en)[K]>, string | number>];

/** The languages there are: tag, and name in itself. */
export const languages = [
    ['en', en.nameOfLanguage],
    ['zh-CN', '简体中文'],
] as const;
/** Tag of a language. */
export type Language = (typeof languages)[number][0];

/** All texts of a language, and those that the build leaves to the first picture (first-texts.mjs). */
const loaders: { readonly [L in Language]: { readonly first: () => Promise<Catalogue>; readonly all: () => Promise<Catalogue> } } = {
    en: { first: () => Promise.resolve(en), all: async () => (await import('./text/en.js')).en },
    'zh-CN': { first: async () => (await import('./text/zh-cn-first.js')).zhCn, all: async () => (await import('./text/zh-cn.js')).zhCn },
};

let current: Catalogue = en;
let language: Language = 'en';

/** The text of this name, with its values put in. */
export function t<K extends Key>(key: K, ...values: Values<K>): string {
    const given: Readonly<Record<string, string | number>> = values[0] ?? {};
    return (current[key] ?? '').replace(/\{(\w+)\}/g, (_hole, name: string) => String(given[name] ?? ''));
}

/** The text of a name that the device chose, `group.word`; a word that is not known is shown as it is. */
export function word(group: string, name: string): string {
    const key = `${group}.${name}`;
    return Object.hasOwn(current, key) ? current[key as Key] : name;
}

/** What the reader chose, or else the first language of the browser that there is; any Chinese is Simplified. */
export function preferredLanguage(wished: readonly string[]): Language {
    const chosen = preference('language');
    for (const tag of chosen === undefined ? wished : [chosen]) {
        const [base] = tag.toLowerCase().split('-');
        const found = languages.find(([known]) => known.toLowerCase().split('-')[0] === base);
        if (found) {
            return found[0];
        }
    }
    return 'en';
}

/** The language in use. */
export function currentLanguage(): Language {
    return language;
}

/** For dates and numbers: the reader's own manner of the language in use. */
export function locale(): string {
    const [base] = language.split('-');
    return navigator.languages.find((tag) => tag.split('-')[0] === base) ?? language;
}

async function use(tag: Language, part: 'first' | 'all'): Promise<void> {
    try {
        current = await loaders[tag][part]();
        language = tag;
    } catch {
        current = en;
        language = 'en';
    }
    document.documentElement.lang = language;
}

/** Loads a language and uses it from now on. One that cannot be loaded leaves English. */
export function useLanguage(tag: Language): Promise<void> {
    return use(tag, 'all');
}

/** As `useLanguage`, with the texts of the first picture; `allTexts` brings the others. */
export function useFirstTexts(tag: Language): Promise<void> {
    return use(tag, 'first');
}

/** The other texts of the language in use. @throws when they cannot be loaded */
export async function allTexts(): Promise<void> {
    const tag = language;
    const all = await loaders[tag].all();
    if (language === tag) {
        current = all;
    }
}

/** Remembers the reader's choice. */
export function chooseLanguage(tag: Language): Promise<void> {
    setPreference('language', tag);
    return useLanguage(tag);
}
