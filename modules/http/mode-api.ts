/** `/api/mode`: home, away, night (docs/design/api.md). */
import { patchSettings } from 'ocellus/app/config/change';
import { parseObject } from 'ocellus/app/config/json';
import type { SettingsStore } from 'ocellus/app/config/settings-store';
import { modeTable } from 'ocellus/app/config/mode-settings';
import type { ModeJson } from 'ocellus/app/http/api-types';
import { parseQuery } from 'ocellus/app/http/query';
import type { Router } from 'ocellus/app/http/router';
import { OcellusError } from 'ocellus/error';

/** What the routes need. */
export interface ModeApiOptions {
    readonly settingsStore: SettingsStore;
    /** What the change set off. */
    readonly applied: () => Promise<readonly string[]>;
}

/** The routes, once each. */
export function modeRoutes(router: Router, { settingsStore, applied }: ModeApiOptions): Router {
    const modeJson = (): ModeJson => ({ mode: settingsStore.current.mode.active });
    return router
        .route('GET', '/api/mode', ({ query }) => {
            parseQuery(query, []);
            return modeJson();
        })
        .route('POST', '/api/mode', async (request) => {
            parseQuery(request.query, []);
            const { mode, ...others } = parseObject(request.text(), 'body');
            const [other] = Object.keys(others);
            if (other !== undefined) {
                throw new OcellusError('INVAL', `body: ${other.slice(0, 40)}: unknown key; known is mode`);
            }
            const active = modeTable.active.schema.read(mode, 'mode');
            const { keys, make } = patchSettings({ mode: { active } });
            settingsStore.checkFixed(keys);
            await settingsStore.change(make, undefined);
            await applied();
            return modeJson();
        });
}
