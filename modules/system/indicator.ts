/** The LED that tells of sensor and viewers: the host's, by the name in the settings. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { Settings } from 'ocellus/app/config/settings';
import { OcellusError } from 'ocellus/error';

/** Uses the LED of the settings; `before`: those that were in force. Never rejects. */
export async function showOn(
    plane: Pick<PlaneApi, 'useLed'>,
    { indicator: { led } }: Pick<Settings, 'indicator'>,
    before?: Pick<Settings, 'indicator'>,
): Promise<void> {
    if (led === (before?.indicator.led ?? '')) {
        return;
    }
    try {
        await plane.useLed(led);
    } catch (error) {
        const why =
            error instanceof OcellusError && error.code === 'NOTSUP' ? 'this host has no indicator LED' : String(error);
        console.warn(`indicator.led: ${led}: ${why}`);
    }
}
