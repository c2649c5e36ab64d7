/** Makes the globals that types/globals.d.ts declares. The host imports it before the application. */
import { console, trace } from 'ocellus/console';
import { freezeLanguage, hideGlobals, oneRealm } from 'ocellus/surface';
import { TextDecoder, TextEncoder } from 'ocellus/text';
import Timer from 'timer';

/** What the host's `timer` module gives: ours on Linux, the SDK's elsewhere. */
type TimerHandle = ReturnType<typeof Timer.set>;

/** Numbers for handles, so that `setTimeout` returns what the web's does. Gone when it has fired. */
const timers = new Map<number, TimerHandle>();
let lastId = 0;

function setTimeout(callback: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): number {
    const id = ++lastId;
    const timer = Timer.set(() => {
        timers.delete(id);
        callback(...args);
    }, delayMs);
    timers.set(id, timer);
    return id;
}

function setInterval(callback: (...args: unknown[]) => void, intervalMs = 0, ...args: unknown[]): number {
    const id = ++lastId;
    timers.set(
        id,
        Timer.repeat(() => callback(...args), intervalMs),
    );
    return id;
}

function clear(id: number | undefined): void {
    if (id !== undefined) {
        Timer.clear(timers.get(id));
        timers.delete(id);
    }
}

function queueMicrotask(callback: () => void): void {
    if (typeof callback !== 'function') {
        throw new TypeError('queueMicrotask: not a function');
    }
    void Promise.resolve().then(callback);
}

for (const [name, value] of Object.entries({
    console,
    setTimeout,
    setInterval,
    clearTimeout: clear,
    clearInterval: clear,
    queueMicrotask,
    TextEncoder,
    TextDecoder,
    trace,
})) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}
if (oneRealm()) {
    hideGlobals(globalThis);
    freezeLanguage(globalThis);
}
