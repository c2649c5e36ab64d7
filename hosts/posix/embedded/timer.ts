/** Timers on the host's loop, with the names of the `timer` module that microcontroller hosts have. */

/** A running timer. Opaque. */
export interface TimerHandle {
    readonly timer: never;
}

interface NativeTimer {
    start(callback: () => void, delayMs: number, repeat: boolean): TimerHandle;
    stop(timer: TimerHandle): void;
}

const nativeTimer: NativeTimer = {
    start(callback, delayMs, repeat) {
        return native<(callback: () => void, delayMs: number, repeat: boolean) => TimerHandle>('xs_timer_start').call(
            this,
            callback,
            delayMs,
            repeat,
        );
    },
    stop(timer) {
        native<(timer: TimerHandle) => void>('xs_timer_stop').call(this, timer);
    },
};
Object.freeze(nativeTimer);

function start(callback: () => void, delayMs: number, repeat: boolean): TimerHandle {
    if (typeof callback !== 'function') {
        throw new TypeError('timer callback: not a function');
    }
    return nativeTimer.start(callback, Number(delayMs) || 0, repeat);
}

/** Timers of the script; all of them end with it. */
const Timer = Object.freeze({
    /** Calls back once, after at least `delayMs` milliseconds (0: in the next turn of the loop). */
    set(callback: () => void, delayMs = 0): TimerHandle {
        return start(callback, delayMs, false);
    },
    /** Calls back every `intervalMs` milliseconds (at least 1) until cleared. */
    repeat(callback: () => void, intervalMs: number): TimerHandle {
        return start(callback, intervalMs, true);
    },
    /** Stops a timer; a timer that has ended is left alone. */
    clear(timer: TimerHandle | undefined): void {
        if (timer !== undefined) {
            nativeTimer.stop(timer);
        }
    },
} as const);

export default Timer;
