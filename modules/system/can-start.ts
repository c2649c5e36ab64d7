/** Whether the next start of the program could use settings: tried by the host before they are stored. */
import { ConflictError } from 'ocellus/app/base/conflict';
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { Settings } from 'ocellus/app/config/settings';
import { recordOf } from 'ocellus/app/config/settings-shape';
import { settingsTable } from 'ocellus/app/config/settings-table';
import { OcellusError } from 'ocellus/error';
import type { ListenOptions } from 'ocellus/plane';

/** What the settings want of the HTTP server. */
export function listenOptions(settings: Settings): ListenOptions {
    return recordOf<ListenOptions>('listen', [settingsTable, settings]);
}

/** Throws `ConflictError` with the key and the reason when a start with them would end. */
export async function checkCanStart(plane: Pick<PlaneApi, 'checkListen'>, settings: Settings): Promise<void> {
    try {
        const refusal = await plane.checkListen(listenOptions(settings));
        if (refusal !== undefined) {
            const { at, why } = refusal;
            throw new ConflictError('STATE', `${at}: the program could not start with this: ${why}`, at);
        }
    } catch (error) {
        if (error instanceof OcellusError && error.code === 'NOTSUP') {
            return; // a host without an HTTP server
        }
        throw error;
    }
}
