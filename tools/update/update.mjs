// `ocellus keys|bundle …`: keys, bundles and releases of applications (docs/updates.md). Node 18.17 or newer. Exit: 0
// done; 1 it cannot be done; 2 usage.
import { tools } from './tools.mjs';

const [name = '', ...args] = process.argv.slice(2);
const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
if (tool === undefined) {
    console.error(`ocellus: "${name}" is none of ${Object.keys(tools).join(', ')}`);
    process.exitCode = 2;
} else {
    process.exitCode = await tool(args);
}
