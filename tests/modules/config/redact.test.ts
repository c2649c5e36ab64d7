// A few of each kind; all of them are in tests/corpora/redact/vectors.tsv, which binds the host's rule too.
import { redactUrl } from 'ocellus/app/config/redact';
import { assertEqual, test } from 'ocellus/test/harness';

for (const [url, shown] of [
    ['clip.mp4', 'clip.mp4'],
    ['/a/b@c.mp4', '/a/b@c.mp4'],
    ['rtsp://u:p@h/x', 'rtsp://***@h/x'],
    ['rtsp://u:p@ss@h/x', 'rtsp://***@h/x'],
    ['http://h/x@y?password=a', 'http://h/***?password=***'],
    ['http://h/?API_KEY=a&x=1&Signature=b#f', 'http://h/?API_KEY=***&***&Signature=***#***'],
    ['http://h/?key=a&keyframe=2&monkey=3', 'http://h/?key=***&***&***'],
    ['http://h/?token', 'http://h/?token'],
    ['push:u:p@x', 'push:***@x'],
    ['rtsp://h/user=admin_password=X_channel=1_stream=0.sdp', 'rtsp://h/***'],
    ['http://h/cam?loginpas=X&pswd=X&p=X#password=X', 'http://h/cam?loginpas=***&pswd=***&p=***#password=***'],
    // A password that should have been percent-encoded.
    ['rtsp://u:p/q@h/x', 'rtsp://***@h/x'],
    ['rtsp://u:?q@h/x?token=a', 'rtsp://***@h/x?token=***'],
    ['rtsp://u:p#q@h/x#rotate=90', 'rtsp://***@h/x#rotate=90'],
    ['http://h:8080/x@2x.mp4', 'http://h:8080/***'],
    ['http://[::1]:8080/x@2x.mp4', 'http://[::1]:8080/***'],
    ['ffmpeg:rtsp://u:p@h/x', 'ffmpeg:rtsp://***@h/x'],
] as const) {
    test(`redacted: ${url}`, () => {
        assertEqual(redactUrl(url), shown);
    });
}
