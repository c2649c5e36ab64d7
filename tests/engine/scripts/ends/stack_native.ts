/** Recursion through the engine's own C code: JSON.stringify calls toJSON calls JSON.stringify. */
const nested = {
    toJSON(): string {
        return JSON.stringify(nested);
    },
};
JSON.stringify(nested);
