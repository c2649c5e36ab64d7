/** Whether a live picture moves, by what a player shows. Pure: times come in. */

/** A picture that has not changed for so long stands still: no page calls it live. */
export const STILL_MS = 2250;
/** What comes so much later than the first bytes of a stream did not wait on the device. */
export const NEW_MS = 500;
/** How often a player looks. */
export const LOOK_MS = 250;
/** Less than this is no movement, seconds: hls.js moves an element that has nothing more a little. */
const STEP = 0.5;
/** Between two looks that are farther apart the page slept: that time says nothing about the picture. */
const SLEPT_MS = 4 * LOOK_MS;
/** Frame rates of so many states of the device count: half a minute. */
const RATES = 15;

/** How long a picture may stay as it is, by the frame rates that the device measures. */
export class Slowness {
    #source = '';
    #rates: number[] = [];

    /**
     * source: another one begins anew. fps: of the newest state; 0, undefined: not known. The highest of the last ones counts: a source that
     * hangs makes its own rate low, and would be waited for because it hangs. @returns milliseconds
     */
    after(source: string, fps: number | undefined): number {
        if (source !== this.#source) {
            this.#source = source;
            this.#rates = [];
        }
        if (fps !== undefined && fps > 0) {
            this.#rates = [...this.#rates, fps].slice(-RATES);
        }
        return this.#rates.length === 0 ? STILL_MS : Math.max(STILL_MS, 3000 / Math.max(...this.#rates));
    }
}

/** What is seen of playback. */
export interface Shown {
    /** Place on the time line of the element, seconds; of pictures that are drawn one by one their number. */
    readonly time: number;
    /** Pictures that were decoded so far; 0: not known. */
    readonly frames: number;
}

/** What an element shows; undefined: nobody looks, or somebody stopped it. */
export function shownBy(video: HTMLVideoElement): Shown | undefined {
    return document.hidden || video.paused ? undefined : { time: video.currentTime, frames: video.getVideoPlaybackQuality().totalVideoFrames };
}

/** One picture. */
export class Still {
    #begin: Shown | undefined;
    #last: Shown | undefined;
    #lookedMs = 0;
    /** Where and when it was seen to move last. */
    #time = 0;
    #timeMs = 0;
    #framesMs = 0;

    /** It has just begun to move. */
    reset(): void {
        this.#begin = undefined;
    }

    /** For about how many milliseconds it has stood still by now, a time that never goes back; undefined: that cannot be told now. */
    look(nowMs: number, shown: Shown | undefined): number {
        const since = nowMs - this.#lookedMs;
        const uncounted = shown === undefined || since > SLEPT_MS ? since : 0;
        const [begin, last] = [this.#begin, this.#last];
        this.#lookedMs = nowMs;
        this.#last = shown ?? last;
        if (begin === undefined || last === undefined) {
            this.#begin = shown;
            this.#time = shown?.time ?? 0;
            [this.#timeMs, this.#framesMs] = [nowMs, nowMs];
            return 0;
        }
        const { time, frames } = shown ?? last;
        this.#timeMs += uncounted;
        if (Math.abs(time - this.#time) >= STEP) {
            [this.#time, this.#timeMs] = [time, nowMs];
        }
        // sound may carry the time on; a slow picture changes less often than once a second
        const slow = frames - begin.frames <= Math.abs(time - begin.time);
        this.#framesMs = frames === last.frames && !slow ? this.#framesMs + uncounted : nowMs;
        return nowMs - Math.min(this.#timeMs, this.#framesMs);
    }
}
