/** The foot of the page: clock of the device, language and colours. Loaded after the first picture. */
import { el, setText } from './dom.js';
import { formatTime } from './format.js';
import { chooseTheme, currentTheme, type Theme, themes } from './preferences.js';
import type { Status } from './status.js';
import { chooseLanguage, currentLanguage, type Language, languages, t, word } from './text.js';
import { zoneName } from './zone.js';

/** What stands in it. */
export class Foot {
    readonly #clock = el('span', { class: 'clock' });
    readonly elements: readonly HTMLElement[];

    /** onLanguage: the page is to be made again. */
    constructor(onLanguage: () => void) {
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
        this.elements = [this.#clock, language, theme];
    }

    /** The clock; a device without one shows none. */
    show({ clock }: Status): void {
        const quality = clock === undefined || clock.quality === 'ntp' ? '' : ` (${word('clock', clock.quality)})`;
        setText(this.#clock, clock?.nowMs === undefined ? '' : `${t('deviceTime', { time: formatTime(clock.nowMs), zone: zoneName() })}${quality}`);
    }
}
