// Tells of every frame the browser shows of a video, with its RTP timestamp where the browser names it.

/** onFrame({rtp, shownAtMs}): rtp is null where the browser does not tell. Gives a function that stops it. */
export function watchFrames(video, onFrame) {
  if (!('requestVideoFrameCallback' in HTMLVideoElement.prototype)) return watchTime(video, onFrame);
  let request = 0;
  const shown = (_now, metadata) => {
    request = video.requestVideoFrameCallback(shown);
    onFrame({
      rtp: Number.isFinite(metadata.rtpTimestamp) ? metadata.rtpTimestamp : null,
      shownAtMs: metadata.expectedDisplayTime || metadata.presentationTime,
    });
  };
  request = video.requestVideoFrameCallback(shown);
  return () => video.cancelVideoFrameCallback(request);
}

function watchTime(video, onFrame) {
  const shown = () => onFrame({ rtp: null, shownAtMs: performance.now() });
  video.addEventListener('timeupdate', shown);
  return () => video.removeEventListener('timeupdate', shown);
}
