/** What home, away and night change. */
import { send } from './api.js';
import { el, put } from './dom.js';
import { list, record, text } from './json.js';
import { t, word } from './text.js';

const sets = ['home', 'away', 'night'] as const;
const onOff = ['same', 'on', 'off'] as const;
const recordings = ['same', 'continuous', 'scheduled', 'event', 'scheduled-event', 'never'] as const;

function choice(words: readonly string[], value: unknown, label: string): HTMLSelectElement {
    return el('select', { 'aria-label': label }, ...words.map((name) => el('option', { value: name, selected: name === (text(value) ?? 'same') }, word('same', name))));
}

/** One set: two choices of the device, a line for each camera. cameras: their names, with what people call them. */
function setForm(name: (typeof sets)[number], given: unknown, cameras: readonly (readonly [name: string, title: string])[]): HTMLElement {
    const set = record(given);
    const note = el('p', { class: 'note', role: 'status' });
    const shown = word('mode', name);
    const privacy = choice(onOff, set['privacy'], `${shown}: ${t('modePrivacy')}`);
    const notify = choice(onOff, set['notify'], `${shown}: ${t('modeNotify')}`);
    const lines = cameras.map(([channel, title]) => {
        const own = list(set['cameras']).map(record).find((one) => one['channel'] === channel);
        const recording = choice(recordings, own?.['record'], `${shown}, ${title}: ${t('modeRecord')}`);
        const detect = choice(onOff, own?.['detect'], `${shown}, ${title}: ${t('modeDetect')}`);
        return { channel, recording, detect, element: el('tr', {}, el('th', { scope: 'row' }, title), el('td', { 'data-label': t('modeRecord') }, recording), el('td', { 'data-label': t('modeDetect') }, detect)) };
    });
    const save = async (event: Event): Promise<void> => {
        event.preventDefault();
        put(note, t('saving'));
        const chosen = lines
            .map(({ channel, recording, detect }) => ({ channel, record: recording.value, detect: detect.value }))
            .filter((one) => one.record !== 'same' || one.detect !== 'same');
        const outcome = await send('PATCH', '/api/settings', { mode: { [name]: { privacy: privacy.value, notify: notify.value, cameras: chosen } } });
        note.classList.toggle('why', !outcome.ok);
        put(note, outcome.ok ? t('saved') : outcome.message || t('notDone'));
    };
    const head = el('tr', {}, el('th', { scope: 'col' }, t('modeCamera')), el('th', { scope: 'col' }, t('modeRecord')), el('th', { scope: 'col' }, t('modeDetect')));
    const table = lines.length === 0 ? el('p', { class: 'empty' }, t('modeNoCameras')) : el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, head), el('tbody', {}, ...lines.map(({ element }) => element))));
    return el(
        'details',
        {},
        el('summary', {}, el('strong', {}, shown)),
        el(
            'form',
            { class: 'fields', submit: (event: Event) => void save(event) },
            el('label', { class: 'line' }, el('span', {}, t('modePrivacy')), privacy),
            el('label', { class: 'line' }, el('span', {}, t('modeNotify')), notify),
            table,
            el('div', { class: 'bar' }, el('button', { type: 'submit', class: 'primary' }, t('save'))),
            note,
        ),
    );
}

/** The panel; undefined: the device knows no modes. tree: its settings. */
export function modesPanel(tree: Readonly<Record<string, unknown>>, channels: readonly Readonly<Record<string, unknown>>[]): HTMLElement | undefined {
    const mode = record(tree['mode']);
    if (text(mode['active']) === undefined) {
        return undefined;
    }
    const cameras = channels.map((channel): [string, string] => {
        const name = text(channel['name']) ?? '';
        return [name, text(channel['title']) || name];
    });
    const title = `${word('mode', 'home')}, ${word('mode', 'away')}, ${word('mode', 'night')}`;
    return el('section', { class: 'panel modes', 'aria-label': title }, el('h2', {}, title), el('p', { class: 'hint' }, t('modeText')), ...sets.map((name) => setForm(name, mode[name], cameras)));
}
