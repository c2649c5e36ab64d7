/** Talk: where a viewer's voice is played, or why it is not. Loaded with the first talk. Pure. */
import type { Values } from 'ocellus/app/config/settings-entry';
import type { settingsTable } from 'ocellus/app/config/settings-table';
import { checkKeys } from 'ocellus/app/p2p/choose';
import { talkCodecs } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import type { Params, Voice } from 'ocellus/p2p';

/** Complete and checked. */
export type TalkSettings = Values<typeof settingsTable.talk>;

/** What `action=voice` gets. `hidden`: privacy mode is on. Throws with the reason that the viewer reads. */
export function voiceOf(params: Params, { output, volume }: TalkSettings, hidden: boolean): Voice {
    checkKeys(params, ['action', 'codec']);
    const given = params.query.get('codec');
    const codec = talkCodecs.find((name) => name === given);
    if (codec === undefined) {
        const named = given === undefined ? 'codec is missing' : `codec=${given.slice(0, 40)} is not decoded here`;
        throw new OcellusError('NOTSUP', `${named}: ${talkCodecs.join(' or ')}`);
    }
    if (hidden) {
        throw new OcellusError('PRIVATE', 'privacy mode is on');
    }
    if (output === 'none') {
        throw new OcellusError('NOTSUP', 'talk is disabled: set talk.output to auto');
    }
    return { kind: 'voice', codec, output, volume };
}
