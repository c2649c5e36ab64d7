/** Names of channels that were given none. */

/** The base name of a path, made fit for a channel; '' when nothing of it is, or the address is no path. */
function fitName(input: string): string {
    const scheme = /^([a-z][a-z0-9+.-]*):/.exec(input)?.[1];
    if (scheme !== undefined && !['replay', 'file', 'push', 'ffmpeg', 'v4l2', 'test'].includes(scheme)) {
        return '';
    }
    const path = scheme === undefined ? input : scheme === 'test' ? scheme : input.slice(scheme.length + 1);
    const base = (path.split(/[?#]/)[0] ?? '').split('/').pop() ?? ''; // what follows ? may be a secret
    return base
        .replace(/\.[A-Za-z0-9]{1,5}$/, '')
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '')
        .slice(0, 31)
        .replace(/-+$/, '');
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
