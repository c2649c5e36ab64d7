/** What follows from the table of settings while the program runs: schemas, defaults, layers, redaction, records. Pure. */
import { redactUrl } from 'ocellus/app/config/redact';
import { object, type Schema, SettingsError } from 'ocellus/app/config/schema';
import type { Given, Group, RecordField, Setting, Values } from 'ocellus/app/config/settings-entry';
import { isSetting } from 'ocellus/app/config/settings-table';

/** What stands for a secret. */
export const hiddenText = '***';

type Tree = { readonly [key: string]: unknown };

/** Neither null nor a list. */
export function isTree(value: unknown): value is Tree {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One result for each entry of a group; those that are undefined are left out. */
function mapped(group: Group, of: (key: string, entry: Setting | Group) => unknown): Tree {
    const made = Object.entries(group).map(([key, entry]): [string, unknown] => [key, of(key, entry)]);
    return Object.fromEntries(made.filter(([, value]) => value !== undefined));
}

/** The schemas of a group's keys. */
export function fieldsOf(group: Group): { readonly [key: string]: Schema<unknown> } {
    return mapped(group, (_, entry) => (isSetting(entry) ? entry.schema : object(fieldsOf(entry)))) as {
        readonly [key: string]: Schema<unknown>;
    };
}

/** Every setting of a group with its place: "http.login". Made anew each time: kept, they take 7 KB of a board's heap. */
export function settingsOf(group: Group, at = ''): readonly (readonly [place: string, setting: Setting])[] {
    return Object.entries(group).flatMap(([key, entry]) =>
        isSetting(entry) ? [[`${at}${key}`, entry] as const] : settingsOf(entry, `${at}${key}.`),
    );
}

function filled(group: Group, layers: readonly Tree[]): Tree {
    const values: { [key: string]: unknown } = {};
    for (const key of Object.keys(group)) {
        const entry = group[key] ?? {};
        let value: unknown;
        if (isSetting(entry)) {
            for (let at = 0; at < layers.length && value === undefined; at++) {
                value = layers[at]?.[key];
            }
            value ??= entry.default;
        } else {
            value = filled(entry, layers.map((layer) => layer[key]).filter(isTree));
        }
        if (value !== undefined) {
            values[key] = value;
        }
    }
    return values;
}

/** What the first layer that names a setting says, else its default. */
export function complete<G extends Group>(group: G, ...layers: readonly (Given<G> | undefined)[]): Values<G> {
    return filled(group, layers.filter((layer) => layer !== undefined) as readonly Tree[]) as Values<G>;
}

/** In force when nothing is said. */
export function defaultsOf<G extends Group>(group: G): Values<G> {
    return complete(group);
}

function redactedValue(value: unknown): unknown {
    return typeof value === 'string' ? redactUrl(value) : Array.isArray(value) ? value.map(redactedValue) : value;
}

type Items = NonNullable<Setting['items']>;

function redactedItem({ secret, hidden }: Items, item: Tree): Tree {
    const entries = Object.entries(item).map(([key, given]): [string, unknown] => [
        key,
        secret.includes(key) ? redactedValue(given) : hidden.includes(key) && given !== '' ? hiddenText : given,
    ]);
    return Object.fromEntries(entries);
}

/** A document, or settings, without secrets; what the table does not know stays. */
export function redactedBy<T extends object>(group: Group, value: T): T {
    const entries = Object.entries(value).map(([key, given]: [string, unknown]): [string, unknown] => {
        const entry = Object.hasOwn(group, key) ? group[key] : undefined;
        if (entry === undefined) {
            return [key, given];
        }
        if (isSetting(entry)) {
            const { items, hidden, secret } = entry;
            if (items !== undefined && Array.isArray(given)) {
                return [key, given.map((one: unknown) => (isTree(one) ? redactedItem(items, one) : one))];
            }
            const shown = hidden === true && given !== '' ? hiddenText : given;
            return [key, secret === true ? redactedValue(given) : shown];
        }
        return [key, isTree(given) ? redactedBy(entry, given) : given];
    });
    return Object.fromEntries(entries) as T;
}

/** Where redaction put its mark, in an address of the network: no address that can be opened looks like this. */
const mark = /^[^/?#]*:.*\*\*\*/;

/** Refuses an address with a hidden part that nobody knows. */
function checkWhole(address: string, place: string): void {
    if (mark.test(address)) {
        throw new SettingsError(`${place}: "***" stands for a hidden part: give it, or omit the key`, place);
    }
}

/** Whether what came back is the address that there is, as it is or as it is shown. */
function isShown(value: unknown, before: unknown): boolean {
    return typeof before === 'string' && (value === before || value === redactUrl(before));
}

/** The host of an address; the name of a camera's is as telling as a port. */
function hostOf(address: unknown): string {
    return /^([^:]*:\/\/[^/?#]*)/.exec(String(address ?? ''))?.[1]?.toLowerCase() ?? '';
}

/**
 * Entries of a list whose secrets came back as they are shown. An entry is that of the same name before; a secret that is
 * not given again leads nowhere but to the host that it was given for.
 */
function itemsWithHidden(items: Items, given: readonly unknown[], before: unknown, at: string): readonly unknown[] {
    const known = Array.isArray(before) ? before.filter(isTree) : [];
    return given.map((item, index) => {
        if (!isTree(item)) {
            return item;
        }
        const was = new Map(
            Object.entries(known.find(({ name }) => name !== undefined && name === item['name']) ?? {}),
        );
        const whole = Object.entries(item).map(([key, value]): [string, unknown] => {
            const isKept = items.secret.includes(key) ? isShown(value, was.get(key)) : value === hiddenText;
            return [key, isKept && (items.secret.includes(key) || items.hidden.includes(key)) ? was.get(key) : value];
        });
        const moved = whole.some(
            ([key, value]) => items.secret.includes(key) && hostOf(value) !== hostOf(was.get(key)),
        );
        for (const [key, value] of whole) {
            const place = `${at}[${index}].${key}`;
            // a name: a key of `item`
            if (items.hidden.includes(key) && item[key] === hiddenText && (moved || value === undefined)) {
                throw new SettingsError(`${place}: "${hiddenText}" stands for a hidden part: give it again`, place);
            }
            if (items.secret.includes(key) && value !== was.get(key) && typeof value === 'string') {
                checkWhole(value, place);
            }
        }
        return Object.fromEntries(whole);
    });
}

/**
 * A document whose secrets came back as they are shown: those stay as in `before`. Throws `SettingsError` for an address
 * with a hidden part that is not that one. `at`: where the document is, "" or "cloud.".
 */
export function withHidden<T extends object>(group: Group, given: T, before: unknown, at = ''): T {
    const known = isTree(before) ? before : {};
    const entries = Object.entries(given).flatMap(([key, value]: [string, unknown]): [string, unknown][] => {
        const entry = Object.hasOwn(group, key) ? group[key] : undefined;
        if (entry !== undefined && isSetting(entry)) {
            if (entry.items !== undefined && Array.isArray(value)) {
                return [[key, itemsWithHidden(entry.items, value, known[key], `${at}${key}`)]];
            }
            const keeps =
                (entry.hidden === true && value === hiddenText) ||
                (entry.secret === true && isShown(value, known[key]));
            if (!keeps && entry.secret === true && typeof value === 'string') {
                checkWhole(value, `${at}${key}`);
            }
            return keeps ? (Object.hasOwn(known, key) ? [[key, known[key]]] : []) : [[key, value]];
        }
        return [
            [key, entry !== undefined && isTree(value) ? withHidden(entry, value, known[key], `${at}${key}.`) : value],
        ];
    });
    return Object.fromEntries(entries) as T;
}

function recorded({ times = 1, when }: RecordField, value: unknown): unknown {
    return when !== undefined
        ? value === when
        : typeof value === 'number' || value === undefined
          ? Number(value ?? 0) * times
          : value;
}

function fill(
    fields: { [name: string]: unknown },
    of: RecordField['of'],
    group: Group,
    values: Tree | undefined,
): void {
    for (const key of Object.keys(group)) {
        const entry = group[key] ?? {};
        if (!isSetting(entry)) {
            fill(fields, of, entry, values?.[key] as Tree | undefined);
        } else if (entry.record?.of === of) {
            // a name: of the table of settings
            fields[entry.record.name] = recorded(entry.record, values?.[key]);
        }
    }
}

/** A record of the media plane out of groups and their values; a number that is not given is 0. */
export function recordOf<R>(of: RecordField['of'], ...parts: readonly (readonly [group: Group, values: object])[]): R {
    const fields: { [name: string]: unknown } = {};
    for (const [group, values] of parts) {
        fill(fields, of, group, values as Tree);
    }
    return fields as R;
}
