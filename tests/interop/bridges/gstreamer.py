#!/usr/bin/python3
"""A peer of GStreamer's (webrtcbin), for bridge.mjs: lines of JSON in, lines of JSON out.

Its certificate is RSA of 2,048 bits, which dtlsdec makes itself."""
import base64
import json
import sys
import threading

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstSdp', '1.0')
gi.require_version('GstWebRTC', '1.0')
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

Gst.init(None)
pipe = Gst.Pipeline.new('peer')
peer = Gst.ElementFactory.make('webrtcbin', 'webrtcbin')
peer.set_property('bundle-policy', GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
pipe.add(peer)
pipe.set_state(Gst.State.PLAYING)

channels = {}
told = threading.Lock()


def tell(event, **more):
    with told:
        sys.stdout.write(json.dumps({'event': event, **more}) + '\n')
        sys.stdout.flush()


def bytes_of(data):
    return base64.b64encode(data.get_data() or b'' if data else b'').decode()


def open_channel(order):
    options = Gst.Structure.new_from_string('options,ordered=(boolean)%s' % ('true' if order['ordered'] else 'false'))
    channel = peer.emit('create-data-channel', order['label'], options)
    number = order['id']
    channel.connect('on-open', lambda _: tell('open', id=number))
    channel.connect('on-close', lambda _: tell('closed', id=number))
    channel.connect('on-message-string', lambda _, text: tell('message', id=number, text=text or ''))
    channel.connect('on-message-data', lambda _, data: tell('message', id=number, bytes=bytes_of(data)))
    channels[number] = channel
    if channel.get_property('ready-state') == GstWebRTC.WebRTCDataChannelState.OPEN:
        tell('open', id=number)  # before anybody could listen


def gathered(*_):
    """Tells our description once it holds all candidates."""
    if peer.get_property('ice-gathering-state') == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
        description = peer.get_property('local-description')
        if description:
            tell('description', sdp=description.sdp.as_text())


def described(promise, kind):
    promise.wait()
    reply = promise.get_reply()  # what it holds lives as long as it does
    ours = reply.get_value(kind)
    peer.emit('set-local-description', ours, Gst.Promise.new())


def remote(kind, text):
    _, sdp = GstSdp.SDPMessage.new_from_text(text)
    theirs = GstWebRTC.WebRTCSessionDescription.new(kind, sdp)
    promise = Gst.Promise.new()
    peer.emit('set-remote-description', theirs, promise)
    promise.wait()


def obey(order):
    what = order['op']
    channel = channels.get(order.get('id'))
    if what == 'open':
        open_channel(order)
    elif what == 'offer':
        peer.emit('create-offer', None, Gst.Promise.new_with_change_func(described, 'offer'))
    elif what == 'answer':
        remote(GstWebRTC.WebRTCSDPType.OFFER, order['sdp'])
        peer.emit('create-answer', None, Gst.Promise.new_with_change_func(described, 'answer'))
    elif what == 'remote':
        remote(GstWebRTC.WebRTCSDPType.ANSWER, order['sdp'])
    elif what == 'send' and order.get('text') is not None:
        channel.emit('send-string', order['text'])
    elif what == 'send':
        channel.emit('send-data', GLib.Bytes.new(base64.b64decode(order['bytes'])))
    elif what == 'buffered':
        tell('buffered', id=order['id'], buffered=channel.get_property('buffered-amount'))
    elif what == 'close':
        channel.emit('close')
    return False


def listen(loop):
    for line in sys.stdin:
        GLib.idle_add(obey, json.loads(line))
    loop.quit()


main_loop = GLib.MainLoop()
peer.connect('notify::ice-gathering-state', gathered)
threading.Thread(target=listen, args=(main_loop,), daemon=True).start()
main_loop.run()
pipe.set_state(Gst.State.NULL)
