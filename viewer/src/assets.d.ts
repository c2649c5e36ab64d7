declare module '*.svg' {
    /** Address of the built file. */
    const address: string;
    export default address;
}

declare module '*.css' {}

/** The build without subtitles, protected media and alternative audio; its types are those of the whole. */
declare module 'hls.js/light' {
    import Hls from 'hls.js';
    export default Hls;
}
