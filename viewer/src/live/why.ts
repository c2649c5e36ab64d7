/** Why a picture plays by HLS and not by WebRTC. Pure. */

/** One reason. message: words of the device, in English. */
export type Why =
    /** chosen: the address of the page says so; browser: it has no WebRTC or no media source; codec: a codec that only HLS leaves out. */
    | { readonly kind: 'chosen' | 'browser' | 'codec' }
    /** older: the device knows no sessions; time: no picture in time; lost: the connection ended; gone: the device does not answer. */
    | { readonly kind: 'older' | 'time' | 'lost' | 'gone' }
    /** off: not on this device; busy: try later; refused: something is wrong with the offer; channel: with one picture. */
    | { readonly kind: 'off' | 'busy' | 'refused' | 'channel'; readonly message: string };

/** What the answer to an offer means; status 0: there was none. */
export function whyRefused(status: number, message: string): Why {
    if (status === 0) {
        return { kind: 'gone' };
    }
    if (status === 404 || status === 405) {
        return { kind: 'older' };
    }
    return { kind: status === 501 ? 'off' : status === 503 ? 'busy' : 'refused', message };
}
