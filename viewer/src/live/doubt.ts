/**
 * Whether no picture came by WebRTC here lately, as where UDP is blocked: remembered in this browser, for this address. A
 * browser that keeps nothing is no error.
 */

/** So long; a picture that comes ends it sooner. */
const HOLDS_MS = 24 * 3_600_000;

/** What is remembered of one device. */
export class Doubt {
    readonly #name: string;

    /** of: names the device among those of this origin; empty: its own page. */
    constructor(of = '') {
        this.#name = `ocellus.webrtc${of}`;
    }

    /** Something else is to play at once, beside the next try. */
    get holds(): boolean {
        try {
            const ageMs = Date.now() - Number(localStorage.getItem(this.#name) ?? Number.NaN);
            return ageMs >= 0 && ageMs < HOLDS_MS;
        } catch {
            return false;
        }
    }

    /** No picture came. */
    begin(): void {
        try {
            localStorage.setItem(this.#name, String(Date.now()));
        } catch {
            // it is found out again
        }
    }

    /** One came. */
    end(): void {
        try {
            localStorage.removeItem(this.#name);
        } catch {
            // as above
        }
    }
}
