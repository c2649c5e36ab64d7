/** Beside the picture of a channel: its state, and its newest recordings. Loaded after the first picture. */
import { el } from './dom.js';
import { panel } from './parts.js';
import type { Picture } from './picture.js';
import { RecordingList } from './recordings.js';
import { recordingsHash } from './route.js';
import { StateTable } from './state.js';
import type { Channel, Status } from './status.js';
import { TalkButton } from './talk/talk-button.js';
import { t } from './text.js';

/** Recordings beside the picture. */
const NEWEST = 8;

/** Two panels, and the button of a talk for the bar below the picture. */
export class ChannelSide {
    readonly talk = new TalkButton();
    readonly #state = new StateTable();
    readonly #recordings = new RecordingList(NEWEST);
    readonly #all = el('a', { class: 'button more' }, t('allRecordings'));
    readonly elements: readonly HTMLElement[] = [panel(t('state'), this.#state.element), panel(t('recordings'), this.#recordings.element, this.#all)];

    /** channel: undefined while there is none. */
    show(status: Status, channel: Channel | undefined, picture: Picture): void {
        this.#state.show(status, channel, picture);
        this.#all.hidden = channel === undefined;
        if (channel !== undefined) {
            this.#all.setAttribute('href', recordingsHash(channel.name));
            void this.#recordings.refresh(channel.name);
        }
    }

    close(): void {
        this.talk.close();
    }
}
