/** What is said across the page while the disk of the recordings is not well: what happened, since when, what to do. */
import { el, put } from './dom.js';
import { formatBytes, formatDate } from './format.js';
import { may } from './rights.js';
import type { Status } from './status.js';
import { type PlainKey, t } from './text.js';

/** What happened, and what to do. */
const texts: Readonly<Record<string, readonly [what: PlainKey, todo: PlainKey]>> = {
    low: ['diskLow', 'diskLowTodo'],
    full: ['diskFull', 'diskFullTodo'],
    blocked: ['diskBlocked', 'diskBlockedTodo'],
    failing: ['diskFailing', 'diskFailingTodo'],
    gone: ['diskGone', 'diskGoneTodo'],
};

/** One line; hidden while all is well. */
export class DiskBanner {
    readonly element = el('div', { class: 'banner', role: 'status', hidden: true });
    #shown = '';

    show({ disk }: Status): void {
        const found = disk && (Object.hasOwn(texts, disk.state) ? texts[disk.state] : undefined);
        const state = JSON.stringify(found && [disk?.state, disk?.sinceMs, disk?.failing]);
        if (state === this.#shown) {
            return; // free bytes move all the time: nobody wants to hear of it each time
        }
        this.#shown = state;
        this.element.hidden = found === undefined;
        if (disk === undefined || found === undefined) {
            put(this.element);
            return;
        }
        const [what, todo] = found;
        const { free, total, failing, sinceMs } = disk;
        const words = [
            t(what),
            total > 0 && ['low', 'full', 'blocked'].includes(disk.state) ? t('diskRoom', { free: formatBytes(free), total: formatBytes(total) }) : '',
            failing.length > 0 ? t('diskChannels', { names: failing.join(', ') }) : '',
            sinceMs === undefined ? '' : t('diskSince', { time: formatDate(sinceMs) }),
            t(todo),
        ];
        this.element.setAttribute('role', disk.state === 'low' ? 'status' : 'alert');
        put(this.element, `${words.filter(Boolean).join(' ')} `, may('look') ? el('a', { href: '#/recordings' }, t('recordings')) : undefined);
    }
}
