// What is generated from tables is current (docs/adr/0033-settings-once.md, docs/adr/0117-protocol-tables.md).
import { spawnSync } from 'node:child_process';

const generators = ['tools/settings/generate.mjs', 'tools/protocol/generate.mjs'];
const stale = generators.filter((file) => spawnSync(process.execPath, [file, '--check'], { stdio: 'inherit' }).status !== 0);
console.log(`generated: ${stale.length} problems`);
process.exit(stale.length > 0 ? 1 : 0);
