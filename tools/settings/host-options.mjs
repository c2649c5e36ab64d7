// Options of `ocellus run` that are no settings: of the host, or of the command line alone. Those with `first` stand
// before the options of settings in `--help` and docs/design/cli.md.

/**
 * @typedef {object} HostOption
 * @property {string} option its name and its value: "data DIR"; without a value it is a switch
 * @property {string} help for `--help`
 * @property {string} [meaning] for docs/design/cli.md; left out: `help`
 * @property {string} [default] in force when it is not given
 * @property {true} [first]
 */

/** @type {readonly HostOption[]} */
export const hostOptions = [
    {
        option: 'input URL',
        help: 'a source, one channel each; may be repeated: an MP4 file, replay:PATH, fake:?..., push:NAME; with ocellus-ffmpeg: test, other files, http(s)://, rtsp://, /dev/video0, alsa:NAME; NAME=URL names the channel, URL,sub=URL or URL,sub=640x360 gives it a second stream',
        meaning: 'a source, one channel each; may be repeated: see [Inputs](#inputs)',
        default: 'the clip that ships with the program, looped',
        first: true,
    },
    {
        option: 'data DIR',
        help: 'the folder of the recordings',
        default: '`$XDG_DATA_HOME/ocellus`, `~/.local/share/ocellus`',
        first: true,
    },
    { option: 'settings FILE', help: 'JSON settings; the command line wins over it', first: true },
    {
        option: 'app FILE.xsa',
        help: 'the application',
        meaning: 'the application archive; one that does not read its command line refuses `--input`, `--port`, `--duration` and the like (exit code 2)',
        default: '`app.xsa` beside the executable',
        first: true,
    },
    {
        option: 'app-set KEY=VALUE',
        help: 'a setting of the application; may be repeated',
        meaning: 'a setting of [the application](applications.md), a flag on or off; may be repeated',
        first: true,
    },
    {
        option: 'app-watch',
        help: 'another file in its place replaces it while it runs',
        meaning: 'another file in its place replaces it while it runs; recordings and viewers go on',
        first: true,
    },
    {
        option: 'update-key FILE',
        help: 'a public key (PEM) whose updates of the application are taken; may be repeated',
        meaning: 'a public key (PEM) whose [updates](update.md) are taken; may be repeated',
        default: 'no updates',
        first: true,
    },
    {
        option: 'update-trial S',
        help: 'seconds for which an update is on trial, 1 .. 600',
        default: '20',
        first: true,
    },
    { option: 'json', help: 'one JSON object per line on stdout', meaning: 'one JSON object per line on stdout instead of text' },
    { option: 'print-settings', help: 'print the settings in force and exit', meaning: 'print the settings in force as JSON and exit 0' },
];
