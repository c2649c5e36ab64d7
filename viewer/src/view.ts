import type { History } from './history.js';
import type { Route } from './route.js';
import type { Status } from './status.js';

/** What the whole page knows. */
export interface Context {
    /** The newest answer; undefined before the first. */
    readonly status: Status | undefined;
    readonly history: History;
    /** Who is logged in; empty: no login is needed here. */
    readonly user: string;
    /** Ends when the device has been asked what this person may do, with whatever answer. */
    readonly asked: Promise<void>;
    /** Reads the state at once: something was changed. */
    refresh(): void;
}

/** One room of the page. */
export interface View {
    readonly element: HTMLElement;
    /** For the title of the window. */
    readonly title: string;
    /** The address changed inside of the room. false: another view is needed. */
    show(route: Route): boolean;
    /** false: with the newest status another view is right, of all channels or of the only one. */
    readonly fits?: boolean;
    /** A new status came. */
    update(): void;
    /** The page is seen again after it was hidden. */
    onVisible?(): void;
    /** Where the link to the content leads. */
    focus?(): void;
    /** Lets go of everything. */
    close(): void;
}
