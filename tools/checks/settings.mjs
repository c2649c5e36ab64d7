// What is generated from the table of settings is current (docs/adr/0033-settings-once.md).
import { spawnSync } from 'node:child_process';

const { status } = spawnSync(process.execPath, ['tools/settings/generate.mjs', '--check'], { stdio: 'inherit' });
console.log(`settings: ${status === 0 ? 0 : 1} problems`);
process.exit(status === 0 ? 0 : 1);
