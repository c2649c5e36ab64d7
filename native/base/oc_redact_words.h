/* Made by tools/settings from modules/config/redact.ts: do not edit. */
#ifndef OC_REDACT_WORDS_H
#define OC_REDACT_WORDS_H
/* clang-format off */

/* Words in blanks. What each list is for stands in redact.ts. */
#define OC_REDACT_WORDS \
    " aac amp api asf audio auto av avi axis back bin c cam camera cameras cgi ch chan" \
    " channel channels clip default demo door first flv front garage garden gate h hd" \
    " hevc high hls http hv index isapi jpeg jpg k live livestream local low m main" \
    " mainstream master mcast media mediainput medias medium mjpeg mjpg mkv mode mov" \
    " mp mpeg multicast no off on onvif openh p play playlist preview primary profile" \
    " profiles psia realmonitor rtp rtsp s sd sdp second secondary smp snapshot stream" \
    " streaming streams sub substream tcp test track trackid tracks ts tunnel u ucast" \
    " udp unicast v vga video videomain videos videostream videosub view webm x yard" \
    " yes yuyv "

#define OC_REDACT_PLAIN_KEYS \
    " audio bitrate camera ch channel clock codec compression encoder exposure flip" \
    " format fps gop height interval listen loop mode name night object pathstyle" \
    " probe profile proto protocol resolution rotate seed size sound stream streamtype" \
    " subtype tlsverify tone track transcode transport transportmode type unicast" \
    " video videocodec width "

#define OC_REDACT_SECRET_KEYS \
    " access_token api-key api_key apikey auth key login loginpas loginuse p pass" \
    " passwd password passwort psw pswd pw pwd secret session sid sig signature" \
    " tlsfingerprint token u user username usr x-signature "

#define OC_REDACT_LOCAL_SCHEMES \
    " alsa camera fake file replay scale test v4l2 "

#endif
