// Watches a film with a WHEP client that somebody else wrote. window.clients: for each, how it is used by its README.

import { WebRTCPlayer } from '@eyevinn/webrtc-player';
import { WHEPClient } from 'whip-whep/whep.js';

window.clients = {
  'webrtc-player': async (video, url, token) => {
    const player = new WebRTCPlayer({ video, type: 'whep', iceServers: [] });
    await player.load(new URL(url), `Bearer ${token}`);
    player.unmute();
    return { stop: () => player.unload() };
  },

  'whip-whep': async (video, url, token) => {
    const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    for (const kind of ['audio', 'video']) peer.addTransceiver(kind, { direction: 'recvonly' });
    const stream = new MediaStream();
    peer.addEventListener('track', ({ track }) => stream.addTrack(track));
    video.srcObject = stream;
    const client = new WHEPClient();
    await client.view(peer, url, token);
    return { peer, stop: () => client.stop(), restart: () => client.restart() };
  },
};

/** Notes every shown frame in window.shown; gives what the client offers. */
window.watch = async (name, url, token) => {
  const video = document.querySelector('video');
  window.shown = 0;
  const note = () => {
    window.shown += 1;
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  window.watching = await window.clients[name](video, url, token);
};
