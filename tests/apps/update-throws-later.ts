/** An update that throws when it has been ready for a while. */
import { start } from 'ocellus/app/system/application';
import { deeds } from 'ocellus/test/apps/deeds';

await start();
setTimeout(deeds.throws, 500);
