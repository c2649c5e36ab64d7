// What is generated from the table of settings (docs/adr/0033-settings-once.md) and from those of protocol/ is current.
import { spawnSync } from 'node:child_process';

const makers = ['tools/settings/generate.mjs', 'tools/protocol/routes.mjs'];
const stale = makers.filter((maker) => spawnSync(process.execPath, [maker, '--check'], { stdio: 'inherit' }).status !== 0).length;
console.log(`settings: ${stale} problems`);
process.exit(stale === 0 ? 0 : 1);
