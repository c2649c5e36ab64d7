/** `console` and `trace`: one line per call to the host's log, and to a debugger that is connected. */

function show(value: unknown): string {
    if (typeof value === 'string') {
        return value;
    }
    if (value instanceof Error) {
        return value.stack ?? `${value.name}: ${value.message}`;
    }
    if (typeof value === 'object' && value !== null) {
        try {
            return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item));
        } catch {
            return Object.prototype.toString.call(value); // a cycle
        }
    }
    return typeof value === 'bigint' ? `${value}n` : String(value);
}

function nativePrint(level: number, text: string): void {
    native<(level: number, text: string) => void>('xs_console_print').call(undefined, level, text);
}

function print(level: number, values: unknown[]): void {
    nativePrint(level, values.map(show).join(' '));
}

/** Levels are oc_machine_log_t. Objects are shown as JSON, errors with their stack. */
export const console = Object.freeze({
    error: (...values: unknown[]) => print(0, values),
    warn: (...values: unknown[]) => print(1, values),
    info: (...values: unknown[]) => print(2, values),
    log: (...values: unknown[]) => print(2, values),
    debug: (...values: unknown[]) => print(3, values),
});

/** What programs for the Moddable SDK call: the values without blanks between them, at level debug. */
export function trace(...values: unknown[]): void {
    nativePrint(3, values.map(show).join('').replace(/\n$/, ''));
}
