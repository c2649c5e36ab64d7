/** A channel's label for the application. */
import { OcellusError } from 'ocellus/error';
import type { P2pLink } from 'ocellus/p2p-link';
import type { Params } from 'ocellus/p2p-types';

/** `FORMAT` with what is wrong. */
export function parseParams(link: P2pLink, label: string): Params {
    const parts = link.parseLabel(new TextEncoder().encode(label));
    if (typeof parts === 'string') {
        throw new OcellusError('FORMAT', `label: ${parts}`);
    }
    const [name = '', ...words] = parts.map((part) => new TextDecoder().decode(part));
    const query = new Map<string, string>();
    for (let index = 0; index + 1 < words.length; index += 2) {
        query.set(words[index] ?? '', words[index + 1] ?? '');
    }
    return { action: query.get('action') ?? '', name, query };
}
