/** What the frame of the page shows after the first picture: switches in the head, banners, and in the foot clock, language and colours. */
import { DiskBanner } from './disk-banner.js';
import { el, setText } from './dom.js';
import { formatTime } from './format.js';
import { ModeSwitch } from './mode.js';
import { MovedBanner } from './moved-banner.js';
import { chooseTheme, currentTheme, type Theme, themes } from './preferences.js';
import { PrivacyBanner, PrivacySwitch } from './privacy.js';
import { mayEverywhere } from './rights.js';
import type { Status } from './status.js';
import { chooseLanguage, currentLanguage, type Language, languages, t, word } from './text.js';
import { zoneName } from './zone.js';

/** Elements for three places of the frame. */
export class FrameLater {
    readonly #clock = el('span', { class: 'clock' });
    readonly #mode: ModeSwitch;
    readonly #privacy: PrivacySwitch;
    readonly #privacyBanner = new PrivacyBanner();
    readonly #diskBanner = new DiskBanner();
    readonly #movedBanner = new MovedBanner();
    readonly head: readonly HTMLElement[];
    readonly banners: readonly HTMLElement[] = [this.#movedBanner.element, this.#diskBanner.element, this.#privacyBanner.element];
    readonly foot: readonly HTMLElement[];

    /** onChange: a switch was used; problem: empty, or what the device said. onLanguage: the page is to be made again. */
    constructor(onChange: (problem: string) => void, onLanguage: () => void) {
        this.#mode = new ModeSwitch(onChange);
        this.#privacy = new PrivacySwitch(onChange);
        this.head = [this.#mode.element, this.#privacy.element];
        const language = el(
            'select',
            { 'aria-label': t('language'), change: () => void chooseLanguage(language.value as Language).then(onLanguage) },
            ...languages.map(([tag, name]) => el('option', { value: tag, lang: tag, selected: tag === currentLanguage() }, name)),
        );
        const theme = el(
            'select',
            { 'aria-label': t('theme'), change: () => chooseTheme(theme.value as Theme) },
            ...themes.map((name) => el('option', { value: name, selected: name === currentTheme() }, word('theme', name))),
        );
        this.foot = [this.#clock, language, theme];
    }

    /** What this person may do is known, or another. */
    setRights(): void {
        this.#privacy.allow(mayEverywhere('privacy'));
    }

    /** missing: answers of the device in a row that did not come; 0: it answers. */
    setMissing(missing: number): void {
        this.#movedBanner.show(missing);
    }

    show(status: Status): void {
        this.#mode.show(status);
        this.#privacy.show(status);
        this.#privacyBanner.show(status);
        this.#diskBanner.show(status);
        const { clock } = status;
        const quality = clock === undefined || clock.quality === 'ntp' ? '' : ` (${word('clock', clock.quality)})`;
        setText(this.#clock, clock?.nowMs === undefined ? '' : `${t('deviceTime', { time: formatTime(clock.nowMs), zone: zoneName() })}${quality}`);
    }
}
