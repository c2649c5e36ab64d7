/** The same with all capabilities: what the others must not reach is there to be reached. */
import { attack } from 'ocellus/test/apps/attack';

await attack(['rtsp', 'client', 'resolve', 'store']);
