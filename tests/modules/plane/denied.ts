/**
 * Run by tests/native/script/capability_xs_test.c, machine by machine, with some capabilities withheld: posts every command,
 * opens every kind of address, reads rows and facts, and prints what came of it.
 */
import { commands, pushFields, rowFields } from 'ocellus/command';
import { errorNumbers } from 'ocellus/error';
import { Host } from 'ocellus/host';
import { deniedCapability, type Link, NativeLink } from 'ocellus/link';
import { nativeP2pLink } from 'ocellus/p2p-link';

const host = new Host();
const link: Link = new NativeLink();
const encoder = new TextEncoder();
const kinds = 320;

/** Addresses, as capability_xs_test.c expects them. */
const addresses = [
    'rtsp://192.0.2.1/',
    'RTSP://192.0.2.1/',
    'https://192.0.2.1/a.m3u8',
    'srt://192.0.2.1:1',
    'x:y',
    'file:///etc/passwd',
    '/etc/passwd',
    'replay:/etc/passwd',
    'ffmpeg:/etc/passwd',
    '/data/../etc/passwd',
    '/data/$OCELLUS_X',
    '/dataset/a.mp4',
    'relative.mp4',
    '/data/recordings/a.mp4',
    'file:///data/a.mp4',
    '/usr/share/clip.mp4',
    'fake:?seed=1',
    'test',
    'test:?size=1x1',
    '/dev/video0',
    'v4l2:/dev/video1',
    'push:cam',
    'camera:',
];

/** A list of one channel, as oc_desired_record.h has it; posted from byte `from` on. */
function list(url: string, subUrl = '', from = 0): number {
    const bytes = new Uint8Array(200 + 1916);
    new DataView(bytes.buffer).setUint32(196, 1, true);
    bytes.set(encoder.encode('cam'), 200);
    bytes.set(encoder.encode(url), 200 + 32);
    bytes.set(encoder.encode(subUrl), 200 + 544);
    return link.post(commands.DESIRED, 0, from, bytes.length, bytes.subarray(from));
}

/** 0: refused as DENIED; 1: not, though it may fail for another reason (a queue that is full). */
function shown(code: number): string {
    return code === errorNumbers.DENIED ? '0' : '1';
}

const viewers = Array.from({ length: kinds }, (_, kind) => shown(nativeP2pLink.post(kind, 0, 0, 0, 0, 0, undefined)));
host.print(`viewers ${viewers.join('')}`);
host.print(`posts ${Array.from({ length: kinds }, (_, kind) => shown(link.post(kind, 0, 0, 0, undefined))).join('')}`);
host.print(`lists ${addresses.map((url) => shown(list(url))).join('')}`);
host.print(`parts ${[0, 200, 199, 201, 240].map((from) => shown(list('test', '', from))).join('')}`);
host.print(
    `subs ${['640x360', '640x360@100000', 'rtsp://192.0.2.1/', '/etc/passwd'].map((sub) => shown(list('test', sub))).join('')}`,
);
const stores = ['users', 'users\n{}', 'usersx', 'user', 'settings'];
host.print(
    `stores ${stores.map((text) => shown(link.post(commands.STORE_READ, 0, 0, 0, encoder.encode(text)))).join('')}`,
);
const words = new ArrayBuffer(rowFields.length * 4);
host.print(`row ${link.readRow(0, words)} "${link.readName(0)}"`);
const push = new ArrayBuffer(pushFields.length * 4);
host.print(
    `push ${link.pushesMax()} ${link.readPush(15, push)} ${new Uint32Array(push)[0]} "${link.readPushWhy(15)}" ${link.readPush(16, push)}`,
);
host.print(`denied ${link.post(commands.EXIT, 0, 0, 0, undefined) === errorNumbers.DENIED ? deniedCapability() : '-'}`);
const { options, settings, stored, capabilities, apiLevel } = host.facts;
host.print(
    `facts ${options.length} ${settings?.text ?? '-'} ${stored?.text ?? '-'} ${apiLevel} ${capabilities.join('+')}`,
);
