/** Beside the picture of a channel: its state, its newest recordings, what can be done with it. Loaded after the first picture. */
import { AddCamera, CameraActions } from './camera/actions.js';
import { RecordModes } from './camera/recording-words.js';
import { ChartsPart } from './charts-part.js';
import { el } from './dom.js';
import { panel } from './parts.js';
import type { Picture } from './picture.js';
import { RecordingList } from './recordings.js';
import { may } from './rights.js';
import { recordingsHash } from './recording-route.js';
import { StateTable } from './state.js';
import type { Channel, Status } from './status.js';
import { TalkButton } from './talk/talk-button.js';
import { t } from './text.js';
import type { Context } from './view.js';

/** Recordings beside the picture. */
const NEWEST = 8;

/** Two panels, the button of a talk for the bar below the picture, and the buttons of the camera. */
export class ChannelSide {
    readonly talk = new TalkButton();
    readonly actions: CameraActions;
    readonly add: AddCamera;
    readonly #canTalk = !this.talk.element.hidden;
    readonly #modes: RecordModes;
    readonly #charts: ChartsPart;
    readonly #state = new StateTable();
    readonly #recordings = new RecordingList(NEWEST);
    readonly #all = el('a', { class: 'button more' }, t('allRecordings'));
    readonly #past = panel(t('recordings'), this.#recordings.element, this.#all);
    readonly elements: readonly HTMLElement[] = [panel(t('state'), this.#state.element), this.#past];

    /** onChange: what is said of its recording is another. chartsButton, chartsPlace: as of `ChartsPart`. */
    constructor(context: Context, onChange: () => void, chartsButton: HTMLButtonElement, chartsPlace: HTMLElement) {
        this.#modes = new RecordModes(onChange);
        this.actions = new CameraActions(context, () => void this.#modes.refresh(true));
        this.add = new AddCamera(context);
        this.#charts = new ChartsPart(context, chartsButton, chartsPlace);
    }

    /** channel: undefined while there is none. */
    show(status: Status, channel: Channel | undefined, picture: Picture): void {
        this.#state.show(status, channel, picture, channel && this.#modes.of(channel.name));
        this.actions.update(channel);
        this.add.update();
        this.#charts.show(channel);
        this.talk.element.hidden = !this.#canTalk || channel === undefined || !may('talk', channel.name);
        this.#all.hidden = channel === undefined;
        const looks = channel !== undefined && may('look', channel.name);
        this.#past.hidden = channel !== undefined && !looks;
        if (looks) {
            this.#all.setAttribute('href', recordingsHash(channel.name));
            void this.#recordings.refresh(channel.name);
        }
        if (channel !== undefined) {
            void this.#modes.refresh();
        }
    }

    close(): void {
        this.talk.close();
        this.#charts.close();
    }
}
