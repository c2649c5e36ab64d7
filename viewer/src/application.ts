/** The application that runs on the device: its panel and its settings (docs/design/applications.md). */
import { get } from './api.js';
import { each, list, number, record, text } from './json.js';
import { type AppPanel, noPanel, parsePanel } from './panel-title.js';
import { type Field, type Kind, wholeOf } from './settings-fields.js';

/** What the page shows of it. */
export interface DeviceApp extends AppPanel {
    readonly settings: readonly Field[];
}

/** A text of an application: the device has the last word. */
function lineOf(max: number) {
    return {
        allowed: '',
        read(value: unknown): unknown {
            if (typeof value !== 'string' || value.length > max) {
                throw new Error('too long');
            }
            return value;
        },
    };
}

function kindOf(setting: Readonly<Record<string, unknown>>): Kind | undefined {
    switch (setting['type']) {
        case 'flag':
            return { type: 'flag' };
        case 'whole':
            return wholeOf(number(setting['min']) ?? 0, number(setting['max']) ?? 0);
        case 'choice':
            return { type: 'choice', words: list(setting['values']).filter((one) => typeof one === 'string') };
        case 'text':
            return { type: 'text', schema: lineOf(number(setting['max']) ?? 500), empty: true };
        default:
            return undefined;
    }
}

function parseField(value: unknown): Field | undefined {
    const setting = record(value);
    const [key, title, kind] = [text(setting['key']), text(setting['title']), kindOf(setting)];
    if (key === undefined || title === undefined || kind === undefined) {
        return undefined;
    }
    const hint = text(setting['hint']);
    return { path: `app.${key}`, label: { text: title }, ...(hint !== undefined && { hint: { text: hint } }), kind, always: false, basic: true };
}

/** Checks the answer of `/api/app`; undefined: it is none. */
export function parseApp(value: unknown): DeviceApp | undefined {
    const panel = parsePanel(value);
    return panel && { ...panel, settings: each(list(record(value)['settings']), parseField) };
}

/** Asks for it. An older device knows none. */
export async function readApp(): Promise<DeviceApp> {
    const answer = await get('/api/app', parseApp);
    return answer.kind === 'ok' ? answer.value : { ...noPanel, settings: [] };
}
