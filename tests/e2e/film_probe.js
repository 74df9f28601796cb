// Runs before the page's own scripts and keeps what a test cannot see from outside; changes nothing that the page does.
// window.filmProbe: connections, what was said on them, every shown frame, and small pictures of the film.

(() => {
  const PICTURE_EVERY_FRAMES = 12;
  const WIDTH = 160;
  const HEIGHT = 90;
  const TICKS_PER_FRAME = 3750;
  const probe = { peers: [], told: [], sent: [], shown: [], captions: [], pictures: [] };
  const hellosOf = new WeakMap();
  const peerOf = new WeakMap();

  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...settings) {
      super(...settings);
      probe.peers.push(this);
      hellosOf.set(this, []);
      this.addEventListener('track', ({ track }) => peerOf.set(track, this));
    }

    createDataChannel(label, options) {
      const channel = super.createDataChannel(label, options);
      if (label === 'timeline') channel.addEventListener('message', ({ data }) => told(JSON.parse(data), this));
      if (label === 'events') {
        const send = channel.send.bind(channel);
        channel.send = (text) => {
          send(text);
          sent(JSON.parse(text), 'channel');
        };
      }
      return channel;
    }
  };

  const fetchNative = window.fetch.bind(window);
  window.fetch = async (...request) => {
    const answer = await fetchNative(...request);
    const [address, options] = request;
    if (options?.method === 'POST' && String(address).endsWith('/events') && answer.ok) {
      const event = JSON.parse(options.body);
      sent(event, 'http');
      told({ ack: { eventId: event.eventId } });
    }
    return answer;
  };

  function told(message, peer) {
    probe.told.push({ atMs: performance.now(), ...message });
    if (message.hello) hellosOf.get(peer).push({ frame: Number(message.hello.frameIndex), rtp: message.hello.rtpTimestamp });
  }

  function sent(message, way) {
    if (message.eventId) probe.sent.push({ atMs: performance.now(), way, ...message });
  }

  /** The session's frame that the video shows at that RTP timestamp, null while its connection has not said. */
  function frameOf(video, rtp) {
    const hellos = hellosOf.get(peerOf.get(video.srcObject?.getVideoTracks()[0])) ?? [];
    const hello = hellos.findLast((each) => ((rtp - each.rtp) | 0) >= 0) ?? hellos.at(-1);
    return hello ? hello.frame + Math.round(((rtp - hello.rtp) | 0) / TICKS_PER_FRAME) : null;
  }

  function visibleCaption() {
    const box = document.getElementById('caption');
    return box.hidden ? '' : box.querySelector('span').textContent;
  }

  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const drawing = canvas.getContext('2d', { alpha: false, willReadFrequently: true });

  function keepPicture(video, frame) {
    drawing.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const rgba = drawing.getImageData(0, 0, WIDTH, HEIGHT).data;
    let bytes = '';
    for (let at = 0; at < rgba.length; at += 4) bytes += String.fromCharCode(rgba[at], rgba[at + 1], rgba[at + 2]);
    probe.pictures.push({ frame, rgb: btoa(bytes) });
  }

  function watch(video) {
    const shown = (_now, { rtpTimestamp, expectedDisplayTime }) => {
      video.requestVideoFrameCallback(shown);
      const frame = frameOf(video, rtpTimestamp);
      // The page has not heard of this frame yet: what stands there now belongs to the one before.
      if (probe.shown.length) probe.captions.push({ frame: probe.shown.at(-1).frame, text: visibleCaption() });
      probe.shown.push({ atMs: expectedDisplayTime, frame });
      if (frame !== null && frame % PICTURE_EVERY_FRAMES === 0) keepPicture(video, frame);
    };
    video.requestVideoFrameCallback(shown);
  }

  /** Inbound media of the connection that is open now: {video, audio}, as RTCStatsReport names it. */
  probe.media = async () => {
    const peer = probe.peers.findLast(({ connectionState }) => connectionState === 'connected');
    const media = {};
    if (peer) (await peer.getStats()).forEach((entry) => entry.type === 'inbound-rtp' && (media[entry.kind] = entry));
    return media;
  };

  document.addEventListener('DOMContentLoaded', () => watch(document.getElementById('film')));
  Object.defineProperty(window, 'filmProbe', { value: probe });
})();
