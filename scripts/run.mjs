// The entry of every npm script: `node scripts/run.mjs COMMAND [arguments]`.
// Written in old syntax on purpose: an old Node must still be able to read it and say one clear line.
import { nodeProblem } from './node-version.mjs';

const commands = ['setup', 'build', 'start', 'test', 'package', 'sdk'];
const command = process.argv[2];
const problem = nodeProblem(process.versions.node);
if (problem) {
    console.error('ocellus: ' + problem);
    process.exit(2);
}
if (command === undefined || commands.indexOf(command) < 0) {
    console.error('ocellus: node scripts/run.mjs ' + commands.join('|') + ' [arguments]');
    process.exit(2);
}
import('./' + command + '.mjs')
    .then(function (module) {
        return module.main(process.argv.slice(3));
    })
    .then(
        function (code) {
            process.exitCode = code;
        },
        function (error) {
            console.error('ocellus: ' + (error && error.plain ? error.message : (error && error.stack) || error));
            process.exitCode = error && error.exitCode ? error.exitCode : 1;
        },
    );
