import { redactUrl } from 'ocellus/app/config/redact';
import { assertEqual, test } from 'ocellus/test/harness';

for (const [url, shown] of [
    ['clip.mp4', 'clip.mp4'],
    ['/a/b@c.mp4', '/a/b@c.mp4'],
    ['rtsp://u:p@h/x', 'rtsp://***@h/x'],
    ['rtsp://u:p@ss@h/x', 'rtsp://***@h/x'],
    ['http://h/x@y?password=a', 'http://h/x@y?password=***'],
    ['http://h/?API_KEY=a&x=1&Signature=b#f', 'http://h/?API_KEY=***&x=1&Signature=***#f'],
    ['http://h/?key=a&keyframe=2&monkey=3', 'http://h/?key=***&keyframe=2&monkey=3'],
    ['http://h/?token', 'http://h/?token'],
    ['push:u:p@x', 'push:***@x'],
    // A password that should have been percent-encoded.
    ['rtsp://u:p/q@h/x', 'rtsp://***@h/x'],
    ['rtsp://u:?q@h/x?token=a', 'rtsp://***@h/x?token=***'],
    ['rtsp://u:p#q@h/x#rotate=90', 'rtsp://***@h/x#rotate=90'],
    ['http://h:8080/x@2x.mp4', 'http://h:8080/x@2x.mp4'],
    ['http://[::1]:8080/x@2x.mp4', 'http://[::1]:8080/x@2x.mp4'],
    ['ffmpeg:rtsp://u:p@h/x', 'ffmpeg:rtsp://***@h/x'],
] as const) {
    test(`redacted: ${url}`, () => {
        assertEqual(redactUrl(url), shown);
    });
}
