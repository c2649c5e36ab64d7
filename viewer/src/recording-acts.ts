/** What can be done with a recording: keep it, delete it. All its buttons are made here. */
import { type Recording, send } from './api.js';
import { confirmBox } from './confirm.js';
import { type DayEvent, find, parseEventPage, readStorage } from './day/data.js';
import { sign } from './day/icons.js';
import { kindText } from './day/kinds.js';
import { el, put, setText } from './dom.js';
import { formatBytes, formatDate, formatDuration } from './format.js';
import { recordingTitle } from './recording-title.js';
import type { RowActs } from './recordings.js';
import { may } from './rights.js';
import { t } from './text.js';

/** Kind of the events that only say "keep this recording". */
export const keptKind = 'kept';
/** An event keeps what follows it for so long (docs/design/recordings-index.md). */
const behindMs = 10_000;
/** An hour, the longest pre-roll: for a device that does not say. */
const leadMaxMs = 3_600_000;
/** Events of one answer. */
const pageMax = 200;

/** Events that keep a recording of this span; undefined: the device did not say. */
export async function keepersOf(channel: string, from: number, to: number): Promise<readonly DayEvent[] | undefined> {
    const storage = await readStorage();
    const seconds = storage.kind === 'ok' ? storage.value.policy['leadSeconds'] : undefined;
    const leadMs = typeof seconds === 'number' ? seconds * 1000 : leadMaxMs;
    const keepers: DayEvent[] = [];
    let after: string | undefined;
    do {
        const query = { channel, from: Math.max(Math.round(from - behindMs), 1), to: Math.round(to + leadMs), order: 'newest', limit: pageMax, after };
        const answer = await find('/api/event-log', query, parseEventPage);
        if (answer.kind !== 'ok') {
            return undefined;
        }
        keepers.push(...answer.value.events.filter((event) => event.isProtected && event.channel === channel));
        after = answer.value.next;
    } while (after !== undefined);
    return keepers;
}

/** "Motion, Nov 24, 2026, 2:05:11 PM; …" */
export function keeperText(keepers: readonly DayEvent[]): string {
    return keepers.map(({ kind, start }) => `${kindText(kind)}, ${formatDate(start)}`).join('; ');
}

/** Keeps a recording: an event in its middle, so that its neighbours are not kept as well. What went wrong; empty: nothing. */
async function keep({ channel, startMs = 0, endMs = startMs }: Recording): Promise<string> {
    const middle = new Date((startMs + endMs) / 2).toISOString();
    const outcome = await send('POST', '/api/events', { kind: keptKind, channel, protected: true, start: middle, end: middle });
    return outcome.ok ? '' : outcome.message || t('notDone');
}

/** Those events keep nothing any more; one that was there for that alone goes. What went wrong; empty: nothing. */
async function release(keepers: readonly DayEvent[]): Promise<string> {
    for (const { id, kind } of keepers) {
        const outcome = await send('PATCH', `/api/event-log/${id}`, { protected: false });
        if (!outcome.ok && outcome.status !== 404) {
            return outcome.message || t('notDone');
        }
        if (outcome.ok && kind === keptKind) {
            await send('DELETE', `/api/event-log/${id}`);
        }
    }
    return '';
}

/** What goes, in one line. */
function goes(recording: Recording): string {
    const { startMs, endMs, bytes } = recording;
    const length = startMs !== undefined && endMs !== undefined ? formatDuration(endMs - startMs) : '';
    return t('recordingDeleteSure', { name: recordingTitle(recording), what: [length, formatBytes(bytes)].filter(Boolean).join(', ') });
}

/** Buttons of a row. onChange: something is kept now, or no longer, or gone. */
export function recordingActs(onChange: () => void): RowActs {
    return (recording) => {
        const name = recordingTitle(recording);
        const { channel, path, open, startMs, endMs } = recording;
        let kept = recording.isProtected === true;
        const said = el('p', { class: 'note why', role: 'alert', hidden: true });
        const say = (text: string): void => {
            setText(said, text);
            said.hidden = text === '';
        };
        const row = (): HTMLElement | null => said.closest('li');
        /** Asks below the row; the focus goes back to the button. */
        const ask = (button: HTMLElement, text: string, yes: string, really: (close: () => void) => Promise<void>): void => {
            row()?.querySelector('.confirm')?.remove();
            const close = (): void => {
                box.remove();
                button.focus();
            };
            const box = confirmBox(text, yes, () => void really(close), close);
            row()?.append(box);
            box.querySelector<HTMLElement>('button:last-child')?.focus();
        };
        const keepers = (): Promise<readonly DayEvent[] | undefined> => keepersOf(channel, startMs ?? 0, endMs ?? Date.now());

        const lock = el('button', { type: 'button', class: 'act lock', 'aria-label': t('protectOf', { name }) });
        const show = (): void => {
            lock.setAttribute('aria-pressed', String(kept));
            lock.title = t(kept ? 'unprotect' : 'protect');
            put(lock, sign(kept ? 'kept' : 'free'));
        };
        const done = (problem: string, now: boolean): void => {
            say(problem);
            kept = problem === '' ? now : kept;
            show();
            onChange();
        };
        const toggle = async (): Promise<void> => {
            say('');
            if (!kept) {
                done(await keep(recording), true);
                return;
            }
            const found = await keepers();
            if (found === undefined || found.length === 0) {
                say(t(found === undefined ? 'eventsFailed' : 'keepersNone'));
            } else if (found.every(({ kind }) => kind === keptKind)) {
                done(await release(found), false);
            } else {
                ask(lock, t('releaseSure', { events: keeperText(found) }), t('releaseYes'), async (close) => {
                    const problem = await release(found);
                    close();
                    done(problem, false);
                });
            }
        };
        lock.addEventListener('click', async () => {
            lock.disabled = true;
            await toggle();
            lock.disabled = false;
        });
        show();

        const remove = el('button', { type: 'button', class: 'act', title: t('delete'), 'aria-label': t('deleteOf', { name }) }, '×');
        remove.addEventListener('click', async () => {
            say('');
            if (kept) {
                const found = await keepers();
                say(found === undefined || found.length === 0 ? t('deleteProtected') : t('deleteKept', { events: keeperText(found) }));
                return;
            }
            ask(remove, goes(recording), t('deleteYes'), async (close) => {
                const outcome = await send('DELETE', `/api${path}`);
                if (outcome.ok || outcome.status === 404) {
                    row()?.remove(); // somebody else may have been faster
                } else {
                    close();
                    say(outcome.status === 409 ? t('deleteProtected') : outcome.message || t('notDone'));
                }
                onChange();
            });
        });
        // without a date nothing says which events keep it; what is written now cannot be deleted
        const canKeep = startMs !== undefined && recording.isProtected !== undefined && may('change');
        const buttons = [canKeep ? lock : undefined, open || !may('delete', channel) ? undefined : remove];
        return [...buttons.filter((button) => button !== undefined), said];
    };
}
