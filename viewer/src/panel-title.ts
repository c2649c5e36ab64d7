/** What the page itself needs of the application on the device; its settings come with their room (application.ts). */
import { get } from './request.js';
import { fields, list, record, text } from './json.js';

/** Its panel. */
export interface AppPanel {
    /** Title of the panel; empty: it has none. */
    readonly panel: string;
    /** Routes of the application begin so. */
    readonly routes: readonly string[];
}

/** Without an application. */
export const noPanel: AppPanel = { panel: '', routes: [] };

/** Checks the answer of `/api/app`; undefined: it is none. */
export function parsePanel(value: unknown): AppPanel | undefined {
    const app = fields<Record<string, unknown>>(value);
    return app && { panel: text(record(app['panel'])['title']) ?? '', routes: list(app['routes']).filter((one) => typeof one === 'string') };
}

/** Asks for it. An older device knows none. */
export async function readPanel(): Promise<AppPanel> {
    const answer = await get('/api/app', parsePanel);
    return answer.kind === 'ok' ? answer.value : noPanel;
}
