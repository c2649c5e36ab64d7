/** The board beneath the script: media plane and application partitions. Used by main.ts only. */

/** Starts the media plane. Throws when the board cannot (no PSRAM). */
export function start(this: void): void {
    native<() => void>('xs_esp32_start').call(undefined);
}

/** Maps the application of partition appA, else of appB; returns its name. Throws with both reasons. */
export function mapApplication(this: void): string {
    return native<() => string>('xs_esp32_map').call(undefined);
}

/** The application runs: this firmware is no longer on trial. */
export function healthy(this: void): void {
    native<() => void>('xs_esp32_healthy').call(undefined);
}

/** Says why the application cannot start or go on, and restarts the board. */
export function ended(this: void, why: string): never {
    return native<(why: string) => never>('xs_esp32_ended').call(undefined, why);
}
