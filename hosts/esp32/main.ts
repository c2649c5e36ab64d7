/** A board starts: the media plane first, then the application out of its partition. What fails restarts the board. */
import 'ocellus/globals';
import Timer from 'timer';
import { ended, healthy, mapApplication, start } from 'ocellus/esp32';
import loadApp from 'ocellus/load-app';

/** A firmware whose application has run so long is kept; before, a restart goes back to the last one. */
const healthyMs = 60_000;

/**
 * The SDK calls this global by its name when the engine cannot go on: an exception in a timer, a rejection that nobody
 * handles, memory. Not when a stack is full.
 */
Object.defineProperty(globalThis, 'abort', {
    configurable: true,
    value: (why: string, exception: unknown) => ended(`${why}: ${String(exception)}`),
});

async function run(): Promise<void> {
    try {
        start();
        console.info(`application of ${mapApplication()}`);
        await loadApp('ocellus/app/main');
        Timer.set(healthy, healthyMs);
    } catch (error) {
        ended(String(error));
    }
}

void run();
