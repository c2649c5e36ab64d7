/** An update that is ready and takes no channel over. */
import { Plane } from 'ocellus/plane';

await new Plane().ready();
setInterval(() => undefined, 1000);
