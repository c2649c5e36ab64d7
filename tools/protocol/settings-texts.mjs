// From protocol/settings-texts.ts: texts of the page about settings.
import { pageText } from '../settings/made.mjs';

/** @typedef {import('../../protocol/settings-texts.ts')} Table */

/**
 * @param {Table} table @param {0 | 1} language @param {readonly { key: string, setting: any }[]} settings @returns {string[]} lines of a catalogue
 */
export function settingTexts({ settingsTexts, choiceTexts }, language, settings) {
    const all = [
        ...Object.entries(settingsTexts).flatMap(([name, { label, hint }]) => [...(label ? [[`set.${name}`, label[language]]] : []), ...(hint ? [[`hint.${name}`, hint[language]]] : [])]),
        ...Object.entries(choiceTexts).map(([word, text]) => [`choice.${word}`, text[language]]),
    ];
    const names = new Set(all.map(([name]) => name));
    for (const { key, setting } of settings) {
        const missing = (setting.page ?? '').split(' ').slice(1).find((/** @type {string} */ name) => !names.has(name));
        if (missing) throw new Error(`protocol/settings-texts.ts: ${missing}, which the page has of ${key}, is not there`);
    }
    return all.map(([name = '', text = '']) => pageText(name, text));
}
