// Runs before the page's own scripts: every shown frame with its time and a tiny picture, and every receipt.
// window.reactionProbe: {connection, frames: [{atMs, rtp, luma}], receipts: {eventId: receipt}, sent: [{eventId, atMs}]}.

(() => {
  const WIDTH = 32;
  const HEIGHT = 18;
  const KEPT = 2000;
  const probe = { frames: [], receipts: {}, sent: [] };

  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function made(label, options) {
    probe.connection = this;
    const channel = create.call(this, label, options);
    if (label === 'timeline') {
      channel.addEventListener('message', ({ data }) => {
        const { receipt } = JSON.parse(data);
        if (receipt) probe.receipts[receipt.eventId] = { atMs: performance.now(), ...receipt };
      });
    }
    if (label === 'events') {
      const send = channel.send.bind(channel);
      channel.send = (text) => {
        const { eventId } = JSON.parse(text);
        if (eventId) probe.sent.push({ eventId, atMs: performance.now() });
        send(text);
      };
    }
    return channel;
  };

  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const drawing = canvas.getContext('2d', { alpha: false, willReadFrequently: true });

  function watch(video) {
    const shown = (_now, { rtpTimestamp, expectedDisplayTime }) => {
      video.requestVideoFrameCallback(shown);
      drawing.drawImage(video, 0, 0, WIDTH, HEIGHT);
      const rgba = drawing.getImageData(0, 0, WIDTH, HEIGHT).data;
      const rgb = new Array(WIDTH * HEIGHT * 3);
      for (let at = 0, to = 0; at < rgba.length; at += 4) {
        rgb[to++] = rgba[at];
        rgb[to++] = rgba[at + 1];
        rgb[to++] = rgba[at + 2];
      }
      probe.frames.push({ atMs: expectedDisplayTime, rtp: rtpTimestamp, rgb });
      if (probe.frames.length > KEPT) probe.frames.shift();
    };
    video.requestVideoFrameCallback(shown);
  }

  document.addEventListener('DOMContentLoaded', () => watch(document.getElementById('film')));
  Object.defineProperty(window, 'reactionProbe', { value: probe });
})();
