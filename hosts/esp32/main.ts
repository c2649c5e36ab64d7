/** A board starts: the media plane first, then the application out of its partition. What fails restarts the board. */
import 'ocellus/globals';
import { ended, mapApplication, start } from 'ocellus/esp32';
import loadApp from 'ocellus/load-app';

async function run(): Promise<void> {
    try {
        start();
        console.info(`application of ${mapApplication()}`);
        await loadApp('ocellus/app/main');
    } catch (error) {
        ended(String(error));
    }
}

void run();
