/** An update that writes settings of its own, then throws. */
import { start } from 'ocellus/app/system/application';
import { Plane } from 'ocellus/plane';

const plane = new Plane();
await plane.writeStore('settings', '{"storage":{"maxGb":77}}');
await plane.writeStore('another', '{}');
void start;
throw new Error('an update that does not like the settings');
