// Test files are named on the command line (scripts/steps.mjs); nothing is searched for.
export default {
    files: ['tests/**/*.test.mjs'],
    workerThreads: false,
};
