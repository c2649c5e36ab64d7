/**
 * Kinds of events of the program: one entry each. Made of it (tools/protocol): the kinds in C (native/base/oc_event_kind.h),
 * those of the program in TypeScript (native/script/command.ts), the texts of the page, docs/design/event-kinds.md.
 */

/** One kind; its key is the word in the log of events and in the API: at most 23 characters. */
export interface EventKind {
    /** The media plane and its host; an input of the device; the application that ships with it; a person by the page. */
    readonly by: 'plane' | 'input' | 'app' | 'person';
    /** Of the mask, 1 to 32; left out: none. */
    readonly bit?: number;
    /** It begins and ends; left out: a moment, or, of an input, as long as that is raised. */
    readonly lasts?: true;
    /** On the page, in English and in Chinese. */
    readonly page: readonly [en: string, zhCN: string];
    /** Sentences in Markdown. */
    readonly meaning: string;
    /** What `code` says; left out: 0, of an input its level. */
    readonly code?: string;
    /** What `path` names; left out: ''. */
    readonly path?: string;
    /** What `text` says; left out: ''. */
    readonly text?: string;
    /** Names in its data. */
    readonly data?: string;
}

/** By topic, as they are listed. */
export const eventKinds: Readonly<Record<string, EventKind>> = {
    // channels and their sources
    'channel-opened': { by: 'plane', page: ['camera connected', '摄像机已连接'],
        meaning: 'The source of a channel is open.' },
    'channel-closed': { by: 'plane', page: ['camera disconnected', '摄像机已断开'],
        meaning: 'A channel is closed.', text: 'why, when nobody asked for it' },
    'channel-failed': { by: 'plane', page: ['camera could not be opened', '摄像机无法打开'],
        meaning: 'The source of a channel could not be opened.', code: 'why', text: 'why' },
    'sub-opened': { by: 'plane', page: ['small stream opened', '子码流已打开'],
        meaning: 'The sub stream of a channel is open.' },
    'sub-failed': { by: 'plane', page: ['small stream failed', '子码流失败'],
        meaning: 'The sub stream could not be opened; it is tried again.', code: 'why', text: 'why' },
    'sub-closed': { by: 'plane', page: ['small stream closed', '子码流已关闭'],
        meaning: 'The sub stream is closed.' },
    'source-absent': { by: 'plane', page: ['camera cannot be reached', '无法连接摄像机'],
        meaning: 'The source has not been there since the channel was opened; `channel-opened` follows.', code: 'why', text: 'why; again while it lasts when the reason is a new one, and once an hour' },
    'source-lost': { by: 'plane', page: ['camera signal lost', '摄像机信号丢失'],
        meaning: 'The source was there and is lost; it is tried again.', code: 'why', text: 'why; again while it lasts when the reason is a new one, and once an hour' },
    'source-silent': { by: 'plane', page: ['nothing comes from the camera', '摄像机没有画面传来'],
        meaning: 'The source should deliver and does not.', code: '`SILENT`', text: 'for how long' },
    'source-resumed': { by: 'plane', page: ['camera signal restored', '摄像机信号恢复'],
        meaning: 'The source delivers again.', text: 'how long nothing came, `after 3.2 s`, with `, 4 failures` where it failed again' },
    'source-ended': { by: 'plane', page: ['video source ended', '视频源结束'],
        meaning: 'The source is at its end.' },
    'track-omitted': { by: 'plane', page: ['part of the stream cannot be played', '码流的一部分无法播放'],
        meaning: 'A track of the source is not carried.', code: '`NOTSUP`', text: '`audio ac-3 is not carried`' },
    'video-missing': { by: 'plane', page: ['no video; sound continues', '没有画面，仅继续声音'],
        meaning: 'Video was announced, and none came in 5 s: the sound goes on alone.', code: '`TIMEOUT`', text: 'since when' },
    'video-came': { by: 'plane', page: ['video restored', '画面已恢复'],
        meaning: 'Video came after `video-missing`.' },
    'packets-lost': { by: 'plane', page: ['video or sound was lost', '部分视频或声音丢失'],
        meaning: 'Packets did not reach the ring; at most every 10 s and when the stream closes.', code: '`BUSY`', text: 'how many, by [cause](api.md#losses)' },
    'gop-too-big': { by: 'plane', page: ['too much video between two key frames', '两个关键帧之间的视频过大'],
        meaning: 'The rest of a group of pictures was left out, because it is larger than `maxGopSize` or the ring; at most every 10 s.', code: '`TOO_BIG`', text: 'how many so far' },
    'gop-left-out': { by: 'plane', page: ['part of the video was left out', '部分视频被舍去'],
        meaning: 'The rest of a group of pictures was left out, because the disk holds too much of the ring; at most every 10 s.', code: 'why', text: 'how many so far' },
    // recordings
    'record-opened': { by: 'plane', page: ['recording started', '录像开始'],
        meaning: 'A file of a recording has begun.', path: 'of the recording' },
    'record-closed': { by: 'plane', page: ['recording finished', '录像完成'],
        meaning: 'A file of a recording is complete.', path: 'of the recording', text: 'its bytes' },
    'record-gap': { by: 'plane', page: ['gap in the recording', '录像有间断'],
        meaning: 'Something is missing in a recording.', code: 'why', path: 'of the recording', text: 'how much' },
    'record-failed': { by: 'plane', page: ['recording failed', '录像失败'],
        meaning: 'The disk refuses what is recorded, or a recording could not begin.', code: 'why', path: 'of the recording', text: 'why' },
    'record-recovered': { by: 'plane', page: ['recording resumed', '录像恢复'],
        meaning: 'The disk takes it again.', path: 'of the recording' },
    'record-renamed': { by: 'plane', page: ['recording renamed', '录像已重命名'],
        meaning: 'A recording got its date when the clock was set, or could not.', code: 'why it could not', path: 'of the recording', text: 'its name before, or why' },
    'record-stopped': { by: 'plane', page: ['recording stopped', '录像已停止'],
        meaning: 'A recording has ended.', code: 'why, when nobody asked for it' },
    'data-gone': { by: 'plane', page: ['storage is missing', '存储目录不存在'],
        meaning: 'The data directory is gone.', code: '`NOENT`', text: 'what becomes of recordings' },
    'data-moved': { by: 'plane', page: ['storage was replaced', '存储目录已更换'],
        meaning: 'The data directory is another one, or is there again.', text: 'what becomes of recordings' },
    'recording-deleted': { by: 'plane', page: ['recordings deleted', '录像已删除'],
        meaning: 'Recordings were deleted.', code: 'how many', path: 'the last of them', text: 'how many bytes, and why' },
    'retention-blocked': { by: 'plane', page: ['no room for recordings', '没有录像空间'],
        meaning: 'Room is short, and nothing may be deleted.', code: '`DISK_FULL`', text: 'why' },
    // the program
    'process-stalled': { by: 'plane', page: ['device was unresponsive', '设备曾停滞'],
        meaning: 'The media thread did not run for more than 1 s.', code: '`TIMEOUT`', text: 'for how long' },
    'host-updated': { by: 'plane', page: ['Ocellus updated', 'Ocellus 已更新'],
        meaning: 'A channel has pictures again after a start of another version of the program.', code: 'ms without them; 0: not known', text: 'both versions' },
    'host-restarted': { by: 'plane', page: ['Ocellus started again', 'Ocellus 已重新启动'],
        meaning: 'A channel has pictures again after a start of the program.', code: 'ms without them; 0: not known', text: 'both versions' },
    'script-started': { by: 'plane', page: ['application started', '应用已启动'],
        meaning: 'A script has started.' },
    'script-ready': { by: 'plane', page: ['application ready', '应用已就绪'],
        meaning: 'A script has started all that it shall run.' },
    'script-ended': { by: 'plane', page: ['application stopped', '应用已结束'],
        meaning: 'A script has ended.', code: 'how, as a number of the host', text: 'how, and what it said' },
    'script-stuck': { by: 'plane', page: ['application does not respond', '应用没有响应'],
        meaning: 'The script does not return and cannot be stopped.', code: '`TIMEOUT`', text: 'what becomes of it' },
    'http-stuck': { by: 'plane', page: ['web server did not answer', '网页服务没有响应'],
        meaning: 'The HTTP server has not answered for 10 s.', code: '`TIMEOUT`', text: 'what becomes of it' },
    'app-replaced': { by: 'plane', page: ['application replaced', '应用已替换'],
        meaning: 'Another application takes over.' },
    // updates
    'update-committed': { by: 'plane', page: ['update installed', '更新已安装'],
        meaning: 'An update passed its trial.', text: 'the line of the log' },
    'update-rolled-back': { by: 'plane', page: ['update rolled back', '更新已回滚'],
        meaning: 'The version before an update is back.', code: '`STATE`', text: 'the line of the log' },
    'update-refused': { by: 'plane', page: ['update refused', '更新被拒绝'],
        meaning: 'An update was refused.', code: '`STATE`', text: 'the line of the log' },
    'update-revoked': { by: 'plane', page: ['update key revoked', '更新密钥已吊销'],
        meaning: 'A key of updates is trusted no longer.', text: 'the line of the log' },
    'update-interrupted': { by: 'plane', page: ['update interrupted', '更新被中断'],
        meaning: 'An update was cut short.', code: '`STATE`', text: 'the line of the log' },
    // the clock
    'clock-set': { by: 'plane', page: ['clock set', '时钟已设置'],
        meaning: 'The wall clock is set; nobody knew the time before.', text: 'the time, and its quality' },
    'clock-step': { by: 'plane', page: ['clock changed', '时钟已更改'],
        meaning: 'The wall clock was set to another time.', text: 'by how much, the time, and its quality' },
    'clock-lost': { by: 'plane', page: ['clock not synchronized', '时钟失去校准'],
        meaning: 'The wall clock was set back to before 2024: the time from before is kept.', text: 'since when' },
    // privacy mode
    'privacy-on': { by: 'plane', page: ['privacy on', '隐私模式开启'],
        meaning: 'Privacy mode is on.', text: 'why' },
    'privacy-off': { by: 'plane', page: ['privacy off', '隐私模式关闭'],
        meaning: 'Privacy mode is off.' },
    'privacy-not-stored': { by: 'plane', page: ['privacy state could not be saved', '隐私模式未能保存'],
        meaning: 'The command for privacy mode could not be stored.', code: 'why', text: 'why' },
    // inputs
    motion: { by: 'input', bit: 1, page: ['motion', '移动'],
        meaning: 'Something moves.' },
    human: { by: 'input', bit: 2, page: ['person', '有人'],
        meaning: 'A person is there.' },
    sound: { by: 'input', bit: 3, page: ['sound', '声音'],
        meaning: 'It is louder than usual.' },
    linkage: { by: 'input', bit: 4, page: ['linked device', '联动设备'],
        meaning: 'Another device reports something.' },
    doorbell: { by: 'input', bit: 17, page: ['doorbell', '门铃'],
        meaning: 'The doorbell was pressed.' },
    privacy: { by: 'input', page: ['privacy', '隐私'],
        meaning: 'The privacy switch of the device; kept as long as privacy mode is on, whatever the reason.' },
    // the application
    'disk-low': { by: 'app', lasts: true, page: ['disk nearly full', '磁盘几乎已满'],
        meaning: 'The disk is nearly full.', data: 'free, total, channels' },
    'disk-full': { by: 'app', lasts: true, page: ['disk full', '磁盘已满'],
        meaning: 'The disk is full.', data: 'free, total, channels' },
    'disk-blocked': { by: 'app', lasts: true, page: ['disk full of kept recordings', '磁盘被保留的录像占满'],
        meaning: 'The disk is full of recordings that may not be deleted.', data: 'free, total, channels' },
    'disk-failing': { by: 'app', lasts: true, page: ['disk fails', '磁盘出错'],
        meaning: 'The disk refuses what is written.', data: 'free, total, channels' },
    'disk-gone': { by: 'app', lasts: true, page: ['disk missing', '磁盘不存在'],
        meaning: 'The disk is not there.', data: 'free, total, channels' },
    'no-picture': { by: 'app', lasts: true, page: ['camera gave no picture', '摄像机没有画面'],
        meaning: 'A camera gave no picture for 5 s.' },
    'record-mode': { by: 'app', page: ['recorded by another rule', '录像规则已更改'],
        meaning: '`record.mode` of a camera has changed; off is recording that is off for all.', data: 'mode, before' },
    'mode-changed': { by: 'app', page: ['home, away or night chosen', '切换了在家、外出或夜间模式'],
        meaning: 'Another mode (home, away, night) was chosen.', data: 'mode, before' },
    'service-left-out': { by: 'app', page: ['a service was switched off after failures', '某项服务多次出错，已停用'],
        meaning: 'A service that ended the script again and again is switched off.', data: 'service' },
    // live pushes
    'push-started': { by: 'app', page: ['broadcast started', '直播推流已开始'],
        meaning: 'A live push was started.', data: 'target, stream, addresses' },
    'push-stopped': { by: 'app', page: ['broadcast stopped', '直播推流已停止'],
        meaning: 'A live push has ended for good: somebody stopped it, or its camera or target is gone from the settings.', data: 'target, why' },
    'push-interrupted': { by: 'app', page: ['broadcast interrupted', '直播推流中断'],
        meaning: 'The target of a live push has taken nothing for 15 s, or privacy mode is on: viewers there see a still picture.', data: 'target, why' },
    'push-offline': { by: 'app', page: ['broadcast is off the air', '直播推流已离线'],
        meaning: 'The target of a live push has taken nothing for 90 s; it is tried on.', data: 'target, why' },
    'push-resumed': { by: 'app', page: ['broadcast resumed', '直播推流已恢复'],
        meaning: 'A live push that was interrupted runs again.', data: 'target, seconds' },
    'push-renamed': { by: 'app', page: ['broadcast has a new address', '直播地址已更换'],
        meaning: 'The target of a live push took nothing for an hour: its address is a new one.', data: 'target, number, addresses' },
    'push-refused': { by: 'app', page: ['broadcast refused by its target', '直播目标拒绝推流'],
        meaning: 'The target of a live push refuses it; it is tried again every 30 s.', data: 'target, code, vendor, why' },
    // people
    bookmark: { by: 'person', page: ['bookmark', '书签'],
        meaning: 'A person marked an instant in the page.' },
    kept: { by: 'person', page: ['kept recording', '保留的录像'],
        meaning: 'A moment in the middle of a recording that somebody keeps in the page; it goes when they let go of it.' },
};
