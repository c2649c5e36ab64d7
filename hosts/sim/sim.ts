/** The program around a display: its state, its channels, its buttons. In the SDK's own machine, never in an application. */

/** How the program stands. */
export interface Status {
    /** False: it has ended. */
    readonly running: boolean;
    /** Exit code; 0 while it runs. */
    readonly code: number;
    /** Why it ended, one line; '': nothing to say. */
    readonly message: string;
    /** Of the viewer page; '': it does not listen yet. */
    readonly url: string;
    /** Scripts that ended before the running one. */
    readonly restarts: number;
    /** Why nothing is captured (oc_privacy_t bits, words in `reasons`); 0: privacy mode is off. */
    readonly privacy: number;
    /** A source is open, or may be. */
    readonly sensorOn: boolean;
    /** Somebody watches live. */
    readonly watching: boolean;
}

/** Of a channel, by the number of oc_stream_state_t. */
export const states = Object.freeze(['free', 'opening', 'running', 'lost', 'ended', 'closing', 'silent'] as const);

/** Reasons of privacy mode, by bit. */
export const reasons = Object.freeze(['command', 'schedule', 'switch'] as const);

/** One open channel; rates are those of docs/design/rows.md. */
export interface Channel {
    readonly name: string;
    /** Index into `states`. */
    readonly state: number;
    /** Pixels; 0: no picture yet. */
    readonly width: number;
    readonly height: number;
    /** Frames per 1000 s. */
    readonly fpsMilli: number;
    /** Bits per second. */
    readonly bitrate: number;
    readonly viewers: number;
    readonly recording: boolean;
    /** The disk refuses. */
    readonly failing: boolean;
    /** Packets that did not reach the ring. */
    readonly dropped: number;
    /** Packets that did not reach the disk. */
    readonly lost: number;
}

/** What the keys of the panel raise, by the number of oc_input_t; `linkage` has no key. */
export const inputs = Object.freeze(['motion', 'human', 'sound', 'doorbell', 'privacy'] as const);

/** Channels a program can have (OC_CHANNELS_MAX). */
export const channelsMax = 40;

/** The program of this process. */
export const sim = Object.freeze({
    /** Starts it; a running one stays. A failure is an end with code and message. */
    start(): void {
        native<() => void>('xs_sim_start').call(this);
    },
    /** Finishes recordings and ends it; waits up to 5 s. */
    stop(): void {
        native<() => void>('xs_sim_stop').call(this);
    },
    /** True: nothing is shown, a loader without a display runs this. */
    headless(): boolean {
        return native<() => boolean>('xs_sim_headless').call(this);
    },
    status(): Status {
        return native<() => Status>('xs_sim_status').call(this);
    },
    /** Undefined: no channel is open under this number. */
    channel(number: number): Channel | undefined {
        return native<(number: number) => Channel | undefined>('xs_sim_channel').call(this, number);
    },
    /**
     * Sets the level of an input (index into `inputs`). False: not taken, nothing runs or too much waits. The one of
     * privacy is kept for the next start all the same: it is a switch.
     */
    input(number: number, raised: boolean): boolean {
        return native<(number: number, raised: boolean) => boolean>('xs_sim_input').call(this, number, raised);
    },
});
