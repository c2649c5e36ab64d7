/** Says something for the log and for a debugger, again and again; it never ends. */
import { start } from 'ocellus/app/system/application';

await start();
setInterval(() => {
    console.info('said', 'for the log');
    trace('said ', 'for the debugger', '\n');
}, 500);
