#!/usr/bin/python3
"""An RTSP camera for tests: GStreamer's server plays an MP4 (H.264, AAC) as a live stream.

usage: rtsp_server.py PORT FILE [USER PASSWORD]; rtsp://127.0.0.1:PORT/cam. Prints "ready"."""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

port, file = sys.argv[1], sys.argv[2]
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f'( filesrc location="{file}" ! qtdemux name=d '
    "d.video_0 ! queue ! rtph264pay name=pay0 pt=96 config-interval=-1 "
    "d.audio_0 ! queue ! rtpmp4gpay name=pay1 pt=97 )"
)
if len(sys.argv) > 4:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "user")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(sys.argv[3], sys.argv[4]), token)
    server.set_auth(auth)
    factory.add_role_from_structure(
        Gst.Structure.from_string("user,media.factory.access=true,media.factory.construct=true")[0]
    )
server.get_mount_points().add_factory("/cam", factory)
if server.attach(None) == 0:
    sys.exit(f"port {port} cannot be had")
print("ready", flush=True)
GLib.MainLoop().run()
