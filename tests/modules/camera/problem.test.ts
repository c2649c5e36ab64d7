import { lastingProblemOf, problemOf } from 'ocellus/app/camera/problem';
import { assertEqual, test } from 'ocellus/test/harness';

test('what is wrong with a channel, in one sentence, by its state, its code and what the media plane says', () => {
    const [running, lost, failed] = [2, 3, 7];
    const url = 'rtsp://u:p@h/x';
    const open = 'cam: cannot open rtsp://***@h/x';
    for (const [state, failure, why, problem, reason] of [
        [running, 0, '', null, null],
        [lost, 21, '', 'the address accepts no connections', 'refused'],
        [failed, 5, '', `${open}: does not exist`, 'noent'],
        [failed, 5, 'no such file', `${open}: no such file`, 'noent'],
        [failed, 5, 'rtsp://***@h/x: 404', `${open}: 404`, 'noent'],
        [failed, 5, 'rtsp://h/other: 404', 'cam: cannot open rtsp://h/other: 404', 'noent'],
        [failed, 19, 'privacy mode is on', 'cam: privacy mode is on', 'private'],
        [running, 14, 'record: no space', 'cam: cannot record rtsp://***@h/x: no space', 'disk-full'],
        [
            running,
            2,
            'record.prerollSeconds: 9 ms is too much',
            'cam: cannot record rtsp://***@h/x: record.prerollSeconds: 9 ms is too much',
            'range',
        ],
        [running, 7, 'ring: in use', 'cam: cannot change rtsp://***@h/x: ring: in use', 'busy'],
    ] as const) {
        assertEqual<unknown>(problemOf({ name: 'cam', state, failure }, why, url), { problem, reason }, why);
    }
    assertEqual(problemOf(undefined, '', url), { problem: null, reason: null });
    const refused = lastingProblemOf({ name: 'cam', state: failed, failure: 24 }, '', url);
    assertEqual(/: wrong user name or password; tried again seldom, /.test(refused.problem ?? ''), true);
});
