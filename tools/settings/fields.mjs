// The settings, and the fields of records that they fill.
import { load } from './made.mjs';

/** @typedef {{ key: string, setting: any }} Row */
/** @typedef {{ field: any, key: string, setting: any }} Field */

/** @param {string} table @returns {Promise<{ settings: Row[], rows: Row[] }>} settings; those of a channel before them */
export async function loadSettings(table) {
    const { channelTable, settingsTable, isSetting } = await load(table);
    /** @returns {Row[]} */
    const flat = (/** @type {any} */ group, /** @type {string} */ at) =>
        Object.entries(group).flatMap(([key, entry]) => (isSetting(entry) ? [{ key: `${at}${key}`, setting: entry }] : flat(entry, `${at}${key}.`)));
    const settings = flat(settingsTable, '');
    return { settings, rows: [...flat(channelTable, 'channels[].'), ...settings] };
}

/** @param {any} schema @returns {'TEXT' | 'FLAG' | 'WORD'} */
export const kindOf = ({ kind }, /** @type {any} */ field) =>
    field.when !== undefined || kind === 'flag' ? 'FLAG' : kind === 'whole' ? 'WORD' : 'TEXT';

/** @param {Row[]} rows @param {string} of @returns {Field[]} */
export const fieldsOf = (rows, of) =>
    rows.filter(({ setting }) => setting.record?.of === of).map(({ key, setting }) => ({ field: setting.record, key, setting }));
