// Lint and format of TypeScript, JavaScript and CSS as biome.json says; types are the compiler's business.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const program = 'node_modules/@biomejs/biome/bin/biome';
if (!existsSync(program)) {
    console.error('style: npm packages are missing; npm ci');
    process.exit(1);
}
const run = spawnSync(process.execPath, [program, 'ci', '--error-on-warnings', '--colors=off', '--max-diagnostics=100'], {
    stdio: ['ignore', 'inherit', 'inherit'],
});
process.exit(run.status ?? 1);
