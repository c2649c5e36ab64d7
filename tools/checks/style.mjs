// Lint and format of TypeScript, JavaScript and CSS as biome.json says; types are the compiler's business.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// The package with the program in it: its wrapper asks for platforms that not every registry has.
const program = `node_modules/@biomejs/cli-linux-${process.arch}/biome`;
if (!existsSync(program)) {
    console.error('style: npm packages are missing; npm ci');
    process.exit(1);
}
const run = spawnSync(program, ['ci', '--error-on-warnings', '--colors=off', '--max-diagnostics=100'], {
    stdio: ['ignore', 'inherit', 'inherit'],
});
process.exit(run.status ?? 1);
