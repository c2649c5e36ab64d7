// A peer of Pion's, for bridge.mjs: lines of JSON in, lines of JSON out. Built from Debian's
// golang-github-pion-webrtc.v3-dev alone: GO111MODULE=off GOPATH=/usr/share/gocode go build.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"github.com/pion/webrtc/v3"
)

// order is what bridge.mjs wants; Bytes is base64 in JSON.
type order struct {
	Op      string  `json:"op"`
	ID      int     `json:"id"`
	Label   string  `json:"label"`
	Ordered bool    `json:"ordered"`
	Sdp     string  `json:"sdp"`
	Text    *string `json:"text"`
	Bytes   []byte  `json:"bytes"`
}

// event is what it is told.
type event struct {
	Event    string  `json:"event"`
	ID       int     `json:"id"`
	Sdp      string  `json:"sdp,omitempty"`
	Text     *string `json:"text,omitempty"`
	Bytes    *[]byte `json:"bytes,omitempty"`
	Buffered uint64  `json:"buffered"`
}

var out = struct {
	sync.Mutex
	*json.Encoder
}{Encoder: json.NewEncoder(os.Stdout)}

func tell(e event) {
	out.Lock()
	defer out.Unlock()
	if err := out.Encode(e); err != nil {
		os.Exit(1)
	}
}

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func open(pc *webrtc.PeerConnection, o order) *webrtc.DataChannel {
	channel, err := pc.CreateDataChannel(o.Label, &webrtc.DataChannelInit{Ordered: &o.Ordered})
	must(err, "channel")
	id := o.ID
	channel.OnOpen(func() { tell(event{Event: "open", ID: id}) })
	channel.OnClose(func() { tell(event{Event: "closed", ID: id}) })
	channel.OnMessage(func(message webrtc.DataChannelMessage) {
		if message.IsString {
			text := string(message.Data)
			tell(event{Event: "message", ID: id, Text: &text})
			return
		}
		tell(event{Event: "message", ID: id, Bytes: &message.Data})
	})
	return channel
}

// describe sets our description and tells it with all of its candidates.
func describe(pc *webrtc.PeerConnection, description webrtc.SessionDescription, err error) {
	must(err, "description")
	gathered := webrtc.GatheringCompletePromise(pc)
	must(pc.SetLocalDescription(description), "our description")
	<-gathered
	tell(event{Event: "description", Sdp: pc.LocalDescription().SDP})
}

func send(channel *webrtc.DataChannel, o order) {
	if o.Text != nil {
		must(channel.SendText(*o.Text), "send")
	} else {
		must(channel.Send(o.Bytes), "send")
	}
}

func main() {
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	must(err, "connection")
	channels := map[int]*webrtc.DataChannel{}
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	orders := json.NewDecoder(lines)
	for {
		var o order
		if orders.Decode(&o) != nil {
			return // the test is over
		}
		switch o.Op {
		case "open":
			channels[o.ID] = open(pc, o)
		case "offer":
			offer, err := pc.CreateOffer(nil)
			describe(pc, offer, err)
		case "answer":
			remote := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: o.Sdp}
			must(pc.SetRemoteDescription(remote), "offer")
			answer, err := pc.CreateAnswer(nil)
			describe(pc, answer, err)
		case "remote":
			remote := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: o.Sdp}
			must(pc.SetRemoteDescription(remote), "answer")
		case "send":
			send(channels[o.ID], o)
		case "buffered":
			tell(event{Event: "buffered", ID: o.ID, Buffered: channels[o.ID].BufferedAmount()})
		case "close":
			must(channels[o.ID].Close(), "close")
		}
	}
}
