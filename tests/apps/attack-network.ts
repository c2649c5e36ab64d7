// needs: files,http,media,settings,system
/** An application with everything but `network`, and what needs it, looks for a way out. */
import { attack } from 'ocellus/test/apps/attack';

const commands = ['rtsp', 'http', 'https', 'name', 'recorded', 'sub', 'borrowed'];
await attack([...commands, 'client', 'resolve', 'forged', 'tcp', 'viewers', 'candidates', 'inner', 'mail']);
