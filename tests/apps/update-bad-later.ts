/** An update that is healthy on trial, and throws in every script behind it. */
import { start } from 'ocellus/app/system/application';
import { Host } from 'ocellus/host';

if (!new Host().facts.trial) {
    throw new Error('an update that throws once it is committed');
}
await start();
setTimeout(() => {
    throw new Error('the end of the trial');
}, 6000);
