import { AccessPanel } from './access.js';
import eye from './eye.svg';
import { address, getStatus, type Answer, type Channel, type Status } from './api.js';
import { el, put, setText } from './dom.js';
import { Player, type PlayerState } from './player.js';
import { RecordingList } from './recordings.js';
import { channelOf, liveHash, parseRoute, type Route } from './route.js';
import { StateTable } from './state.js';
import { strings } from './strings.js';

/** How often the state and the list are read while the page is visible. */
const STATUS_MS = 2000;
const RECORDINGS_MS = 10000;

const device = el('span', { class: 'device' });
const pill = el('span', { class: 'status', role: 'status' }, strings.connecting);
const banner = el('div', { class: 'banner', role: 'status', hidden: true });
const tabs = el('nav', { 'aria-label': strings.channels });
const video = el('video', { id: 'picture', controls: true, playsinline: true, tabindex: '0' });
const noticeTitle = el('strong');
const noticeText = el('span');
const notice = el('div', { class: 'notice', role: 'status' }, noticeTitle, noticeText);
const tag = el('span', { class: 'tag', hidden: true }, strings.live);
const title = el('span', { class: 'title' });
const back = el('a', { class: 'button' }, strings.backToLive);
const sound = el('button', { type: 'button', click: () => (video.muted = !video.muted) });
const full = el('button', { type: 'button', click: () => void stage.requestFullscreen() }, strings.fullScreen);
const stage = el('div', { class: 'stage' }, video, tag, notice);
const state = new StateTable();
const recordings = new RecordingList();
const access = new AccessPanel(() => currentChannel()?.name);
const player = new Player(video, onPlayer);

let status: Status | undefined;
let route: Route = parseRoute(location.hash);
let lastList = 0;

function page(): void {
    const header = el('header', {}, el('img', { src: eye, alt: '' }), el('h1', {}, strings.product), device, pill);
    const bar = el('div', { class: 'bar' }, title, back, sound, full);
    const left = el('div', {}, tabs, stage, bar);
    const side = el(
        'div',
        { class: 'side' },
        el('section', { class: 'panel', 'aria-label': strings.state }, el('h2', {}, strings.state), state.element),
        el('section', { class: 'panel', 'aria-label': strings.recordings }, el('h2', {}, strings.recordings), recordings.element),
        access.element,
    );
    const root = document.querySelector('#app');
    if (root) {
        put(root, el('a', { class: 'skip', href: '#picture', click: skip }, strings.skip), header, el('main', {}, banner, left, side));
    }
    video.addEventListener('volumechange', showSound);
    showSound();
}

/** The address belongs to the route, so the link to the picture moves the focus by itself. */
function skip(event: Event): void {
    event.preventDefault();
    video.focus();
}

function showSound(): void {
    sound.setAttribute('aria-pressed', String(!video.muted));
    setText(sound, video.muted ? strings.soundOn : strings.soundOff);
}

function showNotice(heading: string, text = ''): void {
    setText(noticeTitle, heading);
    setText(noticeText, text);
    notice.hidden = heading === '';
}

function onPlayer(now: PlayerState): void {
    const live = route.kind === 'live';
    tag.hidden = !(live && now === 'playing');
    switch (now) {
        case 'starting':
            showNotice(strings.pictureStarting);
            break;
        case 'playing':
            showNotice('');
            break;
        case 'failed':
            showNotice(live ? strings.pictureFailed : strings.recordingFailed);
            break;
        case 'unsupported':
            showNotice(strings.unsupported);
            break;
        default: {
            const never: never = now;
            throw new Error(`unknown state ${String(never)}`);
        }
    }
}

/** The channel the page is about: the one in the address, or the first. */
function currentChannel(): Channel | undefined {
    const name = route.kind === 'recording' ? channelOf(route.path) : route.channel;
    return name === undefined ? status?.channels[0] : status?.channels.find((channel) => channel.name === name);
}

function showTabs(channels: readonly Channel[], current: Channel | undefined): void {
    const names = channels.map((channel) => channel.name);
    tabs.hidden = names.length < 2;
    if (names.join('\n') !== tabs.dataset['names']) {
        tabs.dataset['names'] = names.join('\n');
        put(tabs, ...names.map((name) => el('a', { href: liveHash(name) }, name)));
    }
    tabs.querySelectorAll('a').forEach((link, index) => {
        if (names[index] === current?.name) {
            link.setAttribute('aria-current', 'true');
        } else {
            link.removeAttribute('aria-current');
        }
    });
}

/** Makes the player play what the address says. */
function showRoute(): void {
    const channel = currentChannel();
    back.hidden = route.kind === 'live';
    recordings.setCurrent(route.kind === 'recording' ? route.path : '');
    if (route.kind === 'recording') {
        setText(title, decodeURI(route.path.split('/').at(-1) ?? ''));
        back.setAttribute('href', liveHash(channelOf(route.path)));
        player.playFile(address(route.path));
        return;
    }
    if (status === undefined) {
        return;
    }
    setText(title, channel?.name ?? '');
    if (channel) {
        player.playLive(address(channel.playlist));
        return;
    }
    player.stop();
    tag.hidden = true;
    if (route.channel !== undefined && status.channels.length > 0) {
        showNotice(strings.noChannel(route.channel));
    } else {
        showNotice(strings.noChannels, strings.noChannelsText);
    }
}

function onRoute(): void {
    const before = currentChannel();
    route = parseRoute(location.hash);
    onPlayer('starting');
    showRoute();
    showStatus();
    if (currentChannel() !== before) {
        lastList = 0;
        void refreshList();
    }
}

function showStatus(): void {
    if (status === undefined) {
        return;
    }
    const channel = currentChannel();
    setText(device, status.name === '' ? '' : status.name);
    showTabs(status.channels, channel);
    state.show(status, channel, route.kind === 'live' ? player.delay : undefined);
}

async function refreshList(): Promise<void> {
    const channel = currentChannel();
    if (channel && Date.now() - lastList >= RECORDINGS_MS) {
        lastList = Date.now();
        await recordings.refresh(channel.name);
    }
}

function showConnection(answer: Answer<Status>): void {
    const texts = {
        ok: [strings.online, '', 'online'],
        restarting: [strings.restarting, strings.restartingText, 'restarting'],
        offline: [strings.offline, strings.offlineText, 'offline'],
    } as const;
    const [short, long, name] = texts[answer.kind];
    setText(pill, short);
    pill.dataset['state'] = name;
    setText(banner, long);
    banner.dataset['state'] = name;
    banner.hidden = long === '';
}

async function poll(): Promise<void> {
    if (!document.hidden) {
        const answer = await getStatus();
        showConnection(answer);
        if (answer.kind === 'ok') {
            status = answer.value;
            showRoute();
            showStatus();
            await refreshList();
        } else if (status === undefined && answer.kind === 'offline') {
            showNotice(strings.offline, strings.offlineText);
        }
    }
    setTimeout(() => void poll(), STATUS_MS);
}

page();
onPlayer('starting');
showRoute();
addEventListener('hashchange', onRoute);
document.addEventListener('visibilitychange', () => {
    if (!document.hidden) {
        player.toEdge();
    }
});
void poll();
void access.refresh();
