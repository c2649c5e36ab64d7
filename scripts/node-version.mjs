// Which Node this repository needs. Old syntax on purpose, see run.mjs.

/**
 * One line that says what is wrong with this Node, or an empty string when it will do.
 * 20.19 and 22.12 are the first releases that the bundler and the test runner accept.
 * @param {string} version as in process.versions.node
 * @returns {string}
 */
export function nodeProblem(version) {
    const parts = version.split('.');
    const major = Number(parts[0]);
    const minor = Number(parts[1]);
    const ok = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
    if (ok) {
        return '';
    }
    return 'Node ' + version + ' is too old or unsupported: Node 20.19, 22.12 or later is needed (README, "Supported systems")';
}
