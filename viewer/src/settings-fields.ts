/** What can be set, and what is allowed: the device's own table (docs/design/cli.md). The device checks again and has the last word. */
import type { Schema } from 'ocellus/app/config/schema';
import { settingsOf } from 'ocellus/app/config/settings-shape';
import type { Group as Table } from 'ocellus/app/config/settings-entry';
import { channelTable, pageGroups, scheduleMax, settingsTable } from 'ocellus/app/config/settings-table';
import { daysPattern, timePattern } from '../../modules/base/hours.js';
import { record } from './json.js';
import { type PlainKey, t } from './text.js';

/** How a field is edited, and what it allows. */
export type Kind =
    | { readonly type: 'flag' }
    /** zero: 0 is allowed too. */
    | { readonly type: 'whole'; readonly least: number; readonly most: number; readonly zero: boolean }
    | { readonly type: 'choice'; readonly words: readonly string[] }
    /** empty: may be left empty, which is the device's default. */
    | { readonly type: 'text'; readonly schema: Schema<unknown>; readonly empty: boolean }
    /** One entry in each line. */
    | { readonly type: 'list'; readonly schema: Schema<unknown>; readonly most: number }
    /** Polygons on the picture of the channel. */
    | { readonly type: 'zones'; readonly schema: Schema<unknown> }
    /** Times of the week. */
    | { readonly type: 'schedule' };

/** Words of the page, or an application's own. */
export type Words = PlainKey | { readonly text: string };

/** As they are shown. */
export function wordsOf(words: Words): string {
    return typeof words === 'string' ? t(words) : words.text;
}

/** One setting. */
export interface Field {
    /** Keys from the top, joined by dots. */
    readonly path: string;
    readonly label: Words;
    /** What is allowed, or what it does. */
    readonly hint?: Words;
    readonly kind: Kind;
    /** Shown also when the device does not name it: what it does not know either is refused by it. */
    readonly always: boolean;
    /** Most homes change it; the others are folded. */
    readonly basic: boolean;
}

/** Fields under one heading. */
export interface Group {
    readonly title: PlainKey;
    readonly fields: readonly Field[];
}

/** A whole number, both ends included. */
export function wholeOf(min: number, max: number, zero = false): Kind {
    return { type: 'whole', least: min, most: max, zero };
}

function kindOf(schema: Schema<unknown>, standard: unknown): Kind {
    const { kind, range, words, items } = schema;
    if (kind === 'flag') {
        return { type: 'flag' };
    }
    if (range !== undefined) {
        return wholeOf(range.min, range.max, range.zero);
    }
    if (words !== undefined) {
        return { type: 'choice', words };
    }
    if (items !== undefined) {
        return items.schema.fields === undefined ? { type: 'list', schema: items.schema, most: items.max } : { type: 'schedule' };
    }
    return { type: 'text', schema, empty: standard === '' };
}

/** The fields of a group of the page. The table names texts of the catalogue: tests/viewer/pure.test.mjs compares them. */
function fieldsOf(table: Table, group: string): readonly Field[] {
    return settingsOf(table).flatMap(([path, { page, schema, default: standard, basic }]): Field[] => {
        const [where, label, hint] = (page ?? '').split(' ') as [string, PlainKey, PlainKey?];
        if (where !== group) {
            return [];
        }
        return [{ path, label, ...(hint && { hint }), kind: path === 'motion.zones' ? { type: 'zones', schema } : kindOf(schema, standard), always: !path.includes('.') && group === 'channel', basic: basic === true }];
    });
}

/** Settings of the device. */
export const groups: readonly Group[] = pageGroups.map((group) => ({ title: `settings.${group}`, fields: fieldsOf(settingsTable, group) }));

/** Settings of one channel. */
export const channelFields: readonly Field[] = fieldsOf(channelTable, 'channel');

/** Settings of a camera whose change opens it again: a short gap in live view and recording (docs/design/api.md). */
const reopening: readonly string[] = ['name', 'input', 'user', 'password', 'sub', 'audio', 'loop'];

/** Whether a patch of a channel interrupts it. */
export function interrupts(patch: Readonly<Record<string, unknown>>): boolean {
    return reopening.some((key) => Object.hasOwn(patch, key));
}

/** Whether a schema takes a text. */
function fits(schema: Schema<unknown>, text: string): boolean {
    try {
        schema.read(text, '');
        return true;
    } catch {
        return false;
    }
}

/** The value at a path; undefined: there is none. */
export function valueAt(tree: unknown, at: string): unknown {
    return at.split('.').reduce<unknown>((now, key) => (Object.hasOwn(record(now), key) ? record(now)[key] : undefined), tree);
}

/** A merge patch (RFC 7386) that sets these paths. */
export function patchOf(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
    const patch: Record<string, unknown> = {};
    for (const [at, value] of values) {
        const keys = at.split('.');
        const last = keys.pop() ?? '';
        let now = patch;
        for (const key of keys) {
            now[key] ??= {};
            now = now[key] as Record<string, unknown>;
        }
        now[last] = value;
    }
    return patch;
}

/** Whether two values of settings are the same. */
export function same(a: unknown, b: unknown): boolean {
    return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** One time of the week in which privacy is on. */
export interface Period {
    readonly days: string;
    readonly from: string;
    readonly to: string;
}

/** A value as the device takes it, or what is wrong with it. */
export type Checked = { readonly value: unknown } | { readonly problem: string };

function checkSchedule(periods: readonly Period[]): Checked {
    for (const period of periods) {
        if (!daysPattern.test(period.days)) {
            return { problem: t('mustDays', { value: period.days }) };
        }
        if (!timePattern.test(period.from) || !(timePattern.test(period.to) || period.to === '24:00') || period.from === period.to) {
            return { problem: t('mustTimes', { value: `${period.from}-${period.to}` }) };
        }
    }
    return periods.length > scheduleMax ? { problem: t('mustFewer', { most: scheduleMax }) } : { value: periods.length === 0 ? null : periods };
}

/** Checks what was entered. Empty lists and texts go back to the device's default (null in a merge patch). */
export function check(kind: Kind, entered: string | boolean | readonly Period[]): Checked {
    if (typeof entered === 'object') {
        return checkSchedule(entered);
    }
    if (typeof entered === 'boolean') {
        return { value: entered };
    }
    const given = entered.trim();
    switch (kind.type) {
        case 'whole': {
            const value = /^\d{1,12}$/.test(given) ? Number(given) : Number.NaN;
            if ((value >= kind.least && value <= kind.most) || (value === 0 && kind.zero)) {
                return { value };
            }
            const { least, most } = kind;
            return { problem: kind.zero ? t('mustWholeOrZero', { least, most }) : t('mustWhole', { least, most }) };
        }
        case 'choice':
            return kind.words.includes(given) ? { value: given } : { problem: t('mustChoose') };
        case 'zones':
            return given === '' ? { value: null } : fits(kind.schema, given) ? { value: given } : { problem: t('mustFit') };
        case 'text':
            if (given === '' && kind.empty) {
                return { value: null };
            }
            return fits(kind.schema, given) ? { value: given } : { problem: given === '' ? t('mustGive') : t('mustFit') };
        case 'list': {
            const entries = given.split(/\s+/).filter(Boolean);
            const wrong = entries.find((entry) => !fits(kind.schema, entry));
            if (wrong !== undefined) {
                return { problem: t('mustEntry', { value: wrong }) };
            }
            return entries.length > kind.most ? { problem: t('mustFewer', { most: kind.most }) } : { value: entries.length === 0 ? null : entries };
        }
        default:
            return { problem: t('mustFit') };
    }
}
