import { isRefusal, type PushError, pushError } from 'ocellus/app/live/push-error';
import type { ErrorCode } from 'ocellus/error';
import { assert, assertEqual, test } from 'ocellus/test/harness';

const of = ({ code, vendor, advice }: PushError): readonly unknown[] => [code, vendor, advice];

test('[E5] each row of the table of the vendor has its error and what to do', () => {
    const rows: readonly (readonly [ErrorCode, string, number, string])[] = [
        ['EXIST', 'NetStream.Publish.BadName: Already publishing', 40000415, 'none'],
        ['LIMIT', '', 20101, 'stop-another'],
        ['PASSWORD', 'NetConnection.Connect.Rejected: too many streams of this account', 20101, 'stop-another'],
        ['PASSWORD', 'PUT https://example.com: HTTP 429', 20101, 'stop-another'],
        ['PASSWORD', 'live service is not activated', 20318, 'activate'],
        ['CLOSED', 'the application is disabled', 20318, 'activate'],
        ['PASSWORD', 'HTTP 402', 20406, 'pay'],
        ['CLOSED', 'account in arrears', 20406, 'pay'],
        ['PASSWORD', 'NetConnection.Connect.Rejected', 1002, 'check-account'],
        ['PASSWORD', '', 1002, 'check-account'],
        ['NOENT', 'HTTP 404', 1002, 'check-account'],
        ['TIMEOUT', 'no answer in 10 s', 6012, 'retry'],
        ['REFUSED', '', 6012, 'retry'],
        ['HOST', '', 6012, 'retry'],
        ['UNREACHABLE', '', 6012, 'retry'],
        ['CLOSED', 'the server ended the connection', 6012, 'retry'],
        ['IO', '', 6012, 'retry'],
    ];
    for (const [code, why, vendor, advice] of rows) {
        assertEqual(of(pushError(code, why)), [code, vendor, advice], why);
    }
});

test('[E5] what the vendor has no code for has its advice; a server cannot choose it by its words', () => {
    assertEqual(of(pushError('CERTIFICATE', 'not activated')), ['CERTIFICATE', null, 'check-certificate']);
    assertEqual(of(pushError('NO_VIDEO', '')), ['NO_VIDEO', null, 'allow-sound']);
    assertEqual(of(pushError('PRIVATE', '')), ['PRIVATE', null, 'wait']);
    assertEqual(of(pushError('FORMAT', '')), ['FORMAT', null, 'check-address']);
    assertEqual(of(pushError('DISK_FULL', 'HTTP 507')), ['DISK_FULL', null, 'retry']);
    assert(pushError('REFUSED', '').message !== '');
});

test('[E5] our own connection that the server still holds is no refusal', () => {
    assertEqual(
        [isRefusal('EXIST', 10_000), isRefusal('EXIST', 70_000), isRefusal('EXIST', Infinity)],
        [false, true, true],
    );
    assertEqual([isRefusal('PASSWORD', 10_000), isRefusal('TIMEOUT', Infinity)], [true, false]);
});
