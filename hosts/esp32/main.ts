/** A board starts: the media plane first, then the application out of its partition. No logic here. */
import 'ocellus/globals';
import { mapApplication, start } from 'ocellus/esp32';
import loadApp from 'ocellus/load-app';

try {
    start();
    console.info(`application of ${mapApplication()}`);
    loadApp('ocellus/app/main').catch((error: unknown) => console.error(String(error)));
} catch (error) {
    console.error(String(error));
}
