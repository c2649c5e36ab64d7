/** Names of channels that were given none, and titles, which are for people. */

/** Characters of a name. */
const nameMax = 31;

/** The base name of a path, made fit for a channel; '' when nothing of it is, or the address is no path. */
function fitName(input: string): string {
    const scheme = /^([a-z][a-z0-9+.-]*):/.exec(input)?.[1];
    if (scheme !== undefined && !['replay', 'file', 'push', 'ffmpeg', 'v4l2', 'test'].includes(scheme)) {
        return '';
    }
    const path = scheme === undefined ? input : scheme === 'test' ? scheme : input.slice(scheme.length + 1);
    const base = (path.split(/[?#]/)[0] ?? '').split('/').pop() ?? ''; // what follows ? may be a secret
    return pathOf(base.replace(/\.[A-Za-z0-9]{1,5}$/, ''));
}

/** In small letters, the rest as hyphens; '': nothing is left. */
function pathOf(text: string): string {
    return text
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+/, '')
        .slice(0, nameMax)
        .replace(/-+$/, '');
}

/** The name of a new channel out of its title, another than those taken; undefined: no ASCII letter or digit is in it. */
export function nameFromTitle(title: string, taken: ReadonlySet<unknown>): string | undefined {
    const plain = title.normalize('NFD').replace(/[\u0300-\u036f]/g, ''); // without accents
    const path = pathOf(plain.replace(/ß/g, 'ss'));
    let made = path;
    for (let number = 2; taken.has(made); number++) {
        made = `${path.slice(0, nameMax - 1 - String(number).length).replace(/-+$/, '')}-${number}`;
    }
    return path === '' ? undefined : made;
}

/** What people call a channel of this title and name. */
export function shownTitle(title: string | undefined, name: string): string {
    return title === undefined || title === '' ? name : title;
}

/** Channels of the settings, for `titleOf`. */
export type Titles = readonly { readonly name: string; readonly title: string }[];

/** The title of a channel; the name of one without, and of one that the settings do not have any more. */
export function titleOf(channels: Titles, name: string): string {
    return shownTitle(channels.find((channel) => channel.name === name)?.title, name);
}

/**
 * A name for each input: the given one, else the file's base name, else `cam1`, `cam2` and so on. A name made here
 * never equals another one; given names are kept as they are.
 */
export function nameInputs(inputs: readonly { readonly name: string | undefined; readonly input: string }[]): string[] {
    const taken = new Set(inputs.map(({ name }) => name).filter((name) => name !== undefined));
    return inputs.map(({ name, input }, index) => {
        if (name !== undefined) {
            return name;
        }
        let made = fitName(input);
        for (let number = index + 1; made === '' || taken.has(made); number++) {
            made = `cam${number}`;
        }
        taken.add(made);
        return made;
    });
}
