/** hls.js of the device's own pages, loaded when it is needed. */
import type { LoadHls } from './player.js';

/** A part of the page by itself. */
export const loadHls: LoadHls = async () => (await import('hls.js/light')).default;
